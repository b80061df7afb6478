#include "core/symbol.h"

#include "core/model.h"

void ln_symbol_rule_make(ln_symbol_rule *rule, const ln_model *model, unsigned channel, unsigned plane,
                         unsigned band)
{
    const ln_channel *c = &model->channel[channel];
    unsigned finer = c->planes - 1u;
    /* Class 0 codes what goes before the map. */
    const uint8_t *base = ln_model_base(model, channel, c->early ? 0 : ln_class_of_band(band));
    rule->base = base;
    rule->most_positive = (int)((unsigned)(ln_base_highest(base) + 1) << finer) - 1;
    rule->most_negative = (int)((unsigned)(1 - ln_base_lowest(base)) << finer) - 1;
    rule->plane = plane;
    rule->shift = finer - plane;
}

int32_t ln_value_of(const ln_model *model, unsigned channel, const int8_t *symbols, unsigned known)
{
    const ln_channel *c = &model->channel[channel];
    int32_t t = 0;
    int negative = 0;
    for (unsigned k = 0; k < known; k++) {
        int symbol = symbols[k];
        if (t == 0) {
            negative = symbol < 0;
            t = negative ? -symbol : symbol;
        } else {
            t = 2 * t + (symbol != 0); /* -1 counts as 1 */
        }
    }
    if (t == 0)
        return 0;
    t = (t * 256 + model->recon_point[c->first_unit + known - 1]) * (1 << (c->planes - known));
    return negative ? -t : t;
}
