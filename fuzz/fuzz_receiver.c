/* Any bytes as packets to a small receiver.
 *
 * The input is like a .lnp file (SPEC 6.8), so golden streams are seeds: its checksum chooses the model. The
 * upper byte of a length, which is 0 in such a file, says which of eight devices sends (low bits), how much
 * time passes (high bits), and whether the network gives a counter (the middle bit). The version, 2 in such a
 * file, says how the receiver works (the flags below). At the end, another receiver goes on: given the
 * packets of the pictures that are open, it has the same pictures. */
#include <stdlib.h>
#include <string.h>

#include <limitnet/cloud.h>

#include "fuzz.h"

#include "cloud/image.h"
#include "cloud/receiver.h"

#define MODELS 4
#define MOST_IMAGES 6
#define QUOTA 3
#define WAITING 300
#define HEADER 8
#define MOST_KEPT 4096 /* packets; of more, no other receiver goes on */

enum { CHECK_REQUIRED = 1, MODEL_OF_DEVICE = 4, CLOCK_GOES_BACK = 8, ASK_TO_CLOSE = 16, DEFAULTS = 32 };

static ln_model models[MODELS];

/* Opens a test model, which stays open. */
static void open_model(unsigned i, const char *path)
{
    size_t size;
    uint8_t *file = fuzz_load(path, &size);
    REQUIRE(ln_model_open(&models[i], file, size) == LN_OK);
}

static unsigned count_symbols(const ln_image *image)
{
    const ln_model *model = ln_image_model(image);
    unsigned count = 0;
    for (unsigned c = 0; c < model->channels; c++)
        for (unsigned place = 0; place < ln_model_places(model, c); place++) {
            REQUIRE(ln_image_known(image, c, place) <= model->channel[c].planes);
            ln_image_value(image, c, place);
            for (unsigned k = 0; k < model->channel[c].planes; k++) {
                int symbol;
                count += (unsigned)ln_image_symbol(image, c, k, place, &symbol);
            }
        }
    return count;
}

/* Checks that a picture's counts add up. `context` sums the packets of closed pictures. */
static void audit(void *context, const ln_image *image, ln_close_reason reason)
{
    (void)reason;
    uint64_t *closed = context;
    unsigned symbols = count_symbols(image);
    ln_image_info info;
    ln_image_get_info(image, &info);
    *closed += info.traffic.accepted.packets + info.traffic.duplicate.packets + info.traffic.waiting.packets +
               info.traffic.refused.packets - info.traffic.recovered;
    REQUIRE(info.symbols >= symbols && info.symbols <= symbols + LN_MAP_CELLS && info.symbols <= info.total);
    REQUIRE(info.traffic.waiting.bytes <= WAITING &&
            info.traffic.contradicting <= info.traffic.refused.packets);
    if (ln_image_map(image)) {
        REQUIRE(info.symbols == symbols + LN_MAP_CELLS && info.traffic.waiting.packets == 0);
        for (unsigned i = 0; i < LN_MAP_CELLS; i++)
            REQUIRE(ln_image_map(image)[i] < ln_image_model(image)->map_levels);
    }
}

/* Pushes a packet from memory of exactly its size, for the sanitizers. Returns the id of its picture. */
static uint64_t push(ln_receiver *receiver, const ln_arrival *arrival, const uint8_t *bytes, size_t size)
{
    uint8_t *packet = fuzz_copy(bytes, size);
    uint64_t id;
    ln_receiver_push(receiver, arrival, packet, size, &id);
    REQUIRE(id == 0 || ln_receiver_image(receiver, id) != NULL);
    ln_receiver_info info;
    ln_receiver_get_info(receiver, &info);
    REQUIRE(info.images <= MOST_IMAGES &&
            info.images == info.opened - info.idle - info.dropped - info.closed);
    free(packet);
    return id;
}

/* A packet, and the picture that it was found to belong to. */
typedef struct kept {
    ln_arrival arrival;
    const uint8_t *packet;
    size_t size;
    uint64_t id;
} kept;

static void compare(const ln_image *image, const ln_image *again)
{
    ln_image_info info, other;
    REQUIRE(image && again);
    ln_image_get_info(image, &info);
    ln_image_get_info(again, &other);
    REQUIRE(info.symbols == other.symbols && count_symbols(image) == count_symbols(again));
    REQUIRE(info.traffic.accepted.packets == other.traffic.accepted.packets &&
            info.traffic.waiting.packets == other.traffic.waiting.packets &&
            info.traffic.refused.packets == other.traffic.refused.packets);
    REQUIRE(info.began_ms == other.began_ms && info.last_ms == other.last_ms);
}

/* Where the id of a picture in the other receiver is; 0 there: it has none yet. */
static uint64_t *find_id(uint64_t ids[MOST_IMAGES][2], uint64_t id)
{
    size_t i = 0;
    while (ids[i][0] && ids[i][0] != id)
        REQUIRE(++i < MOST_IMAGES);
    ids[i][0] = id;
    return &ids[i][1];
}

static void go_on(const ln_receiver *receiver, const ln_receiver_config *config, const kept *packets,
                  size_t count)
{
    uint64_t closed = 0, ids[MOST_IMAGES][2] = {0};
    ln_receiver_config same = *config;
    ln_receiver *other;
    same.context = &closed;
    REQUIRE(ln_receiver_open(&other, &same, NULL) == LN_OK);
    for (const kept *p = packets; p < packets + count; p++)
        if (ln_receiver_image(receiver, p->id)) {
            uint8_t *packet = fuzz_copy(p->packet, p->size);
            ln_receiver_restore(other, &p->arrival, packet, p->size, find_id(ids, p->id));
            free(packet);
        }
    for (size_t i = 0; i < MOST_IMAGES && ids[i][0]; i++)
        compare(ln_receiver_image(receiver, ids[i][0]), ln_receiver_image(other, ids[i][1]));
    REQUIRE(closed == 0);
    ln_receiver_close(other);
}

/* One device is not known. */
static const ln_model *model_of(void *context, uint64_t device)
{
    (void)context;
    return device % (MODELS + 1) < MODELS ? &models[device % (MODELS + 1)] : NULL;
}

static const ln_model *choose_model(const uint8_t *header)
{
    uint32_t checksum =
        (uint32_t)header[4] << 24 | (uint32_t)header[5] << 16 | (uint32_t)header[6] << 8 | header[7];
    for (unsigned i = 0; i < MODELS; i++)
        if (models[i].checksum == checksum)
            return &models[i];
    return &models[checksum % MODELS];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const paths[MODELS] = {"tests/models/tiny.lnm", "tests/models/tiny-nomap.lnm",
                                              "tests/models/random-cifar.lnm",
                                              "tests/models/random-wide.lnm"};
    if (!models[0].bytes)
        for (unsigned i = 0; i < MODELS; i++)
            open_model(i, paths[i]);
    if (size < HEADER)
        return 0;
    static kept packets[MOST_KEPT];
    uint64_t closed = 0, pushed = 0;
    unsigned flags = data[3];
    ln_receiver_config config = {.model = choose_model(data),
                                 .model_of = flags & MODEL_OF_DEVICE ? model_of : NULL,
                                 .max_images = MOST_IMAGES,
                                 .max_images_per_device = flags & DEFAULTS ? 0 : QUOTA,
                                 .idle_ms = 1000,
                                 .late_ms = flags & DEFAULTS ? 0 : 100,
                                 .max_frames = flags & DEFAULTS ? 0 : 50,
                                 .max_waiting_bytes = WAITING,
                                 .check_required = flags & CHECK_REQUIRED,
                                 .closed = audit,
                                 .context = &closed};
    ln_receiver *receiver;
    REQUIRE(ln_receiver_open(&receiver, &config, NULL) == LN_OK);
    ln_arrival arrival = {0};
    for (data += HEADER, size -= HEADER; size > 2;) {
        size_t length = data[1] < size - 2 ? data[1] : size - 2;
        unsigned late = data[0] >> 4;
        arrival.device = data[0] & 7;
        arrival.time_ms += (uint64_t)late << 4;
        if (flags & CLOCK_GOES_BACK && late == 15)
            arrival.time_ms /= 2;
        arrival.has_counter = data[0] >> 3 & 1;
        arrival.counter += 1u + (data[1] == 0) * 100u;
        uint64_t id = push(receiver, &arrival, data + 2, length);
        if (flags & ASK_TO_CLOSE && late == 14)
            REQUIRE(ln_receiver_close_image(receiver, id) == (id != 0));
        if (pushed < MOST_KEPT)
            packets[pushed] = (kept){arrival, data + 2, length, id};
        pushed++;
        data += 2 + length;
        size -= 2 + length;
    }
    if (pushed <= MOST_KEPT)
        go_on(receiver, &config, packets, pushed);
    ln_receiver_expire(receiver, UINT64_MAX);
    ln_receiver_info info;
    ln_receiver_get_info(receiver, &info);
    REQUIRE(info.images == 0 && closed + info.refused.packets + info.undecided.packets == pushed);
    ln_receiver_close(receiver);
    return 0;
}
