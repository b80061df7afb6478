/* Frequencies of symbols by the words of docs/SPEC.md section 4, in the most direct way: what a packet holds
 * of a symbol's neighbours is looked up by their ranks. */
#ifndef SUPPORT_CONTEXT_H
#define SUPPORT_CONTEXT_H

#include "core/support_core.h"

#include "core/model.h"

/* The ranks of a picture's symbols. */
typedef struct ranks {
    const picture *picture;
    unsigned *rank; /* by channel, plane and place */
} ranks;

static inline unsigned *rank_of(const ranks *r, unsigned channel, unsigned plane, unsigned place)
{
    return &r->rank[LN_MAX_PLANES * (r->picture->first[channel] + place) + plane];
}

static inline ranks ranks_open(const picture *p)
{
    ranks r = {p, malloc(sizeof(unsigned) * LN_MAX_PLANES * p->values)};

    for (unsigned rank = 0; rank < p->model.symbols; rank++)
        if (p->id[rank].channel != LN_RANK_IS_MAP)
            *rank_of(&r, p->id[rank].channel, p->id[rank].plane, p->id[rank].place) = rank;
    return r;
}

static inline void ranks_close(ranks *r)
{
    free(r->rank);
}

/* -1: the symbol is not known, from a rank on; otherwise whether it is not 0. */
static inline int known(const ranks *r, unsigned from, unsigned channel, unsigned plane, unsigned place)
{
    unsigned rank = *rank_of(r, channel, plane, place);

    if (r->picture->model.weight > 0 || rank < from)
        return -1;
    return picture_symbol(r->picture, &r->picture->id[rank]) != 0;
}

typedef struct interval {
    unsigned from, frequency;
} interval;

static inline interval in_table(const uint8_t *cumulative, unsigned count, unsigned number)
{
    unsigned from = ln_u16(cumulative + 2 * number);

    return (interval){from, (number + 1 < count ? ln_u16(cumulative + 2 * number + 2) : 4096) - from};
}

static inline interval map_interval(const picture *p, unsigned from, unsigned rank)
{
    const ln_model *m = &p->model;
    unsigned cell = p->id[rank].place, context = m->map_levels >> m->map_shift;
    int left = cell % 8 > 0 && rank - 1 >= from, up = cell >= 8 && rank >= from + 8;

    if (left && up)
        context = (unsigned)((p->map[cell - 1] + p->map[cell - 8] + 1) >> 1) >> m->map_shift;
    else if (left || up)
        context = (unsigned)p->map[left ? cell - 1 : cell - 8] >> m->map_shift;
    return in_table(m->map_distribution + 2 * m->map_levels * context, m->map_levels, p->map[cell]);
}

static inline int clipped(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

/* A symbol's part of the range, in a packet that begins at rank `from`. */
static inline interval interval_of(const ranks *r, unsigned from, unsigned rank)
{
    const picture *p = r->picture;
    const ln_symbol_id *id = &p->id[rank];
    const ln_model *m = &p->model;
    static const unsigned states[3][3] = {
        {0, 1, 2}, {1, 3, 4}, {2, 4, 5}}; /* -1, 0, 1 of left and of upper */
    int symbol = picture_symbol(p, id), left = -1, upper = -1, earlier = -1, i;
    unsigned width, zero, minus;
    const uint8_t *narrow;

    if (id->channel == LN_RANK_IS_MAP)
        return map_interval(p, from, rank);
    if (id->plane == 0 && m->channel[id->channel].wide) {
        const uint8_t *base =
            m->distribution[m->base_index[8 * m->channel[id->channel].number_wide + id->place_class]];

        return in_table(base + 2, base[1], (unsigned)(symbol - (int8_t)base[0]));
    }
    width = m->stage[m->channel[id->channel].stage].width;
    if (id->place % width > 0)
        left = known(r, from, id->channel, id->plane, id->place - 1u);
    if (id->place >= width)
        upper = known(r, from, id->channel, id->plane, id->place - width);
    if (id->plane > 0)
        earlier = known(r, from, id->channel, id->plane - 1u, id->place);

    narrow = m->narrow; /* its row: all narrow units of channels before, and of this one */
    for (unsigned c = 0; c < id->channel; c++)
        narrow += 5 * (m->channel[c].planes - m->channel[c].wide);
    narrow += 5 * (id->plane - m->channel[id->channel].wide);
    if (earlier == 1) {
        zero = 4096 - 16u * narrow[3];
        return symbol == 0 ? (interval){0, zero} : (interval){zero, 4096 - zero};
    }
    i = 128 + (int8_t)narrow[0] +
        (int8_t)m->shape[48 * narrow[1] + 6 * id->place_class + states[left + 1][upper + 1]] +
        (earlier == 0 ? (int8_t)narrow[4] : 0);
    zero = (unsigned)clipped((int)lround(4096 / (1 + exp((clipped(i, 0, 255) - 128) / 16.0))), 2, 4094);
    minus = (unsigned)clipped((int)((4096 - zero) * narrow[2] >> 8), 1, (int)(4096 - zero) - 1);
    if (symbol == 0)
        return (interval){0, zero};
    return symbol < 0 ? (interval){zero, minus} : (interval){zero + minus, 4096 - zero - minus};
}

#endif
