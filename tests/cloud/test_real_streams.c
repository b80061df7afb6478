/* 1,000 streams of real pictures (pieces of the photographs in tests/pictures) in packets of random sizes.
 * Some packets arrive, in any order, some twice; then the receiver knows exactly their symbols. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <limitnet/cloud.h>
#include <limitnet/device.h>
#include <limitnet/link.h>

#include "cloud/file.h"
#include "cloud/image.h"
#include "core/support_read.h"
#include "link/random.h"

#define STREAMS 1000
#define MOST_PACKETS 1024

static const char *const photographs[] = {"tests/pictures/cat.jpg", "tests/pictures/coffee.webp",
                                          "tests/pictures/rocket.png", "tests/pictures/astronaut.ppm"};

typedef struct subject {
    uint8_t *bytes;
    ln_model model;
    void *camera_memory, *order_memory;
    ln_camera *camera;
    ln_order *order;
} subject;

typedef struct cut {
    uint8_t bytes[LN_MAX_PAYLOAD];
    size_t size;
    unsigned rank, next;
    int arrives;
} cut;

static cut packet[MOST_PACKETS];
static ln_symbol_id place_of[LN_MAX_SYMBOLS]; /* the symbol at each rank */
static unsigned placed;

static unsigned below(uint64_t *seed, unsigned limit)
{
    return (unsigned)(ln_random(seed) % limit);
}

static void open_subject(subject *s, const char *path)
{
    ln_error error;
    size_t size;

    assert_int_equal(ln_file_read(path, 1 << 20, &s->bytes, &size, &error), LN_OK);
    assert_int_equal(ln_model_open(&s->model, s->bytes, size), LN_OK);
    s->camera_memory = malloc(ln_camera_size(&s->model, ln_all_kernels));
    s->order_memory = malloc(ln_order_size(&s->model));
    assert_int_equal(ln_camera_init(&s->camera, &s->model, ln_all_kernels, s->camera_memory,
                                    ln_camera_size(&s->model, ln_all_kernels)),
                     LN_OK);
    assert_int_equal(ln_order_init(&s->order, &s->model, s->order_memory, ln_order_size(&s->model)), LN_OK);
}

static void close_subject(subject *s)
{
    free(s->order_memory);
    free(s->camera_memory);
    free(s->bytes);
}

/* A random piece of a photograph, resized to the model's size. */
static void take_piece(const ln_picture *photograph, const ln_model *model, uint64_t *seed, ln_picture *piece)
{
    unsigned width = 32 + below(seed, photograph->width - 32),
             height = 32 + below(seed, photograph->height - 32);
    unsigned left = below(seed, photograph->width - width), top = below(seed, photograph->height - height);
    ln_error error;
    ln_picture part;

    assert_int_equal(ln_picture_make(&part, width, height, &error), LN_OK);
    for (unsigned y = 0; y < height; y++)
        memcpy(part.rgb + (size_t)y * width * 3,
               photograph->rgb + ((size_t)(top + y) * photograph->width + left) * 3, (size_t)width * 3);
    assert_int_equal(ln_picture_resize(&part, model->width, model->height, LN_FIT_STRETCH, piece, &error),
                     LN_OK);
    ln_picture_free(&part);
}

/* Symbols come in the order of their ranks. */
static void note_place(void *context, const ln_symbol_id *id, int symbol)
{
    const subject *s = context;

    if (id->channel != LN_RANK_IS_MAP)
        assert_int_equal(symbol, symbol_of(&s->model, id->channel, id->plane, id->place_class,
                                           ln_camera_value(s->camera, id->channel, id->place)));
    place_of[placed++] = *id;
}

/* Encodes a piece and makes its packets. Returns their number. */
static unsigned send(subject *s, const ln_picture *piece, uint64_t *seed)
{
    size_t bytes = (size_t)s->model.width * s->model.height * 3;
    unsigned count = 0, rank = 0;

    placed = 0;
    assert_int_equal(ln_camera_begin(s->camera, 3), LN_OK);
    assert_int_equal(ln_camera_push_rows(s->camera, piece->rgb, bytes, s->model.height), LN_OK);
    assert_int_equal(ln_camera_finish(s->camera), LN_OK);
    assert_int_equal(ln_order_set_map(s->order, ln_camera_map(s->camera)), LN_OK);
    for (; rank < s->model.symbols && count < MOST_PACKETS; count++) {
        cut *p = &packet[count];
        size_t room = LN_MIN_PAYLOAD + below(seed, LN_MAX_PAYLOAD - LN_MIN_PAYLOAD + 1);

        assert_int_equal(ln_camera_packet(s->camera, rank, room, p->bytes, &p->size, &p->next), LN_OK);
        assert_int_equal(read_packet(s->order, p->bytes, p->size, note_place, s, NULL), LN_OK);
        p->rank = rank;
        p->arrives = 0;
        rank = p->next;
    }
    return count;
}

/* A random part of the packets arrives, in random order, some of them twice. */
static const ln_image *arrive(ln_receiver *receiver, unsigned count, uint64_t *seed)
{
    unsigned arrivals = 1 + below(seed, count + count / 4 + 1);
    uint64_t id = 0;

    for (unsigned i = 0; i < arrivals; i++) {
        cut *p = &packet[below(seed, count)];
        ln_status status = ln_receiver_push(receiver, &(ln_arrival){.device = 1}, p->bytes, p->size, &id);

        assert_true(status == LN_OK || status == LN_NEED_MAP);
        p->arrives = 1;
    }
    return ln_receiver_image(receiver, id);
}

static void check(const subject *s, const ln_image *image, unsigned count)
{
    int map = ln_image_map(image) != NULL, behind = 0, symbol;

    if (map)
        assert_memory_equal(ln_image_map(image), ln_camera_map(s->camera), LN_MAP_CELLS);
    for (unsigned i = 0; i < count; i++)
        for (unsigned rank = packet[i].rank; rank < packet[i].next; rank++) {
            const ln_symbol_id *id = &place_of[rank];
            int known = packet[i].arrives && (map || !behind);

            behind |= id->channel == LN_RANK_IS_MAP;
            if (id->channel == LN_RANK_IS_MAP)
                continue;
            assert_int_equal(ln_image_symbol(image, id->channel, id->plane, id->place, &symbol), known);
            if (known)
                assert_int_equal(symbol, symbol_of(&s->model, id->channel, id->plane, id->place_class,
                                                   ln_camera_value(s->camera, id->channel, id->place)));
        }
}

static void test_real_streams(void **state)
{
    ln_picture photograph[4];
    subject small = {0}, large = {0};
    uint64_t seed = 1;
    ln_error error;

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(ln_picture_read(&photograph[i], photographs[i], &error), LN_OK);
    open_subject(&small, "tests/models/random-cifar.lnm");
    open_subject(&large, "tests/models/random-36.lnm");
    for (unsigned n = 0; n < STREAMS; n++) {
        subject *s = n % 25 == 0 ? &large : &small;
        ln_receiver_config config = {
            .model = &s->model, .max_images = 1, .idle_ms = 1, .max_waiting_bytes = 1 << 16};
        ln_receiver *receiver;
        ln_picture piece;

        take_piece(&photograph[n % 4], &s->model, &seed, &piece);
        unsigned count = send(s, &piece, &seed);
        assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
        check(s, arrive(receiver, count, &seed), count);
        ln_receiver_close(receiver);
        ln_picture_free(&piece);
    }
    close_subject(&large);
    close_subject(&small);
    for (unsigned i = 0; i < 4; i++)
        ln_picture_free(&photograph[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_real_streams)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
