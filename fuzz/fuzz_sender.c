/* Any bytes as what a sender keeps over a restart, with its check made right, and then as what happens to it:
 * offers, feedback, other losses, clocks that go back. Packets are those of its cameras and fit what was
 * offered.
 *
 * The input: LN_SENDER_BYTES of the sender, then steps of four bytes: what to do, and three numbers. */
#include "fuzz.h"

#include <limitnet/device.h>

#include "core/check.h"

#include <stdlib.h>
#include <string.h>

#define CAMERAS 3
#define MOST_STEPS 600

static ln_model model;
static ln_camera *cameras[CAMERAS + 1]; /* and a null */

/* Pictures 0, 1 and 2: of grey, of a slope, and protected. */
static void take_pictures(void)
{
    static uint8_t rgb[3 * 32 * 32], memory[LN_PROTECTION_BYTES];
    size_t size;
    uint8_t *bytes = fuzz_load("tests/models/random-cifar.lnm", &size);
    REQUIRE(ln_model_open(&model, bytes, size) == LN_OK && sizeof rgb == 3u * model.width * model.height);
    for (unsigned i = 0; i < CAMERAS; i++) {
        size = ln_camera_size(&model, ln_all_kernels);
        REQUIRE(ln_camera_init(&cameras[i], &model, ln_all_kernels, malloc(size), size) == LN_OK);
        for (size_t k = 0; i > 0 && k < sizeof rgb; k++)
            rgb[k] = (uint8_t)(k * i / 9);
        REQUIRE(ln_camera_begin(cameras[i], i) == LN_OK);
        REQUIRE(ln_camera_push_rows(cameras[i], rgb, sizeof rgb, model.height) == LN_OK);
        REQUIRE(ln_camera_finish(cameras[i]) == LN_OK);
    }
    REQUIRE(ln_camera_protect(cameras[2], 30, memory, sizeof memory) == LN_OK);
}

/* What was stored is the same when it is stored again at once. */
static void restore(ln_sender *sender, const uint8_t *data)
{
    uint8_t stored[LN_SENDER_BYTES], again[LN_SENDER_BYTES];
    ln_sender other;
    memcpy(stored, data, sizeof stored);
    memcpy(stored, "LNQ\1", 4);
    uint16_t check = ln_check(0, stored, sizeof stored - LN_CHECK_SIZE);
    stored[sizeof stored - 2] = (uint8_t)check;
    stored[sizeof stored - 1] = (uint8_t)(check >> 8);
    ln_status status = ln_sender_restore(sender, stored, sizeof stored, cameras, CAMERAS + 1, 0, 0);
    REQUIRE(status == LN_OK || (status == LN_ERR_MODEL && ln_sender_count(sender) == 0));
    if (status != LN_OK)
        REQUIRE(ln_sender_init(sender, LN_QUEUE_FAIR, 30, 0) == LN_OK);
    ln_sender_store(sender, stored);
    REQUIRE(ln_sender_restore(&other, stored, sizeof stored, cameras, CAMERAS + 1, 0, 0) == LN_OK);
    ln_sender_store(&other, again);
    REQUIRE(memcmp(stored, again, sizeof again) == 0);
}

static void offer_frame(ln_sender *sender, const uint8_t *number, uint32_t *now)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size = 1;
    uint32_t wait = 1;
    ln_packet_header header;
    const ln_offer offer = {*now, number[0] == 255 ? UINT32_MAX : number[0] / 128u * number[1],
                            number[1] * 1000u, number[2]};
    unsigned before = ln_sender_count(sender);
    switch (ln_sender_next(sender, &offer, packet, &size, &wait)) {
    case LN_STEP_SEND:
        REQUIRE(size > 0 && size <= offer.payload && offer.wait_ms == 0 && wait == 0);
        REQUIRE(ln_packet_peek(packet, size, &header) == LN_OK && header.picture < CAMERAS);
        break;
    case LN_STEP_WAIT:
        REQUIRE(size == 0 && wait == offer.wait_ms && wait > 0);
        break;
    case LN_STEP_FLUSH:
        REQUIRE(size == 0 && wait == 0 && offer.payload < LN_MIN_PAYLOAD + LN_CHECK_SIZE);
        break;
    default:
        REQUIRE(size == 0 && wait == 0 && ln_sender_count(sender) == 0);
    }
    REQUIRE(ln_sender_count(sender) <= before);
}

/* Feedback that can be read is written the same. */
static void give_feedback(ln_sender *sender, const uint8_t *bytes)
{
    ln_feedback feedback;
    uint8_t again[LN_FEEDBACK_BYTES];
    if (ln_feedback_read(&feedback, bytes, LN_FEEDBACK_BYTES) == LN_OK) {
        ln_feedback same;
        REQUIRE(ln_feedback_write(&feedback, again) == LN_OK);
        REQUIRE(ln_feedback_read(&same, again, sizeof again) == LN_OK);
        REQUIRE(same.picture == feedback.picture && same.enough == feedback.enough &&
                same.loss == feedback.loss && same.bytes == feedback.bytes);
    }
    ln_sender_feedback(sender, bytes, LN_FEEDBACK_BYTES);
}

static void step(ln_sender *sender, const uint8_t *data, uint32_t *now)
{
    const ln_allowance allowance = {data[2] * 50u, data[3] == 255 ? UINT32_MAX : data[3] * 5000u, data[3]};
    switch (data[0] % 8) {
    case 0:
        give_feedback(sender, data + 1);
        break;
    case 1:
        ln_sender_loss(sender, data[1]);
        break;
    case 2:
        *now -= data[1];
        break;
    case 3:
        if (cameras[data[1] % CAMERAS])
            ln_sender_add(sender, cameras[data[1] % CAMERAS], &allowance, *now);
        break;
    case 4:
        ln_sender_drop(sender, cameras[data[1] % CAMERAS]);
        break;
    default:
        *now += data[0];
        offer_frame(sender, data + 1, now);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ln_sender sender;
    uint32_t now = 0;
    if (!cameras[0])
        take_pictures();
    for (unsigned i = 0; i < CAMERAS; i++)
        REQUIRE(ln_camera_check(cameras[i], 0) == LN_OK); /* from the beginning */
    if (size < LN_SENDER_BYTES)
        return 0;
    restore(&sender, data);
    data += LN_SENDER_BYTES;
    size -= LN_SENDER_BYTES;
    for (unsigned n = 0; n < MOST_STEPS && size >= 4; n++, data += 4, size -= 4)
        step(&sender, data, &now);
    return 0;
}
