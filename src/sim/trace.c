#include "sim/trace.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <stdlib.h>
#include <string.h>

#define MOST_FILE_BYTES ((size_t)64 << 20)

static ln_status read_rows(ln_scenario *scenario, char *text, ln_error *error)
{
    size_t line = 0;
    for (char *at = text; *at; line++) {
        size_t length = strcspn(at, "\n");
        int is_row = length == 1 && (*at == '0' || *at == '1');
        if (line == 0 && (length != 7 || memcmp(at, "arrived", 7) != 0))
            return ln_fail(error, LN_ERR_IO, "%s:1: the first line must be 'arrived'", scenario->trace);
        if (line > 0 && !is_row)
            return ln_fail(error, LN_ERR_IO, "%s:%zu: must be 0 or 1", scenario->trace, line + 1);
        if (is_row)
            scenario->arrives[scenario->arrivals++] = *at == '1';
        at += length + (at[length] == '\n');
    }
    return scenario->arrivals ? LN_OK : ln_fail(error, LN_ERR_IO, "%s: has no packets", scenario->trace);
}

ln_status ln_trace_read(ln_scenario *scenario, ln_error *error)
{
    char *text;
    ln_status status = ln_text_read(scenario->trace, MOST_FILE_BYTES, &text, error);
    if (status != LN_OK)
        return status;
    scenario->arrives = malloc(strlen(text) + 1);
    status = scenario->arrives ? read_rows(scenario, text, error) : ln_fail_memory(error);
    free(text);
    return status;
}

uint64_t ln_trace_loss(const ln_scenario *scenario)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < scenario->arrivals; i++)
        lost += !scenario->arrives[i];
    return lost * 1000000 / scenario->arrivals;
}
