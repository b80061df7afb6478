#include "eval/outcomes.h"

#include <limitnet/link.h>

#include <stdlib.h>
#include <string.h>

#define RESAMPLES 1000
#define LOW 25 /* of the sorted resamples: 2.5 % of them lie below, and as many above HIGH */
#define HIGH (RESAMPLES - 1 - LOW)
#define SEED 1

ln_status ln_outcomes_open(ln_outcomes *outcomes, size_t points, size_t pictures, ln_error *error)
{
    *outcomes = (ln_outcomes){
        .points = points,
        .pictures = pictures,
        .items = calloc(points * pictures, sizeof *outcomes->items),
        .broken = calloc(pictures, sizeof *outcomes->broken),
    };
    if (outcomes->items && outcomes->broken)
        return LN_OK;
    ln_outcomes_close(outcomes);
    return ln_fail_memory(error);
}

void ln_outcomes_close(ln_outcomes *outcomes)
{
    for (size_t i = 0; outcomes->broken && i < outcomes->pictures; i++)
        free(outcomes->broken[i]);
    free(outcomes->broken);
    free(outcomes->items);
    *outcomes = (ln_outcomes){0};
}

ln_outcome *ln_outcomes_of(const ln_outcomes *outcomes, size_t picture)
{
    return outcomes->items + picture * outcomes->points;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* `ranks` below `top` are hits. */
static ln_share share_of(const uint8_t *ranks, size_t count, unsigned top)
{
    static const uint64_t low_half = 0xffffffff;
    uint32_t hits[RESAMPLES] = {0}, all = 0;
    uint64_t state = SEED;
    for (size_t i = 0; i < count; i++)
        all += ranks[i] < top;
    for (size_t k = 0; k < RESAMPLES; k++)
        for (size_t i = 0; i < count; i++)
            hits[k] += ranks[(ln_random(&state) & low_half) * count >> 32] < top;
    qsort(hits, RESAMPLES, sizeof *hits, by_number);
    double n = (double)count;
    return (ln_share){all / n, hits[LOW] / n, hits[HIGH] / n};
}

ln_status ln_outcomes_sum(const ln_outcomes *outcomes, size_t point, ln_summary *summary, ln_error *error)
{
    uint8_t *ranks = malloc(outcomes->pictures);
    if (!ranks)
        return ln_fail_memory(error);
    size_t count = 0;
    double bytes = 0;
    for (size_t i = 0; i < outcomes->pictures; i++) {
        const ln_outcome *outcome = ln_outcomes_of(outcomes, i) + point;
        if (outcomes->broken[i])
            continue;
        ranks[count++] = outcome->rank;
        bytes += outcome->bytes;
    }
    ln_status status = LN_OK;
    if (count)
        *summary = (ln_summary){count, bytes / (double)count, share_of(ranks, count, 1),
                                share_of(ranks, count, LN_TOP)};
    else
        status = ln_fail(error, LN_ERR_IO, "none of the %zu pictures can be read", outcomes->pictures);
    free(ranks);
    return status;
}
