#include "eval/bootstrap.h"

#include <limitnet/link.h>

#include <stdlib.h>

#define RESAMPLES 1000
#define LOW 25 /* of the sorted resamples: 2.5 % of them lie below, and as many above HIGH */
#define HIGH (RESAMPLES - 1 - LOW)
#define SEED 1

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void draw(uint64_t *state, uint32_t *pictures, size_t count)
{
    static const uint64_t low_half = 0xffffffff;
    for (size_t i = 0; i < count; i++)
        pictures[i] = (uint32_t)((ln_random(state) & low_half) * count >> 32);
}

ln_status ln_bootstrap(ln_measure *measure, const void *context, size_t count, ln_estimate *estimate,
                       ln_error *error)
{
    double values[RESAMPLES];
    uint64_t state = SEED;
    uint32_t *pictures = malloc(count * sizeof *pictures);
    if (!pictures)
        return ln_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        pictures[i] = (uint32_t)i;
    estimate->value = measure(context, pictures, count);
    for (size_t k = 0; k < RESAMPLES; k++) {
        draw(&state, pictures, count);
        values[k] = measure(context, pictures, count);
    }
    free(pictures);
    qsort(values, RESAMPLES, sizeof *values, by_value);
    estimate->low = values[LOW];
    estimate->high = values[HIGH];
    return LN_OK;
}
