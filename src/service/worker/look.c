#include "service/worker/look.h"

#include <stdlib.h>

void ln_verdict_free(ln_verdict *verdict)
{
    for (size_t i = 0; i < verdict->count; i++) {
        free(verdict->alarms[i].label);
        free(verdict->alarms[i].body);
    }
    free(verdict->alarms);
    free(verdict->state);
    *verdict = (ln_verdict){0};
}
