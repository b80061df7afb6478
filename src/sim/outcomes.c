#include "sim/outcomes.h"

#include "cloud/bundle.h"
#include "cloud/error.h"
#include "host/vision_choice.h"
#include "link/random.h"
#include "sim/index_order.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 1024
#define GREY 128

/* ---- Opening --------------------------------------------------------------------------------- */

static ln_status open_own(ln_sim_outcomes *o, const ln_scenario *s, ln_error *error)
{
    ln_status status = ln_bundle_open(&o->bundle, s->model, error);
    if (status == LN_OK && s->order == LN_ORDER_INDEX)
        ln_use_index_order(&o->bundle);
    if (status == LN_OK)
        status = ln_decoder_open(&o->decoder, &o->bundle.model, o->bundle.decoder_path, 0, error);
    return status == LN_OK
               ? ln_picture_make(&o->picture, o->bundle.model.width, o->bundle.model.height, error)
               : status;
}

static ln_status open_peer(ln_sim_outcomes *o, const ln_scenario *s, const ln_sim_codecs *codecs,
                           ln_error *error)
{
    if (!codecs)
        return ln_fail(error, LN_ERR_IO,
                       "[camera] codec: '%s' is not known here: use 'limitnet-lab sim' (make lab)", s->codec);
    o->codecs = codecs;
    ln_status status = codecs->open(&o->codec, s->codec, error);
    return status == LN_OK ? ln_picture_make(&o->picture, o->codec.width, o->codec.height, error) : status;
}

static ln_status open_vision(ln_sim_outcomes *o, const ln_scenario *s, ln_error *error)
{
    const ln_vision_choice choice = {s->vision, !s->usual_vision};
    ln_status status = ln_vision_open_chosen(&o->vision, &choice, &o->bundle, NULL, 0, error);
    if (status == LN_OK && ln_vision_task(o->vision) != LN_TASK_CLASSIFY)
        return ln_fail(error, LN_ERR_IO, "%s: is a detector: name a classifier in [pictures] vision",
                       s->vision);
    return status;
}

ln_status ln_sim_outcomes_open(ln_sim_outcomes *o, const ln_scenario *s, const ln_sim_codecs *codecs,
                               ln_error *error)
{
    *o = (ln_sim_outcomes){.room = FIRST_ROOM};
    ln_status status = ln_scenario_has_peer(s) ? open_peer(o, s, codecs, error) : open_own(o, s, error);
    if (status == LN_OK)
        status = open_vision(o, s, error);
    if (status == LN_OK) {
        o->table = calloc(o->room, sizeof *o->table);
        status = o->table ? LN_OK : ln_fail_memory(error);
    }
    if (status != LN_OK)
        ln_sim_outcomes_close(o);
    return status;
}

void ln_sim_outcomes_close(ln_sim_outcomes *o)
{
    free(o->table);
    ln_picture_free(&o->picture);
    ln_vision_close(o->vision);
    if (o->codecs)
        o->codecs->close(&o->codec);
    ln_decoder_close(o->eyes);
    ln_decoder_close(o->decoder);
    ln_bundle_close(&o->bundle);
    *o = (ln_sim_outcomes){0};
}

/* ---- Contents -------------------------------------------------------------------------------- */

static void mix(uint64_t *key, uint64_t part)
{
    *key ^= part;
    *key = ln_random(key);
}

/* The vision model that looks. */
static ln_vision *model_of(const ln_sim_outcomes *o, const ln_view *view)
{
    ln_image_info info;
    ln_image_get_info(view->image, &info);
    return ln_vision_for(o->vision, info.traffic.accepted.bytes);
}

/* Of the map and of every value as far as it is known, what the decoder sees, and of the model that looks. */
static uint64_t image_key(const ln_sim_outcomes *o, const ln_view *view)
{
    const ln_image *image = view->image;
    uint64_t key = 1;
    if (!image)
        return key;
    mix(&key, model_of(o, view) == o->vision);
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
    return key;
}

static int has_arrived(const ln_view *view, size_t packet)
{
    return view->arrived && view->arrived[packet];
}

/* The packets that can count: all, or those before the first one that is missing. */
static size_t end_of_use(const ln_sim_outcomes *o, const ln_view *view)
{
    size_t end = 0;
    while (end < view->packets->count && (!o->codec.in_order || has_arrived(view, end)))
        end++;
    return end;
}

/* Of the photograph and of the packets that count. */
static uint64_t packets_key(const ln_sim_outcomes *o, const ln_view *view)
{
    uint64_t key = 1;
    size_t end = end_of_use(o, view);
    mix(&key, view->photo);
    for (size_t i = 0; i < end; i++)
        if (has_arrived(view, i))
            mix(&key, i + 1);
    return key;
}

/* With 64 bits, two of a million contents are taken for one another with a probability of 1 to 37 million. */
static uint64_t key_of(const ln_sim_outcomes *o, const ln_view *view)
{
    uint64_t key = o->codecs ? packets_key(o, view) : image_key(o, view);
    return key ? key : 1;
}

/* ---- Drawing --------------------------------------------------------------------------------- */

static ln_status draw_packets(ln_sim_outcomes *o, const ln_view *view, ln_error *error)
{
    ln_packets arrived = {.payload = view->packets->payload};
    size_t end = end_of_use(o, view), size;
    ln_status status = LN_OK;
    for (size_t i = 0; i < end && status == LN_OK; i++) {
        const uint8_t *packet = ln_packets_at(view->packets, i, &size);
        if (has_arrived(view, i))
            status = ln_packets_add(&arrived, packet, size, error);
    }
    memset(o->picture.rgb, GREY, (size_t)3 * o->picture.width * o->picture.height);
    if (status == LN_OK)
        status = o->codecs->show(&o->codec, &arrived, o->picture.rgb, error);
    ln_packets_free(&arrived);
    return status;
}

static ln_status see(ln_sim_outcomes *o, const ln_view *view, ln_class *best, ln_error *error)
{
    ln_status status = o->codecs ? draw_packets(o, view, error)
                                 : ln_decoder_run(o->decoder, &view->image, 1, o->picture.rgb, error);
    return status == LN_OK
               ? ln_vision_classify(model_of(o, view), &o->picture, 1, LN_FIT_STRETCH, 1, best, error)
               : status;
}

/* Draws the picture again, for people. */
static ln_status draw_for_eyes(ln_sim_outcomes *o, const ln_view *view, ln_error *error)
{
    ln_status status = LN_OK;
    if (!o->eyes)
        status = ln_decoder_open(&o->eyes, &o->bundle.model, o->bundle.eyes_path, 0, error);
    return status == LN_OK ? ln_decoder_run(o->eyes, &view->image, 1, o->picture.rgb, error) : status;
}

ln_status ln_sim_outcomes_draw(ln_sim_outcomes *o, const ln_view *view, ln_class *best, ln_error *error)
{
    ln_status status = see(o, view, best, error);
    return status == LN_OK && !o->codecs && ln_bundle_has_eyes(&o->bundle) ? draw_for_eyes(o, view, error)
                                                                           : status;
}

/* ---- Table ----------------------------------------------------------------------------------- */

static ln_sim_outcome *find(const ln_sim_outcomes *o, uint64_t key)
{
    size_t i = (size_t)key & (o->room - 1);
    while (o->table[i].key && o->table[i].key != key)
        i = (i + 1) & (o->room - 1);
    return &o->table[i];
}

static ln_status grow(ln_sim_outcomes *o, ln_error *error)
{
    ln_sim_outcomes larger = *o;
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

ln_status ln_sim_outcomes_look(ln_sim_outcomes *o, const ln_view *view, ln_class *best, ln_error *error)
{
    uint64_t key = key_of(o, view);
    ln_sim_outcome *outcome = find(o, key);
    o->asked++;
    if (!outcome->key) {
        ln_status status = see(o, view, &outcome->best, error);
        if (status != LN_OK)
            return status;
        outcome->key = key;
        *best = outcome->best;
        return 2 * ++o->count > o->room ? grow(o, error) : LN_OK;
    }
    *best = outcome->best;
    return LN_OK;
}
