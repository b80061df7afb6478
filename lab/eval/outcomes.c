#include "eval/outcomes.h"

#include "cloud/error.h"

#include <stdlib.h>

ln_status ln_outcomes_open(ln_outcomes *outcomes, size_t points, size_t pictures, ln_error *error)
{
    *outcomes = (ln_outcomes){
        .points = points,
        .pictures = pictures,
        .bytes = calloc(points * pictures, sizeof *outcomes->bytes),
        .broken = calloc(pictures, sizeof *outcomes->broken),
    };
    if (outcomes->bytes && outcomes->broken)
        return LN_OK;
    ln_outcomes_close(outcomes);
    return ln_fail_memory(error);
}

void ln_outcomes_close(ln_outcomes *outcomes)
{
    for (size_t i = 0; outcomes->broken && i < outcomes->pictures; i++)
        free(outcomes->broken[i]);
    free(outcomes->broken);
    free(outcomes->bytes);
    *outcomes = (ln_outcomes){0};
}

uint32_t *ln_outcomes_of(const ln_outcomes *outcomes, size_t picture)
{
    return outcomes->bytes + picture * outcomes->points;
}

ln_status ln_outcomes_mean(const ln_outcomes *outcomes, size_t point, size_t *count, double *bytes,
                           ln_error *error)
{
    double sum = 0;
    *count = 0;
    for (size_t i = 0; i < outcomes->pictures; i++) {
        if (outcomes->broken[i])
            continue;
        sum += ln_outcomes_of(outcomes, i)[point];
        ++*count;
    }
    if (!*count)
        return ln_fail(error, LN_ERR_IO, "none of the %zu pictures can be read", outcomes->pictures);
    *bytes = sum / (double)*count;
    return LN_OK;
}
