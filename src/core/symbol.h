/* From a latent value to its symbols (3), with what is constant for many values taken out. */
#ifndef LN_CORE_SYMBOL_H
#define LN_CORE_SYMBOL_H

#include <limitnet/core.h>

/* How one plane of a channel is made at places of one class. */
typedef struct ln_symbol_rule {
    const uint8_t *base;              /* distribution of the base symbols, which limits all planes */
    int most_positive, most_negative; /* largest magnitudes of either sign (4.2) */
    unsigned plane, shift;            /* t = magnitude >> shift */
} ln_symbol_rule;

void ln_symbol_rule_make(ln_symbol_rule *rule, const ln_model *model, unsigned channel, unsigned plane,
                         unsigned band);

/* Not `v < 0 ? -v : v`: of a value that was a byte GCC makes a byte again, which costs an instruction. */
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

static inline int ln_symbol_make(const ln_symbol_rule *rule, int v)
{
    int t = ln_symbol_limit(rule, v) >> rule->shift;

    if (rule->plane > 0 && t > 1)
        return t & 1; /* t - 2 (t >> 1) */
    return v < 0 ? -t : t;
}

#endif
