/* Tables of an open model, for the rest of the library. */
#ifndef LN_CORE_MODEL_H
#define LN_CORE_MODEL_H

#include <limitnet/core.h>

#include "core/bytes.h"

#define LN_BANDS 8   /* bands of saliency, which the order tells apart: level >> 2 */
#define LN_CLASSES 4 /* classes of saliency, which have distributions of their own: level >> 3 */

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

/* The class of a place, from its band (2.3). */
static inline unsigned ln_class_of_band(unsigned band)
{
    return band / (LN_BANDS / LN_CLASSES);
}

/* Distribution of a channel's base symbols in a class: lo, count, cumulative frequencies (4.2). */
static inline const uint8_t *ln_model_base(const ln_model *model, unsigned channel, unsigned saliency_class)
{
    return model->distribution[model->base_index[LN_CLASSES * channel + saliency_class]];
}

/* q0 and qn of a refinement plane in a class (4.1); plane > 0. */
static inline const uint8_t *ln_model_refinement(const ln_model *model, unsigned channel, unsigned plane,
                                                 unsigned saliency_class)
{
    /* Each channel up to and with this one has one plane that is no refinement. */
    unsigned row = model->channel[channel].first_unit - channel + plane - 1;
    return model->refinement + 2 * (LN_CLASSES * row + saliency_class);
}

static inline int ln_base_lowest(const uint8_t *distribution)
{
    return (int)(distribution[0] ^ 0x80u) - 0x80;
}

static inline int ln_base_highest(const uint8_t *distribution)
{
    return ln_base_lowest(distribution) + distribution[1] - 1;
}

#endif
