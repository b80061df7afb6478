/* Symbols of latent values, and values of symbols (3). */
#ifndef LN_CORE_SYMBOL_H
#define LN_CORE_SYMBOL_H

#include "core/packet.h"

/* The largest magnitudes of either sign at places of a class (3.3). */
typedef struct ln_limits {
    int most_positive, most_negative;
} ln_limits;

ln_limits ln_limits_of(const ln_model *model, unsigned channel, unsigned place_class);

static inline int ln_limited(const ln_limits *limits, int v)
{
    if (v > limits->most_positive)
        return limits->most_positive;
    return v < -limits->most_negative ? -limits->most_negative : v;
}

/* Limits the values of wide channels for the classes of their places, as the writer wants them; narrow
 * channels have one limit, which values keep when they are stored. The order is complete. */
void ln_limit_values(const ln_order *order, ln_values_source source, void *context);

/* The symbol of a plane of a limited value; `planes` are the channel's. */
static inline int ln_symbol_make(unsigned planes, unsigned plane, int v)
{
    int t = (v < 0 ? -v : v) >> (planes - 1 - plane);
    if (plane > 0 && t > 1)
        return t & 1; /* t - 2 (t >> 1) */
    return v < 0 ? -t : t;
}

/* The value that the symbols of planes 0..known - 1 stand for, in 1/256 of the channel's finest step; 0 for
 * known = 0. */
int32_t ln_value_of(const ln_model *model, unsigned channel, const int8_t *symbols, unsigned known);

#endif
