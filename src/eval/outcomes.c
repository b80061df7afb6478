#include "eval/outcomes.h"

#include <stdlib.h>
#include <string.h>

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

/* The ranks of pictures, of which those below `top` are hits. */
typedef struct ranks {
    const uint8_t *items;
    unsigned top;
} ranks;

static double share_of_hits(const void *context, const uint32_t *pictures, size_t count)
{
    const ranks *r = context;
    size_t hits = 0;
    for (size_t i = 0; i < count; i++)
        hits += r->items[pictures[i]] < r->top;
    return (double)hits / (double)count;
}

static ln_status sum_ranks(const uint8_t *items, size_t count, ln_summary *summary, ln_error *error)
{
    ranks first = {items, 1}, any = {items, LN_TOP};
    ln_status status = ln_bootstrap(share_of_hits, &first, count, &summary->top1, error);
    if (status == LN_OK)
        status = ln_bootstrap(share_of_hits, &any, count, &summary->top5, error);
    return status;
}

ln_status ln_outcomes_sum(const ln_outcomes *outcomes, size_t point, ln_summary *summary, ln_error *error)
{
    uint8_t *items = malloc(outcomes->pictures);
    if (!items)
        return ln_fail_memory(error);
    size_t count = 0;
    double bytes = 0;
    for (size_t i = 0; i < outcomes->pictures; i++) {
        const ln_outcome *outcome = ln_outcomes_of(outcomes, i) + point;
        if (outcomes->broken[i])
            continue;
        items[count++] = outcome->rank;
        bytes += outcome->bytes;
    }
    ln_status status;
    if (count) {
        *summary = (ln_summary){.count = count, .bytes = bytes / (double)count};
        status = sum_ranks(items, count, summary, error);
    } else {
        status = ln_fail(error, LN_ERR_IO, "none of the %zu pictures can be read", outcomes->pictures);
    }
    free(items);
    return status;
}
