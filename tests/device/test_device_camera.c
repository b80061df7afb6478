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
    encode_picture(b->c, &b->m, b->rgb, 1006);
    b->order_memory = malloc(ln_order_size(&b->m));
    assert_int_equal(ln_order_init(&b->order, &b->m, b->order_memory, ln_order_size(&b->m)), LN_OK);
    if (b->m.map != LN_MAP_NONE)
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
    ln_camera *none;
    size_t size;
    unsigned next;

    (void)state;
    bench_open(&b, "tiny");
    assert_int_equal(ln_camera_size(NULL, ln_all_kernels), 0);
    assert_int_equal(ln_camera_size(&b.m, NULL), 0);
    assert_int_equal(ln_camera_init(&none, &b.m, NULL, b.order_memory, 1000000), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_init(NULL, &b.m, ln_all_kernels, b.order_memory, 1000000), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_init(&none, NULL, ln_all_kernels, b.order_memory, 1000000), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_init(&none, &b.m, ln_all_kernels, NULL, 1000000), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_begin(NULL, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_push_rows(NULL, b.rgb, 24, 1), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_finish(NULL), LN_ERR_ARGUMENT);
    assert_null(ln_camera_map(NULL));
    assert_int_equal(ln_camera_value(NULL, 0, 0), 0);
    assert_int_equal(ln_camera_packet(NULL, 0, 50, packet, &size, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(b.c, 0, 50, NULL, &size, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(b.c, 0, 50, packet, NULL, &next), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_packet(b.c, 0, 50, packet, &size, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_check(NULL, 1), LN_ERR_ARGUMENT);
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
    size = ln_camera_size(&b.m, ln_all_kernels);
    assert_true(size % 4 == 0);
    memory = malloc(size + 16);
    for (unsigned offset = 0; offset <= 16; offset += 4) {
        assert_int_equal(ln_camera_init(&c, &b.m, ln_all_kernels, memory + offset, size), LN_OK);
        encode_picture(c, &b.m, b.rgb, 1);
        assert_memory_equal(ln_camera_map(c), ln_camera_map(b.c), LN_MAP_CELLS);
    }
    for (unsigned offset = 0; offset <= 4; offset++)
        assert_int_equal(ln_camera_init(&c, &b.m, ln_all_kernels, memory + offset, size - 8), LN_ERR_SPACE);
    assert_int_equal(ln_camera_init(&c, &b.m, ln_all_kernels, memory, 0), LN_ERR_SPACE);
    free(memory);
    bench_close(&b);
}

/* Bounds of what has been reached; on processors of 32 bits it is less. */
static void test_size(void **state)
{
    static const struct {
        const char *name;
        size_t most;
    } bars[] = {{"random-paper", 22 * 1024}, {"random-pyramid", 15 * 1024}, {"random-36", 24 * 1024}};

    (void)state;
    for (unsigned i = 0; i < sizeof bars / sizeof *bars; i++) {
        bench b;

        bench_open(&b, bars[i].name);
        assert_in_range(ln_camera_size(&b.m, ln_all_kernels), 1, bars[i].most);
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
        assert_int_equal(ln_camera_begin(c, LN_PICTURES), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_begin(c, LN_PICTURES - 1), LN_OK);
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
        assert_int_equal(ln_camera_next(c, LN_MIN_PAYLOAD - 1, packet, &size), LN_ERR_SPACE);
        assert_int_equal(ln_camera_packet(c, 0, LN_MIN_PACKET - 1, packet, &size, &next), LN_ERR_SPACE);
        assert_int_equal(ln_camera_packet(c, b.m.symbols + 1u, 50, packet, &size, &next), LN_ERR_ARGUMENT);
        assert_int_equal(ln_camera_packet(c, b.m.symbols, 50, packet, &size, &next), LN_END);
        assert_int_equal(ln_camera_begin(c, LN_PICTURES), LN_ERR_ARGUMENT);
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
            encode_picture(other.c, &b.m, b.rgb, 1006);
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
        assert_int_equal(symbol, symbol_of(&a->b->m, id->channel, id->plane, id->place_class,
                                           ln_camera_value(a->b->c, id->channel, id->place)));
    a->times[a->rank++]++;
}

/* The blocks so far, and what SPEC's appendix C says of repair packets. */
typedef struct window {
    uint8_t bytes[256 + 64][64]; /* zeros follow in each block */
    unsigned size;               /* of a block */
    unsigned count;              /* blocks */
    unsigned repairs, since;     /* repair packets; those since the last numbered one */
    unsigned owes, share, check;
    size_t memory;
} window;

/* How many blocks the window of a repair packet has. */
static unsigned covered(const window *w)
{
    unsigned most = w->memory / w->size < 128 ? (unsigned)(w->memory / w->size) : 128;

    return w->count <= most ? w->count : most - most % 4;
}

/* The sums of the repair packet that is due; 0: none is. */
static unsigned due(window *w, size_t room, int is_end)
{
    unsigned space = (unsigned)room - 4 - w->check, sums;

    if (w->share == 0)
        return 0;
    if (w->size == 0)
        w->size = space / ((space + 47) / 48);
    sums = space / w->size < 8 ? space / w->size : 8;
    while (is_end && sums > 0 && w->owes < sums * (100 - w->share))
        sums--;
    return w->count > 0 && w->count < 256 && w->owes >= sums * (100 - w->share) && w->since < 4 ? sums : 0;
}

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
    assert_int_equal(h->index, w->repairs % 4);
    assert_int_equal(h->count, covered(w));
    assert_int_equal(size, 4 + h->sums * w->size + w->check);
    for (unsigned j = 0; j < h->sums; j++) {
        uint8_t sum[64] = {0};

        for (unsigned n = h->number + 1u - h->count; n <= h->number; n++) {
            unsigned factor = inverse((128 + (h->number + 32u * h->index + j) % 128) ^ n % 128);

            for (unsigned byte = 0; byte < w->size; byte++)
                sum[byte] ^= (uint8_t)product(factor, w->bytes[n][byte]);
        }
        assert_memory_equal(packet + 4 + j * w->size, sum, w->size);
    }
}

/* Takes in a numbered packet. */
static void take_numbered(window *w, const ln_packet_header *h, const uint8_t *packet, size_t size,
                          size_t room)
{
    unsigned length = (unsigned)size - 5 - w->check, blocks = (4 + length + w->size - 1) / w->size;
    uint8_t body[LN_MAX_PAYLOAD] = {(uint8_t)(h->rank >> 16), (uint8_t)(h->rank >> 8), (uint8_t)h->rank,
                                    (uint8_t)length};

    assert_int_equal(h->number, w->count);
    assert_true(size + 3 <= room && blocks <= 8); /* a repair packet of it fits, too */
    memcpy(body + 4, packet + 5, length);
    for (unsigned i = 0; i < blocks * w->size; i++)
        w->bytes[w->count + i / w->size][i % w->size] = i < 4 + length ? body[i] : 0;
    w->count += blocks;
    assert_in_range(w->count, 1, 256);
    w->since = 0;
    w->owes = w->owes + blocks * w->share < 3200 ? w->owes + blocks * w->share : 3200;
}

/* How long a packet must be that is not the last one with symbols. */
static size_t full(const window *w, const ln_packet_header *h, size_t room)
{
    unsigned space = (unsigned)room - 4 - w->check, blocks;

    if (h->form == LN_PACKET_PLAIN)
        return room;
    blocks = space / w->size < 8 ? space / w->size : 8;
    blocks = blocks < 256u - h->number ? blocks : 256u - h->number;
    return 1 + (blocks > 0 ? blocks * w->size : space) + w->check;
}

typedef struct sending {
    const size_t *rooms;
    unsigned count, share, checked;
    size_t memory;
} sending;

/* Sends the whole picture with rooms that change and checks every packet: those with symbols follow each
 * other without a gap, and repair packets are what they should be, where they should be. */
static void send_all(bench *b, const sending *s)
{
    arrivals a = {b, 0, calloc(b->m.symbols, 1)};
    window *w = calloc(1, sizeof *w);
    unsigned rank = 0, i;
    uint8_t packet[LN_MAX_PAYLOAD], *memory = malloc(s->memory);
    size_t size;
    ln_status status;

    w->share = s->share;
    w->check = s->checked ? 2 : 0;
    w->memory = s->memory;
    assert_int_equal(ln_camera_protect(b->c, s->share, memory, s->memory), LN_OK);
    assert_int_equal(ln_camera_check(b->c, (int)s->checked), LN_OK);
    for (i = 0; (status = ln_camera_next(b->c, s->rooms[i % s->count], packet, &size)) == LN_OK; i++) {
        size_t room = s->rooms[i % s->count] < 255 ? s->rooms[i % s->count] : 255;
        unsigned repairs = due(w, room, rank == b->m.symbols);
        ln_packet_header header;
        const uint8_t *part;
        unsigned length;

        assert_true(size <= room);
        assert_int_equal(ln_packet_open(&b->m, packet, size, &header, &part, &length), LN_OK);
        assert_int_equal(header.picture, 1006);
        assert_int_equal(header.checked, s->checked);
        assert_int_equal(header.sums, repairs);
        if (repairs > 0) {
            check_repair(w, &header, packet, size);
            w->owes -= repairs * (100 - w->share);
            w->repairs++;
            w->since++;
            continue;
        }
        assert_int_equal(header.form, s->share > 0 && w->count < 256 ? LN_PACKET_NUMBERED : LN_PACKET_PLAIN);
        size_t whole = full(w, &header, room);
        if (header.form == LN_PACKET_NUMBERED)
            take_numbered(w, &header, packet, size, room);
        assert_int_equal(header.rank, rank);
        a.rank = rank;
        assert_int_equal(read_packet(b->order, packet, size, arrive, &a, NULL), LN_OK);
        rank = a.rank;
        assert_true(rank == b->m.symbols || size == whole);
    }
    assert_int_equal(status, LN_END);
    assert_int_equal(due(w, s->rooms[i % s->count] < 255 ? s->rooms[i % s->count] : 255, 1), 0);
    assert_int_equal(rank, b->m.symbols);
    free(memory);
    free(w);
    free(a.times);
}

static void test_sender(void **state)
{
    static const size_t rooms[][4] = {{11, 11, 11, 11},   {51, 51, 51, 51},    {242, 242, 242, 242},
                                      {242, 11, 30, 115}, {12, 1280, 255, 51}, {51, 51, 51, 11}};
    static const unsigned shares[] = {0, 1, 40, 75, LN_MOST_PROTECTION};
    static const size_t memories[] = {LN_MAX_PAYLOAD, 1000, LN_PROTECTION_BYTES};
    uint64_t seed = 31;

    (void)state;
    for (unsigned i = 0; i < MODELS; i++) {
        bench b;

        bench_open(&b, model_names[i]);
        encode_picture(b.c, &b.m, b.rgb, 1006);
        for (unsigned r = 0; r < sizeof rooms / sizeof *rooms; r++)
            for (unsigned k = 0; k < sizeof shares / sizeof *shares; k++) {
                sending s = {rooms[r], 4, shares[k], 0, memories[random_below(&seed, 3)]};

                send_all(&b, &s);
            }
        bench_close(&b);
    }
}

/* With a check, and any rooms. */
static void test_checked_sender(void **state)
{
    uint64_t seed = 32;

    (void)state;
    for (unsigned i = 0; i < MODELS; i++) {
        bench b;

        bench_open(&b, model_names[i]);
        encode_picture(b.c, &b.m, b.rgb, 1006);
        for (unsigned k = 0; k < 12; k++) {
            size_t rooms[20];
            sending s = {rooms, 20, random_below(&seed, 76), 1, LN_MAX_PAYLOAD + random_below(&seed, 4000)};

            for (unsigned n = 0; n < 20; n++)
                rooms[n] = 13 + random_below(&seed, 1 + random_below(&seed, 290));
            send_all(&b, &s);
        }
        bench_close(&b);
    }
}

/* A room that is too small is an error and not the end; it changes nothing. */
static void test_small_rooms(void **state)
{
    bench b;
    uint8_t packet[LN_MAX_PAYLOAD], memory[LN_MAX_PAYLOAD];
    size_t size;

    (void)state;
    bench_open(&b, "tiny");
    for (unsigned checked = 0; checked < 2; checked++)
        for (unsigned share = 0; share < 2; share++) {
            unsigned least = checked && share ? 13 : 11, packets = 0;

            assert_int_equal(ln_camera_check(b.c, (int)checked), LN_OK);
            assert_int_equal(ln_camera_protect(b.c, 40 * share, memory, sizeof memory), LN_OK);
            for (;; packets++) {
                assert_int_equal(ln_camera_next(b.c, least - 1, packet, &size), LN_ERR_SPACE);
                assert_int_equal(ln_camera_next(b.c, 0, packet, &size), LN_ERR_SPACE);
                if (ln_camera_next(b.c, least, packet, &size) == LN_END)
                    break;
            }
            assert_true(packets > 2);
        }
    bench_close(&b);
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
        encode_picture(b.c, &b.m, b.rgb, 1006);
        for (unsigned n = 0; n < 50; n++) {
            arrivals a = {&b, random_below(&seed, b.m.symbols), calloc(b.m.symbols, 1)};

            assert_int_equal(
                ln_camera_packet(b.c, a.rank, 9 + random_below(&seed, 300), packet, &size, &next), LN_OK);
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
        cmocka_unit_test(test_null),        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_size),        cmocka_unit_test(test_wrong_use),
        cmocka_unit_test(test_begin_again), cmocka_unit_test(test_sender),
        cmocka_unit_test(test_packet),      cmocka_unit_test(test_checked_sender),
        cmocka_unit_test(test_small_rooms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
