/* Tables of an open model, for the rest of the library. */
#ifndef LN_CORE_MODEL_H
#define LN_CORE_MODEL_H

#include <limitnet/core.h>

#include "core/bytes.h"

#define LN_CLASSES 8 /* of places (2.3) */
#define LN_STATES 6  /* of a symbol's neighbours (4.1) */

#define LN_SALIENCY_LEVELS 32
#define LN_ACTIVITY_LEVELS 16

/* An entry of the unit list (5). */
typedef struct ln_unit {
    unsigned channel, plane;
    int offset;
} ln_unit;

static inline ln_unit ln_model_unit(const ln_model *model, unsigned index)
{
    const uint8_t *p = model->unit_table + 4 * index;
    ln_unit unit = {p[0], p[1], ln_i16(p + 2)};
    return unit;
}

/* Places of a channel's grid. */
static inline unsigned ln_channel_places(const ln_model *model, unsigned channel)
{
    const ln_layer *stage = &model->stage[model->channel[channel].stage];
    return (unsigned)stage->width * stage->height;
}

/* Distribution of a wide channel's base symbols in a class: lo, count, cumulative frequencies (4.3). */
static inline const uint8_t *ln_model_base(const ln_model *model, unsigned channel, unsigned place_class)
{
    unsigned row = model->channel[channel].number_wide;
    return model->distribution[model->base_index[LN_CLASSES * row + place_class]];
}

/* Whether a unit's symbols are narrow (4.2). */
static inline int ln_is_narrow(const ln_model *model, unsigned channel, unsigned plane)
{
    return plane > 0 || !model->channel[channel].wide;
}

/* Parameters of a narrow unit (4.2). */
typedef struct ln_narrow {
    int bias;             /* 128 + b */
    const uint8_t *shape; /* [class][state], int8 */
    unsigned n, r;
    int z;
} ln_narrow;

static inline int ln_i8(const uint8_t *p)
{
    return *(const int8_t *)p;
}

static inline ln_narrow ln_model_narrow(const ln_model *model, unsigned channel, unsigned plane)
{
    const ln_channel *c = &model->channel[channel];
    const uint8_t *p = model->narrow + 5u * (c->first_narrow + plane - c->wide);
    return (ln_narrow){128 + ln_i8(p), model->shape + LN_CLASSES * LN_STATES * p[1], p[2], p[3],
                       ln_i8(p + 4)};
}

static inline int ln_base_lowest(const uint8_t *distribution)
{
    return ln_i8(distribution);
}

static inline int ln_base_highest(const uint8_t *distribution)
{
    return ln_base_lowest(distribution) + distribution[1] - 1;
}

/* Levels of the map that the model has. */
static inline unsigned ln_map_cells(const ln_model *model)
{
    return model->map == LN_MAP_NONE ? 0 : LN_MAP_CELLS;
}

#endif
