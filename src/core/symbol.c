#include "core/symbol.h"

#include "core/model.h"

ln_limits ln_limits_of(const ln_model *model, unsigned channel, unsigned place_class)
{
    const ln_channel *c = &model->channel[channel];
    if (!c->wide)
        return (ln_limits){c->limit, c->limit};
    /* Class 0 codes a base that goes before the map. */
    const uint8_t *base = ln_model_base(model, channel, c->early ? 0 : place_class);
    unsigned finer = c->planes - 1u;
    return (ln_limits){(int)((unsigned)(ln_base_highest(base) + 1) << finer) - 1,
                       (int)((unsigned)(1 - ln_base_lowest(base)) << finer) - 1};
}

static void limit_run(const ln_model *model, const ln_run *run, const ln_bits *bits)
{
    ln_limits limits[LN_CLASSES];
    int most = model->channel[run->channel].limit, needed = 0;
    for (unsigned c = 0; c < LN_CLASSES; c++) {
        limits[c] = ln_limits_of(model, run->channel, c);
        needed |= limits[c].most_positive < most || (bits->negative && limits[c].most_negative < most);
    }
    for (unsigned i = 0; needed && i < run->count; i++) {
        unsigned place = ln_run_place(run, i);
        int v = ln_bits_get(bits, place), limited = ln_limited(&limits[ln_run_class(run, i)], v);
        if (limited != v)
            ln_bits_set(bits, place, limited);
    }
}

void ln_limit_values(const ln_order *order, ln_values_source source, void *context)
{
    const ln_model *model = ln_order_model(order);
    ln_walker walker;
    ln_run run;
    if (model->wide_channels == 0 || !ln_order_seek(order, 0, &walker, &run))
        return;
    do {
        if (run.channel != LN_RANK_IS_MAP && run.plane == 0 && model->channel[run.channel].wide) {
            ln_bits bits = source(context, run.channel);
            limit_run(model, &run, &bits);
        }
    } while (ln_order_step(order, &walker, &run));
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
