/* A picture that was sent, to compare what a receiver shows with. */
#ifndef SUPPORT_TRUTH_H
#define SUPPORT_TRUTH_H

#include "cloud/image.h"
#include "core/support_core.h"
#include "core/symbol.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

typedef struct truth {
    unsigned number;
    int16_t *value; /* to be freed */
    uint8_t map[LN_MAP_CELLS];
} truth;

/* Remembers the values of the picture that a camera has taken. */
static inline void truth_remember(truth *t, const ln_camera *camera, const ln_model *model, unsigned number)
{
    unsigned values = 0;
    t->number = number;
    for (unsigned c = 0; c < model->channels; c++)
        values += ln_model_places(model, c);
    free(t->value);
    t->value = calloc(values, sizeof *t->value);
    values = 0;
    for (unsigned c = 0; c < model->channels; c++)
        for (unsigned p = 0; p < ln_model_places(model, c); p++)
            t->value[values++] = (int16_t)ln_camera_value(camera, c, p);
    if (ln_camera_map(camera))
        memcpy(t->map, ln_camera_map(camera), LN_MAP_CELLS);
}

/* Has a camera take a picture of noise on a slope, and remembers its values. */
static inline void truth_take(truth *t, ln_camera *camera, const ln_model *model, unsigned number,
                              uint64_t *seed)
{
    uint8_t row[3 * 64];
    unsigned noise = 1 + random_below(seed, 255), slope = random_below(seed, 20),
             base = random_below(seed, 256);
    assert_true(model->width <= 64);
    assert_int_equal(ln_camera_begin(camera, number), LN_OK);
    for (unsigned y = 0; y < model->height; y++) {
        for (unsigned x = 0; x < 3u * model->width; x++)
            row[x] = (uint8_t)(base + slope * (x + y) + random_below(seed, noise));
        assert_int_equal(ln_camera_push_rows(camera, row, 3u * model->width, 1), LN_OK);
    }
    assert_int_equal(ln_camera_finish(camera), LN_OK);
    truth_remember(t, camera, model, number);
}

/* Whether all that an image shows was sent. */
static inline int truth_shows(const truth *t, const ln_image *image)
{
    const ln_model *model = ln_image_model(image);
    const int16_t *value = t->value;
    if (!value || (ln_image_map(image) && memcmp(ln_image_map(image), t->map, LN_MAP_CELLS) != 0))
        return 0;
    for (unsigned c = 0; c < model->channels; c++)
        for (unsigned p = 0; p < ln_model_places(model, c); p++, value++)
            for (unsigned k = 0; k < model->channel[c].planes; k++) {
                int symbol;
                if (ln_image_symbol(image, c, k, p, &symbol) &&
                    symbol != ln_symbol_make(model->channel[c].planes, k, *value))
                    return 0;
            }
    return 1;
}

#endif
