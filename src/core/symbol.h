/* Symbols of latent values, and values of symbols (3). */
#ifndef LN_CORE_SYMBOL_H
#define LN_CORE_SYMBOL_H

#include <limitnet/core.h>

/* How the symbols of one plane of a channel are made at places of one band: what is the same for many
 * values. */
typedef struct ln_symbol_rule {
    const uint8_t *base;              /* distribution of the base symbols, which limits all planes */
    int most_positive, most_negative; /* largest magnitude of either sign (4.2) */
    unsigned plane, shift;            /* t = magnitude >> shift */
} ln_symbol_rule;

void ln_symbol_rule_make(ln_symbol_rule *rule, const ln_model *model, unsigned channel, unsigned plane,
                         unsigned band);

/* Written without ?:, since GCC makes a byte of the magnitude where the value was one, which costs an
 * instruction. */
static inline int ln_magnitude(int v)
{
    int sign = -(v < 0);
    return (v ^ sign) - sign;
}

/* The magnitude of a value, limited. */
static inline int ln_symbol_limit(const ln_symbol_rule *rule, int v)
{
    int magnitude = ln_magnitude(v);
    int most = v < 0 ? rule->most_negative : rule->most_positive;
    return magnitude < most ? magnitude : most;
}

/* The symbol of a value, -32767..32767 finest steps. */
static inline int ln_symbol_make(const ln_symbol_rule *rule, int v)
{
    int t = ln_symbol_limit(rule, v) >> rule->shift;
    if (rule->plane > 0 && t > 1)
        return t & 1; /* t - 2 (t >> 1) */
    return v < 0 ? -t : t;
}

/* The value that the symbols of planes 0..known - 1 stand for, in 1/256 of the channel's finest step; 0 for
 * known = 0. */
int32_t ln_value_of(const ln_model *model, unsigned channel, const int8_t *symbols, unsigned known);

#endif
