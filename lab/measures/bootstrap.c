#include "measures/bootstrap.h"

#include "cloud/error.h"
#include "link/random.h"

#include <stdlib.h>
#include <string.h>

#define RESAMPLES 1000
#define LOW 25 /* of the sorted resamples: 2.5 % of them lie below, and as many above HIGH */
#define HIGH (RESAMPLES - 1 - LOW)
#define SEED 1

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Draws as many pictures as there are, with replacement. */
static void draw(uint64_t *state, size_t count, uint32_t *weight)
{
    static const uint64_t low_half = 0xffffffff;
    memset(weight, 0, count * sizeof *weight);
    for (size_t i = 0; i < count; i++)
        weight[(ln_random(state) & low_half) * count >> 32]++;
}

ln_status ln_bootstrap(size_t count, ln_figure *figure, const void *context, ln_share *share, ln_error *error)
{
    double values[RESAMPLES];
    uint64_t state = SEED;
    uint32_t *weight = malloc(count * sizeof *weight);
    if (!weight)
        return ln_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        weight[i] = 1;
    share->value = figure(context, weight);
    for (size_t k = 0; k < RESAMPLES; k++) {
        draw(&state, count, weight);
        values[k] = figure(context, weight);
    }
    free(weight);
    qsort(values, RESAMPLES, sizeof *values, by_value);
    share->low = values[LOW];
    share->high = values[HIGH];
    return LN_OK;
}
