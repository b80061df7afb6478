/* Frames of cameras on the air, for tests of the worker: real photographs, sent by real cameras, lost,
 * doubled, late and out of order. */
#ifndef LN_TESTS_SUPPORT_AIR_H
#define LN_TESTS_SUPPORT_AIR_H

#include "service/support_store.h"

#include "cloud/support_truth.h"
#include "host/send.h"
#include "host/shot.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

#define PHOTOS 4
#define MOST_DEVICES 4
#define MOST_FRAMES 2000

typedef struct air_frame {
    unsigned device;
    uint64_t time_ms;
    ln_uplink uplink;
    uint32_t counter; /* as it would be if it had no end */
    unsigned photo;
} air_frame;

typedef struct air {
    air_frame frames[MOST_FRAMES];
    size_t count;
    uint32_t counter[MOST_DEVICES]; /* of the next frame */
    const char *session[MOST_DEVICES];
    int uncounted[MOST_DEVICES];
    unsigned counter_bits[MOST_DEVICES]; /* 0: 32 */
    uint64_t seed;
    unsigned loss; /* percent */
} air;

static ln_bundle bundle;
static ln_shot shots[PHOTOS];
static truth truths[PHOTOS];

static inline void take_photos(void)
{
    static const char *const paths[PHOTOS] = {"tests/pictures/cat.jpg", "tests/pictures/coffee.webp",
                                              "tests/pictures/rocket.png", "tests/pictures/astronaut.ppm"};
    for (unsigned i = 0; i < PHOTOS; i++) {
        ln_picture picture, fitted;
        ln_error error;
        if (ln_picture_read(&picture, paths[i], &error) != LN_OK ||
            ln_fit_picture(&bundle.model, &picture, 0, &fitted, &error) != LN_OK ||
            ln_shot_take(&shots[i], &bundle.model, &fitted, 0, 0, &error) != LN_OK)
            fail_msg("%s", error.text);
        truth_remember(&truths[i], shots[i].camera, &bundle.model, i);
        ln_picture_free(&picture);
        ln_picture_free(&fitted);
    }
}

static inline void free_photos(void)
{
    for (unsigned i = 0; i < PHOTOS; i++) {
        ln_shot_free(&shots[i]);
        free(truths[i].value);
    }
}

/* A packet goes out: it may be lost, come late, or twice. */
static inline void emit(air *a, unsigned device, unsigned photo, const uint8_t *packet, size_t size,
                        uint64_t time_ms)
{
    const uint32_t counter = a->counter[device]++;
    if (random_below(&a->seed, 100) < a->loss)
        return;
    const unsigned copies = 1 + (random_below(&a->seed, 10) == 0);
    for (unsigned i = 0; i < copies; i++) {
        assert_true(a->count < MOST_FRAMES);
        air_frame *f = &a->frames[a->count++];
        *f = (air_frame){.device = device, .photo = photo, .time_ms = time_ms};
        if (random_below(&a->seed, 5) == 0)
            f->time_ms += random_below(&a->seed, 7000);
        f->counter = counter;
        f->uplink.counter_bits = a->uncounted[device]      ? 0
                                 : a->counter_bits[device] ? a->counter_bits[device]
                                                           : 32;
        f->uplink.counter = (uint32_t)(counter & ((UINT64_C(1) << f->uplink.counter_bits) - 1));
        f->uplink.battery = LN_NO_BATTERY;
        snprintf(f->uplink.device, sizeof f->uplink.device, "%u", device);
        snprintf(f->uplink.session, sizeof f->uplink.session, "%s",
                 a->session[device] ? a->session[device] : "");
        memcpy(f->uplink.payload, packet, size);
        f->uplink.size = size;
    }
}

/* A camera sends the first bytes of a photograph, a packet each `every_ms`. Returns when it ended. */
static inline uint64_t send_photo(air *a, unsigned device, unsigned photo, unsigned number,
                                  unsigned protection, unsigned bytes, uint64_t from_ms, uint64_t every_ms)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size, sent = 0;
    ln_shot_repeat(&shots[photo], number, protection);
    for (; sent < bytes; sent += size, from_ms += every_ms) {
        if (ln_camera_next(shots[photo].camera, 51, packet, &size) != LN_OK)
            break;
        emit(a, device, photo, packet, size, from_ms);
    }
    return from_ms;
}

/* A sender sends two photographs by turns. */
static inline uint64_t send_two(air *a, unsigned device, unsigned photo, unsigned number, unsigned frames,
                                uint64_t from_ms, uint64_t every_ms)
{
    const ln_allowance allowance = {.deadline_ms = 2000000000, .airtime_us = UINT32_MAX};
    uint8_t packet[LN_MAX_PAYLOAD];
    ln_sender sender;
    assert_int_equal(ln_sender_init(&sender, LN_QUEUE_FAIR, 64, 0), LN_OK);
    for (unsigned i = 0; i < 2; i++) {
        ln_shot_repeat(&shots[photo + i], number + i, 40);
        assert_int_equal(ln_sender_add(&sender, shots[photo + i].camera, &allowance, 0), LN_OK);
    }
    for (unsigned i = 0; i < frames; i++, from_ms += every_ms) {
        const ln_offer offer = {.now_ms = i * 1000, .airtime_us = 100000, .payload = 51};
        size_t size;
        uint32_t wait_ms;
        if (ln_sender_next(&sender, &offer, packet, &size, &wait_ms) != LN_STEP_SEND)
            break;
        ln_packet_header header;
        const uint8_t *part;
        unsigned length;
        assert_int_equal(ln_packet_open(&bundle.model, packet, size, &header, &part, &length), LN_OK);
        emit(a, device, photo + (header.picture - number), packet, size, from_ms);
    }
    return from_ms;
}

static inline int compare_times(const void *a, const void *b)
{
    const air_frame *x = a, *y = b;
    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return (x->counter > y->counter) - (x->counter < y->counter);
}

static inline void arrive_in_order(air *a)
{
    qsort(a->frames, a->count, sizeof *a->frames, compare_times);
}

#endif
