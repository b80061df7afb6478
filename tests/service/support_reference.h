/* What one receiver finds that is fed all frames of a device in their order: by the public API alone. */
#ifndef LN_TESTS_SUPPORT_REFERENCE_H
#define LN_TESTS_SUPPORT_REFERENCE_H

#include "service/support_air.h"

#ifndef IDLE
#define IDLE 60000u
#define LATE 10000u
#define DEADLINE 90000u
#endif
#define MOST_PICTURES 256

static ln_decoder *decoder;
static ln_vision *vision;

/* A picture as it must be in the store. */
typedef struct expected {
    int64_t id;
    uint64_t image, first_ms;
    unsigned number;
    uint32_t packets, bytes;
    int final;
    char label[64]; /* empty: nothing was seen */
    int score;
} expected;

typedef struct reference {
    ln_receiver *receiver;
    expected pictures[MOST_PICTURES];
    size_t count;
    int64_t picture_of[MOST_FRAMES]; /* by the id of the frame */
} reference;

static inline void judge(expected *e, const ln_image *image)
{
    ln_picture picture;
    ln_class best;
    ln_image_info info;
    ln_image_get_info(image, &info);
    if (e->final)
        return;
    e->final = 1;
    if (!info.symbols)
        return;
    assert_int_equal(ln_picture_make(&picture, bundle.model.width, bundle.model.height, NULL), LN_OK);
    assert_int_equal(ln_decoder_run(decoder, &image, 1, picture.rgb, NULL), LN_OK);
    assert_int_equal(ln_vision_classify(ln_vision_for(vision, info.traffic.accepted.bytes), &picture, 1,
                                        LN_FIT_STRETCH, 1, &best, NULL),
                     LN_OK);
    snprintf(e->label, sizeof e->label, "%s", best.label);
    e->score = (int)(best.score * 10000 + 0.5f);
    ln_picture_free(&picture);
}

static inline expected *expected_image(reference *r, uint64_t image)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->pictures[i].image == image)
            return &r->pictures[i];
    return NULL;
}

static inline void judge_closed(void *context, const ln_image *image, ln_close_reason reason)
{
    ln_image_info info;
    (void)reason;
    ln_image_get_info(image, &info);
    judge(expected_image(context, info.id), image);
}

static inline void refer(reference *r, const air_frame *f, int64_t id)
{
    const ln_arrival arrival = {9, f->time_ms, f->uplink.counter_bits > 0, f->counter};
    uint64_t image;
    for (size_t i = 0; i < r->count; i++)
        if (ln_receiver_image(r->receiver, r->pictures[i].image) &&
            f->time_ms >= r->pictures[i].first_ms + DEADLINE)
            judge(&r->pictures[i], ln_receiver_image(r->receiver, r->pictures[i].image));
    ln_receiver_push(r->receiver, &arrival, f->uplink.payload, f->uplink.size, &image);
    r->picture_of[id] = 0;
    if (!image)
        return;
    expected *e = expected_image(r, image);
    if (!e) {
        ln_image_info info;
        ln_image_get_info(ln_receiver_image(r->receiver, image), &info);
        assert_true(r->count < MOST_PICTURES);
        e = &r->pictures[r->count++];
        *e = (expected){.id = id, .image = image, .first_ms = f->time_ms, .number = info.number};
    }
    e->packets++;
    e->bytes += (uint32_t)f->uplink.size;
    r->picture_of[id] = e->id;
}

static inline void begin_reference(reference *r)
{
    const ln_receiver_config config = {.model = &bundle.model,
                                       .max_images = LN_IMAGES_PER_DEVICE,
                                       .idle_ms = IDLE,
                                       .late_ms = LATE,
                                       .max_waiting_bytes = 65536,
                                       .closed = judge_closed,
                                       .context = r};
    r->count = 0;
    assert_int_equal(ln_receiver_open(&r->receiver, &config, NULL), LN_OK);
}

/* Nothing comes any more. */
static inline void end_reference(reference *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (ln_receiver_image(r->receiver, r->pictures[i].image))
            judge(&r->pictures[i], ln_receiver_image(r->receiver, r->pictures[i].image));
    ln_receiver_close(r->receiver);
}

/* `kept`: the frames of the device, without repeats. */
static inline void make_reference(reference *r, const air_frame *const *kept, size_t count)
{
    begin_reference(r);
    for (size_t i = 0; i < count; i++)
        refer(r, kept[i], (int64_t)i + 1);
    end_reference(r);
}

#endif
