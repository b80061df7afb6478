#include "sim/outcomes.h"

#include "cloud/error.h"
#include "link/random.h"

#include <stdlib.h>

#define FIRST_ROOM 1024

ln_status ln_outcomes_open(ln_outcomes *o, const char *model, const char *vision, ln_error *error)
{
    *o = (ln_outcomes){.room = FIRST_ROOM};
    ln_status status = ln_bundle_open(&o->bundle, model, error);
    if (status == LN_OK)
        status = ln_decoder_open(&o->decoder, &o->bundle.model, o->bundle.decoder_path, 0, error);
    if (status == LN_OK)
        status = ln_vision_open(&o->vision, vision, NULL, 0, error);
    if (status == LN_OK && ln_vision_task(o->vision) != LN_TASK_CLASSIFY)
        status =
            ln_fail(error, LN_ERR_IO, "%s: is a detector: name a classifier in [pictures] vision", vision);
    if (status == LN_OK)
        status = ln_picture_make(&o->picture, o->bundle.model.width, o->bundle.model.height, error);
    if (status == LN_OK) {
        o->table = calloc(o->room, sizeof *o->table);
        status = o->table ? LN_OK : ln_fail_memory(error);
    }
    if (status != LN_OK)
        ln_outcomes_close(o);
    return status;
}

void ln_outcomes_close(ln_outcomes *o)
{
    free(o->table);
    ln_picture_free(&o->picture);
    ln_vision_close(o->vision);
    ln_decoder_close(o->decoder);
    ln_bundle_close(&o->bundle);
    *o = (ln_outcomes){0};
}

/* ---- Contents -------------------------------------------------------------------------------- */

static void mix(uint64_t *key, uint64_t part)
{
    *key ^= part;
    *key = ln_random(key);
}

/* Of the map and of every value as far as it is known: what the decoder sees. With 64 bits, two of a million
 * contents are taken for one another with a probability of 1 to 37 million. */
static uint64_t key_of(const ln_image *image)
{
    uint64_t key = 1;
    if (!image)
        return key;
    const ln_model *model = ln_image_model(image);
    const uint8_t *map = ln_image_map(image);
    for (unsigned i = 0; map && i < LN_MAP_CELLS; i++)
        mix(&key, map[i] + 1u);
    for (unsigned channel = 0; channel < model->channels; channel++) {
        unsigned places = ln_model_places(model, channel);
        for (unsigned place = 0; place < places; place++) {
            unsigned known = ln_image_known(image, channel, place);
            if (known > 0)
                mix(&key, (uint64_t)channel << 48 | (uint64_t)place << 36 | (uint64_t)known << 32 |
                              (uint32_t)ln_image_value(image, channel, place));
        }
    }
    return key ? key : 1;
}

/* ---- Table ----------------------------------------------------------------------------------- */

static ln_outcome *find(const ln_outcomes *o, uint64_t key)
{
    size_t i = (size_t)key & (o->room - 1);
    while (o->table[i].key && o->table[i].key != key)
        i = (i + 1) & (o->room - 1);
    return &o->table[i];
}

static ln_status grow(ln_outcomes *o, ln_error *error)
{
    ln_outcomes larger = *o;
    larger.room = 2 * o->room;
    larger.table = calloc(larger.room, sizeof *larger.table);
    if (!larger.table)
        return ln_fail_memory(error);
    for (size_t i = 0; i < o->room; i++)
        if (o->table[i].key)
            *find(&larger, o->table[i].key) = o->table[i];
    free(o->table);
    *o = larger;
    return LN_OK;
}

ln_status ln_outcomes_draw(ln_outcomes *o, const ln_image *image, ln_class *best, ln_error *error)
{
    ln_status status = ln_decoder_run(o->decoder, &image, 1, o->picture.rgb, error);
    return status == LN_OK ? ln_vision_classify(o->vision, &o->picture, 1, LN_FIT_STRETCH, 1, best, error)
                           : status;
}

ln_status ln_outcomes_look(ln_outcomes *o, const ln_image *image, ln_class *best, ln_error *error)
{
    uint64_t key = key_of(image);
    ln_outcome *outcome = find(o, key);
    o->asked++;
    if (!outcome->key) {
        ln_status status = ln_outcomes_draw(o, image, &outcome->best, error);
        if (status != LN_OK)
            return status;
        outcome->key = key;
        *best = outcome->best;
        return 2 * ++o->count > o->room ? grow(o, error) : LN_OK;
    }
    *best = outcome->best;
    return LN_OK;
}
