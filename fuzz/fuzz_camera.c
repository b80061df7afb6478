/* Any bytes as what happens to a camera and on its way to the receiver: rooms of any size, protection,
 * checks, packets that are sent again, lost, doubled, delayed or damaged. Symbols that arrive are those that
 * were sent.
 *
 * The input: the model; whether packets have checks (bit 1) and are damaged (bit 0); the protection; then
 * steps of two bytes: what to do, and with which number. */
#include "fuzz.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

#include "cloud/image.h"
#include "core/symbol.h"

#include <stdlib.h>
#include <string.h>

#define MODELS 4
#define MOST_STEPS 400
#define DELAYED 8

enum { SEND, LOSE, DOUBLE, DELAY, DELIVER, AGAIN, DAMAGE, STEPS };

static ln_model models[MODELS];

typedef struct packet {
    uint8_t bytes[LN_MAX_PAYLOAD];
    size_t size;
} packet;

/* A camera with a picture, its link and its receiver. */
typedef struct way {
    const ln_model *model;
    ln_camera *camera;
    void *memory, *protection;
    ln_receiver *receiver;
    uint64_t id; /* of the picture in the receiver */
    packet delayed[DELAYED];
    unsigned next; /* of these */
    int damages;   /* 1: packets may be damaged */
} way;

static void open_models(void)
{
    static const char *const paths[MODELS] = {"tests/models/tiny.lnm", "tests/models/tiny-nomap.lnm",
                                              "tests/models/random-cifar.lnm",
                                              "tests/models/random-wide.lnm"};
    for (unsigned i = 0; i < MODELS; i++) {
        size_t size;
        uint8_t *bytes = fuzz_load(paths[i], &size);
        REQUIRE(ln_model_open(&models[i], bytes, size) == LN_OK);
    }
}

/* ---- Both ends ------------------------------------------------------------------------------- */

/* The picture is made of the input, which repeats. */
static void take_picture(way *w, fuzz_part pixels)
{
    size_t bytes = (size_t)w->model->width * w->model->height * 3;
    uint8_t *rgb = malloc(bytes);
    REQUIRE(rgb != NULL);
    for (size_t i = 0; i < bytes; i++)
        rgb[i] = (uint8_t)(pixels.size ? pixels.bytes[i % pixels.size] * (1 + i / pixels.size) : i);
    REQUIRE(ln_camera_begin(w->camera, 7) == LN_OK);
    REQUIRE(ln_camera_push_rows(w->camera, rgb, bytes - 1, w->model->height) == LN_ERR_ARGUMENT);
    REQUIRE(ln_camera_push_rows(w->camera, rgb, bytes, w->model->height) == LN_OK);
    REQUIRE(ln_camera_finish(w->camera) == LN_OK);
    free(rgb);
}

static void open_way(way *w, const ln_model *model, fuzz_part pixels)
{
    size_t size = ln_camera_size(model, ln_all_kernels);
    *w = (way){.model = model, .memory = malloc(size), .protection = malloc(LN_PROTECTION_BYTES)};
    REQUIRE(w->memory && w->protection);
    REQUIRE(ln_camera_init(&w->camera, model, ln_all_kernels, w->memory, size) == LN_OK);
    take_picture(w, pixels);
    const ln_receiver_config config = {
        .model = model, .max_images = 4, .idle_ms = UINT64_MAX, .max_waiting_bytes = 65536};
    REQUIRE(ln_receiver_open(&w->receiver, &config, NULL) == LN_OK);
}

static void close_way(way *w)
{
    ln_receiver_close(w->receiver);
    free(w->protection);
    free(w->memory);
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static void deliver(way *w, const packet *p)
{
    if (!p->size)
        return;
    const ln_arrival arrival = {0};
    uint8_t *bytes = fuzz_copy(p->bytes, p->size);
    uint64_t id;
    ln_status status = ln_receiver_push(w->receiver, &arrival, bytes, p->size, &id);
    free(bytes);
    if (w->damages)
        return;
    REQUIRE(status == LN_OK || status == LN_NEED_MAP);
    REQUIRE(id != 0 && (w->id == 0 || w->id == id)); /* all are of one picture */
    w->id = id;
}

/* The next packet of the camera, in memory of exactly the room; empty at the end. */
static packet send_next(way *w, size_t room)
{
    packet p = {.size = 0};
    uint8_t *bytes = malloc(room ? room : 1);
    REQUIRE(bytes != NULL);
    size_t size = 0;
    ln_status status = ln_camera_next(w->camera, room, bytes, &size);
    REQUIRE(status == LN_OK || status == LN_END || (status == LN_ERR_SPACE && room < LN_MIN_PAYLOAD + 2));
    if (status == LN_OK) {
        REQUIRE(size > 0 && size <= room && size <= LN_MAX_PAYLOAD);
        memcpy(p.bytes, bytes, size);
        p.size = size;
    }
    free(bytes);
    return p;
}

/* A packet that the receiver asks for. */
static packet send_again(way *w, unsigned rank, unsigned *next)
{
    packet p = {.size = 0};
    ln_status status = ln_camera_packet(w->camera, rank, 51, p.bytes, &p.size, next);
    ln_status behind = rank == w->model->symbols ? LN_END : LN_ERR_ARGUMENT;
    REQUIRE(status == (rank < w->model->symbols ? LN_OK : behind));
    if (status != LN_OK)
        p.size = 0;
    else
        REQUIRE(*next > rank && *next <= w->model->symbols && p.size <= 51);
    return p;
}

static void delay(way *w, const packet *p)
{
    w->delayed[w->next++ % DELAYED] = *p;
}

static void deliver_delayed(way *w, unsigned number)
{
    packet *p = &w->delayed[number % DELAYED];
    deliver(w, p);
    p->size = 0;
}

static void take_step(way *w, unsigned what, unsigned number)
{
    if (what == DELIVER) {
        deliver_delayed(w, number);
        return;
    }
    unsigned next;
    packet p = what == AGAIN ? send_again(w, number * w->model->symbols / 200, &next) : send_next(w, number);
    if (what == DELAY)
        delay(w, &p);
    if (what == LOSE || what == DELAY)
        return;
    if (what == DAMAGE && w->damages && p.size)
        p.bytes[number % p.size] ^= (uint8_t)(1u << number % 8);
    deliver(w, &p);
    if (what == DOUBLE)
        deliver(w, &p);
}

/* ---- Comparing ------------------------------------------------------------------------------- */

static void compare_map(const way *w, const ln_image *image)
{
    const uint8_t *map = ln_image_map(image);
    if (map)
        REQUIRE(memcmp(map, ln_camera_map(w->camera), LN_MAP_CELLS) == 0);
}

static void compare_value(const way *w, const ln_image *image, unsigned channel, unsigned place)
{
    unsigned planes = w->model->channel[channel].planes;
    int value = ln_camera_value(w->camera, channel, place), symbol;
    for (unsigned k = 0; k < planes; k++)
        if (ln_image_symbol(image, channel, k, place, &symbol))
            REQUIRE(symbol == ln_symbol_make(planes, k, value));
    REQUIRE(ln_image_known(image, channel, place) <= planes);
}

/* Every symbol that is known is the one that was sent. */
static void compare(const way *w)
{
    const ln_image *image = ln_receiver_image(w->receiver, w->id);
    if (!image)
        return;
    compare_map(w, image);
    for (unsigned c = 0; c < w->model->channels; c++)
        for (unsigned p = 0; p < ln_model_places(w->model, c); p++)
            compare_value(w, image, c, p);
}

/* A receiver that gets all that the camera sends has the whole picture. */
static void send_all(way *w)
{
    unsigned rank = 0;
    for (packet p = send_again(w, rank, &rank); p.size; p = send_again(w, rank, &rank))
        deliver(w, &p);
    ln_image_info info;
    ln_image_get_info(ln_receiver_image(w->receiver, w->id), &info);
    REQUIRE(info.symbols == info.total && info.total == w->model->symbols);
}

/* The settings stay for the whole picture. */
static void set_up(way *w, unsigned flags, unsigned share)
{
    w->damages = flags & 1;
    REQUIRE(ln_camera_check(w->camera, flags >> 1 & 1) == LN_OK);
    ln_status status = ln_camera_protect(w->camera, share, w->protection, LN_PROTECTION_BYTES);
    REQUIRE(status == (share <= LN_MOST_PROTECTION ? LN_OK : LN_ERR_ARGUMENT));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!models[0].bytes)
        open_models();
    fuzz_part rest = {data, size};
    const ln_model *model = &models[fuzz_byte(&rest) % MODELS];
    way w;
    open_way(&w, model, rest);
    unsigned flags = fuzz_byte(&rest);
    set_up(&w, flags, fuzz_byte(&rest) % (LN_MOST_PROTECTION + 5));
    for (unsigned i = 0; i < MOST_STEPS && rest.size; i++) {
        unsigned what = fuzz_byte(&rest) % STEPS;
        take_step(&w, what, fuzz_byte(&rest));
    }
    if (!w.damages) {
        compare(&w);
        send_all(&w);
        compare(&w);
    }
    close_way(&w);
    return 0;
}
