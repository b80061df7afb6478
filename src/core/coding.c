#include "core/coding.h"

#define NO_NEIGHBOUR 8 /* the context without a neighbour; 0..7 are for their mean */

static void put_u16(uint8_t *p, unsigned value)
{
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
}

static void coding_of_refinement(ln_coding *coding, ln_refinement r)
{
    put_u16(coding->table, 0);
    put_u16(coding->table + 2, r.negative);
    put_u16(coding->table + 4, r.positive);
    coding->cumulative = coding->table;
    coding->count = 3;
}

void ln_coding_of_run(ln_coding *coding, const ln_model *model, const ln_run *run)
{
    coding->lowest = 0;
    coding->refines = run->plane > 0;
    if (run->channel == LN_RANK_IS_MAP) {
        coding->cumulative = NULL;
        coding->count = LN_MAP_LEVELS;
    } else if (coding->refines) {
        coding_of_refinement(coding, ln_refinement_of_run(model, run));
    } else {
        const uint8_t *base = ln_model_base(model, run->channel, ln_class_of_band(run->band));
        coding->lowest = ln_base_lowest(base);
        coding->count = base[1];
        coding->cumulative = base + 2;
    }
}

const uint8_t *ln_map_cumulative(const ln_model *model, const uint8_t *level, unsigned first, unsigned cell)
{
    int has_left = cell % LN_MAP_SIDE > 0 && cell > first;
    int has_up = cell >= first + LN_MAP_SIDE;
    unsigned left = has_left ? level[cell - 1] : 0, up = has_up ? level[cell - LN_MAP_SIDE] : 0;
    unsigned context = NO_NEIGHBOUR;
    if (has_left && has_up)
        context = (left + up + 1) >> 3;
    else if (has_left || has_up)
        context = (left + up) >> 2;
    return model->map_distribution + context * LN_MAP_LEVELS * 2;
}
