/* The camera's calls: wrong use, sizes, and what the sender puts out. */
#include "device/support_device.h"

static const char *const model_names[] = {"tiny", "tiny-nomap", "random-cifar", "random-wide",
                                          "random-pyramid"};
#define MODELS (sizeof model_names / sizeof *model_names)

/* A model, a camera with a picture encoded, and a receiver's order. */
typedef struct bench {
    uint8_t *file, *rgb;
    ln_model m;
    camera made;
    ln_camera *c;
    ln_order *order;
    void *order_memory;
} bench;

static void bench_open(bench *b, const char *name)
{
    char path[64];
    size_t size;
    uint64_t seed = 7;

    snprintf(path, sizeof path, "tests/models/%s.lnm", name);
    b->file = read_whole(path, &size);
    assert_int_equal(ln_model_open(&b->m, b->file, size), LN_OK);
    b->rgb = random_picture(&b->m, &seed);
    b->made = camera_make(&b->m);
    b->c = b->made.c;
    encode_picture(b->c, &b->m, b->rgb, 6);
    b->order_memory = malloc(ln_order_size(&b->m));
    assert_int_equal(ln_order_init(&b->order, &b->m, b->order_memory, ln_order_size(&b->m)), LN_OK);
    if (b->m.layers > 0)
        assert_int_equal(ln_order_set_map(b->order, ln_camera_map(b->c)), LN_OK);
}

static void bench_close(bench *b)
{
    free(b->order_memory);
    camera_free(&b->made);
    free(b->rgb);
    free(b->file);
}

static void test_null(void **state)
{
    bench b;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    unsigned next;

    (void)state;
    bench_open(&b, "tiny");
    assert_int_equal(ln_camera_size(NULL), 0);
    assert_int_equal(ln_camera_init(NULL, &b.m, b.order_memory, 1000000), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_init(&b.c, NULL, b.order_memory, 1000000), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_init(&b.c, &b.m, NULL, 1000000), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_begin(NULL, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_push_rows(NULL, b.rgb, 24, 1), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_finish(NULL), LN_ERR_ARGUMENT);
    assert_null(ln_camera_map(NULL));
    assert_int_equal(ln_camera_value(NULL, 0, 0), 0);
    assert_int_equal(ln_camera_packet(NULL, 0, 50, packet, &size, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(b.c, 0, 50, NULL, &size, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(b.c, 0, 50, packet, NULL, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(b.c, 0, 50, packet, &size, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_protect(NULL, 0, NULL, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_protect(b.c, 40, NULL, 1000), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_protect(b.c, LN_MOST_PROTECTION + 1, packet, sizeof packet), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_protect(b.c, 40, packet, sizeof packet - 1), LN_ERR_SPACE);
    assert_int_equal(ln_camera_next(NULL, 50, packet, &size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_next(b.c, 50, NULL, &size), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_next(b.c, 50, packet, NULL), LN_ERR_ARGUMENT);
    bench_close(&b);
}

static void test_memory(void **state)
{
    bench b;
    size_t size;
    uint8_t *memory;
    ln_camera *c;

    (void)state;
    bench_open(&b, "random-wide");
    size = ln_camera_size(&b.m);
    assert_true(size % 4 == 0);
    memory = malloc(size + 16);
    for (unsigned offset = 0; offset <= 16; offset += 4) {
        assert_int_equal(ln_camera_init(&c, &b.m, memory + offset, size), LN_OK);
        encode_picture(c, &b.m, b.rgb, 1);
        assert_memory_equal(ln_camera_map(c), ln_camera_map(b.c), LN_MAP_CELLS);
    }
    for (unsigned offset = 0; offset <= 4; offset++)
        assert_int_equal(ln_camera_init(&c, &b.m, memory + offset, size - 8), LN_ERR_SPACE);
    assert_int_equal(ln_camera_init(&c, &b.m, memory, 0), LN_ERR_SPACE);
    free(memory);
    bench_close(&b);
}

/* At most 48 KB and 24 KB are promised; these are the bounds of what has been reached. In random-pyramid some
 * channels need two bytes a value, so all of their stage have them. */
static void test_size(void **state)
{
    static const struct {
        const char *name;
        size_t most;
    } bars[] = {{"random-paper", 22 * 1024}, {"random-pyramid", 18 * 1024}};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        bench b;

        bench_open(&b, bars[i].name);
        assert_in_range(ln_camera_size(&b.m), 1, bars[i].most);
        bench_close(&b);
    }
}

static void check_same_values(const bench *b, ln_camera *c)
{
    for (unsigned k = 0; k < b->m.channels; k++)
        for (unsigned i = 0; i < ln_model_places(&b->m, k); i++)
            assert_int_equal(ln_camera_value(c, k, i), ln_camera_value(b->c, k, i));
}

/* Every wrong call is refused, and the picture comes out as if it had not been made. */
static void test_wrong_use(void **state)
{
    bench b;
    camera other;
    ln_camera *c;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size, row;
    unsigned next, half;

    (void)state;
    bench_open(&b, "random-wide");
    other = camera_make(&b.m);
    c = other.c;
    row = 3u * b.m.width;
    half = b.m.height / 2u;
    for (unsigned round = 0; round < 2; round++) {
        if (round == 0) { /* nothing begun */
            assert_int_equal(ln_camera_push_rows(c, b.rgb, row, 1), LN_ERR_STATE);
            assert_int_equal(ln_camera_finish(c), LN_ERR_STATE);
            assert_int_equal(ln_camera_next(c, 50, packet, &size), LN_ERR_STATE);
        }
        assert_int_equal(ln_camera_begin(c, 16), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_begin(c, LN_IMAGES - 1), LN_OK);
        assert_int_equal(ln_camera_push_rows(c, NULL, row, 1), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, row - 1, 1), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, row + 1, 1), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, row, 2), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, 0, 1), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, 0, 0x80000000u), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, row * (b.m.height + 1u), b.m.height + 1u),
                         LN_ERR_STATE);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, 0, 0), LN_OK);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, row * half, half), LN_OK);
        assert_int_equal(ln_camera_finish(c), LN_ERR_STATE);
        assert_int_equal(ln_camera_packet(c, 0, 50, packet, &size, &next), LN_ERR_STATE);
        assert_int_equal(ln_camera_next(c, 50, packet, &size), LN_ERR_STATE);
        assert_null(ln_camera_map(c));
        assert_int_equal(ln_camera_value(c, 0, 0), 0);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, row * b.m.height, b.m.height), LN_ERR_STATE);
        assert_int_equal(
            ln_camera_push_rows(c, b.rgb + row * half, row * (b.m.height - half), b.m.height - half), LN_OK);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, row, 1), LN_ERR_STATE);
        assert_int_equal(ln_camera_finish(c), LN_OK);
        assert_int_equal(ln_camera_finish(c), LN_ERR_STATE);
        assert_int_equal(ln_camera_push_rows(c, b.rgb, row, 1), LN_ERR_STATE);
        assert_int_equal(ln_camera_next(c, LN_MIN_PAYLOAD - 1, packet, &size), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_next(c, LN_MAX_PAYLOAD + 1, packet, &size), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_packet(c, 0, LN_MIN_PACKET - 1, packet, &size, &next), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_packet(c, b.m.symbols + 1u, 50, packet, &size, &next), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_packet(c, b.m.symbols, 50, packet, &size, &next), LN_END);
        assert_int_equal(ln_camera_begin(c, LN_IMAGES), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_value(c, b.m.channels, 0), 0);
        assert_int_equal(ln_camera_value(c, 0, ln_model_places(&b.m, 0)), 0);
        check_same_values(&b, c);
        assert_memory_equal(ln_camera_map(c), ln_camera_map(b.c), LN_MAP_CELLS);
    }
    camera_free(&other);
    bench_close(&b);
}

/* A picture that is given up leaves no trace in the next one. */
static void test_begin_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MODELS; i++) {
        bench b;
        camera other;
        uint8_t *noise;
        uint64_t seed = 8;

        bench_open(&b, model_names[i]);
        other = camera_make(&b.m);
        noise = random_picture(&b.m, &seed);
        for (unsigned rows = 0; rows <= b.m.height; rows += 1 + b.m.height / 7u) {
            assert_int_equal(ln_camera_begin(other.c, 0), LN_OK);
            assert_int_equal(ln_camera_push_rows(other.c, noise, 3u * b.m.width * rows, rows), LN_OK);
            encode_picture(other.c, &b.m, b.rgb, 6);
            check_same_values(&b, other.c);
        }
        free(noise);
        camera_free(&other);
        bench_close(&b);
    }
}

/* What a receiver knows: how often each rank arrived. */
typedef struct arrivals {
    const bench *b;
    unsigned rank;
    uint8_t *times;
} arrivals;

static void arrive(void *context, const ln_symbol_id *id, int symbol)
{
    arrivals *a = context;

    if (id->channel == LN_RANK_IS_MAP)
        assert_int_equal(symbol, ln_camera_map(a->b->c)[id->place]);
    else
        assert_int_equal(symbol, symbol_of(&a->b->m, id->channel, id->plane, id->band,
                                           ln_camera_value(a->b->c, id->channel, id->place)));
    a->times[a->rank++]++;
}

/* The numbered packets so far, to check repair packets against. */
typedef struct window {
    uint8_t body[128][LN_MAX_PAYLOAD];
    size_t length[128];
    unsigned count;
} window;

/* The field of SPEC 6.6 by its definition: a product of polynomials, reduced. */
static unsigned product(unsigned a, unsigned b)
{
    unsigned p = 0;

    for (unsigned i = 0; i < 8; i++)
        p ^= b >> i & 1 ? a << i : 0;
    for (unsigned i = 14; i >= 8; i--)
        p ^= p >> i & 1 ? 0x11Du << (i - 8) : 0;
    return p;
}

static unsigned inverse(unsigned a)
{
    unsigned b = 1;

    while (product(a, b) != 1)
        b++;
    return b;
}

static void check_repair(const window *w, const ln_packet_header *h, const uint8_t *packet, size_t size)
{
    assert_int_equal(h->number + 1, w->count);
    for (unsigned i = 0; i < h->count; i++)
        assert_int_equal(w->length[h->number - i], size - 3);
    for (size_t byte = 0; byte < size - 3; byte++) {
        unsigned sum = 0;

        for (unsigned n = h->number + 1u - h->count; n <= h->number; n++)
            sum ^= product(inverse((128 + (h->number + 32u * h->index) % 128) ^ n), w->body[n][byte]);
        assert_int_equal(packet[3 + byte], sum);
    }
}

/* Sends the whole picture with rooms that change and checks every packet: those with symbols follow each
 * other without a gap, repair packets are what they should be, and as many as was asked for. */
static void send_all(bench *b, unsigned share, const size_t *rooms, unsigned count)
{
    arrivals a = {b, 0, calloc(b->m.symbols, 1)};
    window w = {.count = 0};
    unsigned rank = 0, repairs = 0, protected = 0, i;
    uint8_t packet[LN_MAX_PAYLOAD], memory[LN_PROTECTION_BYTES];
    size_t size;
    ln_status status;

    assert_int_equal(ln_camera_protect(b->c, share, memory, sizeof memory), LN_OK);
    for (i = 0; (status = ln_camera_next(b->c, rooms[i % count], packet, &size)) == LN_OK; i++) {
        ln_packet_header header;

        assert_true(size <= rooms[i % count]);
        assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
        assert_int_equal(header.image, 6);
        assert_int_equal(header.tag, b->m.tag);
        protected += header.form != LN_PACKET_PLAIN;
        if (header.form == LN_PACKET_REPAIR) {
            check_repair(&w, &header, packet, size);
            repairs++;
            continue;
        }
        if (header.form == LN_PACKET_NUMBERED) {
            assert_int_equal(header.number, w.count);
            w.length[w.count] = size - 2;
            memcpy(w.body[w.count++], packet + 2, size - 2);
        } else {
            assert_true(share == 0 || w.count == 128);
        }
        assert_int_equal(header.rank, rank);
        a.rank = rank;
        assert_int_equal(read_packet(b->order, packet, size, arrive, &a, NULL), LN_OK);
        rank = a.rank;
    }
    assert_int_equal(status, LN_END);
    assert_int_equal(ln_camera_next(b->c, rooms[i % count], packet, &size), LN_END);
    assert_int_equal(rank, b->m.symbols);
    if (rooms[0] == rooms[1] && protected > 20)
        assert_in_range(100 * repairs / protected, share - (share + 9) / 10, share);
    free(a.times);
}

static void test_sender(void **state)
{
    static const size_t rooms[][4] = {
        {11, 11, 11, 11}, {51, 51, 51, 51}, {242, 242, 242, 242}, {242, 11, 30, 115}};
    static const unsigned shares[] = {0, 1, 40, 75};

    (void)state;
    for (unsigned i = 0; i < MODELS; i++) {
        bench b;

        bench_open(&b, model_names[i]);
        encode_picture(b.c, &b.m, b.rgb, 6);
        for (unsigned r = 0; r < 4; r++)
            for (unsigned k = 0; k < 4; k++)
                send_all(&b, shares[k], rooms[r], 4);
        bench_close(&b);
    }
}

/* Any rank can be sent again, at any time, without disturbing what ln_camera_next does. */
static void test_packet(void **state)
{
    (void)state;
    for (unsigned i = 0; i < MODELS; i++) {
        bench b;
        uint64_t seed = 9;
        uint8_t plain[LN_MAX_PAYLOAD], packet[LN_MAX_PAYLOAD];
        size_t size, plain_size;
        unsigned next;

        bench_open(&b, model_names[i]);
        assert_int_equal(ln_camera_next(b.c, 60, plain, &plain_size), LN_OK);
        encode_picture(b.c, &b.m, b.rgb, 6);
        for (unsigned n = 0; n < 50; n++) {
            arrivals a = {&b, random_below(&seed, b.m.symbols), calloc(b.m.symbols, 1)};

            assert_int_equal(
                ln_camera_packet(b.c, a.rank, 11 + random_below(&seed, 232), packet, &size, &next), LN_OK);
            assert_int_equal(read_packet(b.order, packet, size, arrive, &a, NULL), LN_OK);
            assert_int_equal(a.rank, next);
            free(a.times);
        }
        assert_int_equal(ln_camera_next(b.c, 60, packet, &size), LN_OK);
        assert_int_equal(size, plain_size);
        assert_memory_equal(packet, plain, size);
        bench_close(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_null),      cmocka_unit_test(test_memory),      cmocka_unit_test(test_size),
        cmocka_unit_test(test_wrong_use), cmocka_unit_test(test_begin_again), cmocka_unit_test(test_sender),
        cmocka_unit_test(test_packet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
