/* Packets: each decodes alone, in any order, any number of times; damage is survived; little is lost to the
 * format. */
#include "core/support_model.h"

#include <math.h>

#include "core/model.h"

#define MOST_PACKETS 32

/* The packets of one picture. */
typedef struct stream {
    unsigned count;
    uint8_t packet[MOST_PACKETS][LN_MAX_PAYLOAD];
    size_t size[MOST_PACKETS];
    unsigned rank[MOST_PACKETS + 1];
} stream;

/* A receiver of few lines. */
typedef struct receiver {
    const picture *picture;
    ln_order *order;
    unsigned map_known;
    uint8_t map[LN_MAP_CELLS];
    uint8_t *known; /* whether each symbol was handed out */
    unsigned symbols;
} receiver;

static unsigned key(const picture *p, const ln_symbol_id *id)
{
    if (id->channel == LN_RANK_IS_MAP)
        return id->place;
    return LN_MAP_CELLS + LN_MAX_PLANES * (p->first[id->channel] + id->place) + id->plane;
}

static void take_symbol(void *context, const ln_symbol_id *id, int symbol)
{
    receiver *r = context;

    assert_int_equal(symbol, picture_symbol(r->picture, id));
    if (!r->known[key(r->picture, id)]) {
        r->known[key(r->picture, id)] = 1;
        r->symbols++;
        if (id->channel == LN_RANK_IS_MAP) {
            r->map[id->place] = (uint8_t)symbol;
            r->map_known++;
        }
    }
}

static unsigned write_stream(picture *p, stream *s, uint64_t *seed, unsigned least, unsigned most)
{
    unsigned rank = 0;

    for (s->count = 0; rank < p->model.symbols && s->count < MOST_PACKETS; s->count++) {
        unsigned next, room = least + random_below(seed, most - least + 1);
        uint8_t *exact = malloc(room); /* for the sanitizers: not a byte more */

        s->rank[s->count] = rank;
        assert_int_equal(ln_packet_write(p->order, picture_map(p), picture_values, p, 3, rank, room, exact,
                                         &s->size[s->count], &next),
                         LN_OK);
        assert_true(next > rank && s->size[s->count] <= room);
        assert_true(next == p->model.symbols || s->size[s->count] == room);
        memcpy(s->packet[s->count], exact, s->size[s->count]);
        free(exact);
        rank = next;
    }
    s->rank[s->count] = rank;
    return rank;
}

static unsigned map_end(const picture *p)
{
    unsigned end = p->model.layers ? LN_MAP_CELLS : p->model.symbols;

    for (unsigned i = 0; p->model.layers && i < p->model.before_map; i++)
        end += ln_model_places(&p->model, ln_model_unit(&p->model, i).channel);
    return end;
}

/* Receives packets in the order given: afterwards exactly their symbols are known, those behind the map only
 * when it is complete. */
static void receive(const picture *p, const stream *s, const unsigned *arrival, unsigned count)
{
    receiver r = {p, NULL, 0, {0}, NULL, 0};
    void *memory = malloc(ln_order_size(&p->model));
    unsigned expected = 0, end = map_end(p);
    int here[MOST_PACKETS] = {0};

    r.known = calloc(LN_MAP_CELLS + LN_MAX_PLANES * p->values, 1);
    assert_int_equal(ln_order_init(&r.order, &p->model, memory, ln_order_size(&p->model)), LN_OK);
    for (unsigned i = 0; i < count; i++) {
        unsigned n = arrival[i];
        ln_status status = read_packet(r.order, s->packet[n], s->size[n], take_symbol, &r, NULL);

        assert_int_equal(status, ln_order_complete(r.order) || s->rank[n + 1] <= end ? LN_OK : LN_NEED_MAP);
        here[n] = 1;
        if (r.map_known == LN_MAP_CELLS && !ln_order_complete(r.order)) {
            assert_int_equal(ln_order_set_map(r.order, r.map), LN_OK);
            for (unsigned k = 0; k <= i; k++) /* those that waited */
                assert_int_equal(
                    read_packet(r.order, s->packet[arrival[k]], s->size[arrival[k]], take_symbol, &r, NULL),
                    LN_OK);
        }
    }
    for (unsigned n = 0; n < s->count; n++)
        if (here[n]) {
            unsigned until = s->rank[n + 1];

            if (!ln_order_complete(r.order) && until > end)
                until = end;
            expected += until > s->rank[n] ? until - s->rank[n] : 0;
        }
    assert_int_equal(r.symbols, expected);
    free(r.known);
    free(memory);
}

/* Every arrangement of every subset, and each with one of its packets once more at the end. */
static void arrange(const picture *p, const stream *s, unsigned *arrival, unsigned count)
{
    receive(p, s, arrival, count);
    for (unsigned n = 0; n < s->count; n++) {
        unsigned k = 0;

        while (k < count && arrival[k] != n)
            k++;
        arrival[count] = n;
        if (k < count)
            receive(p, s, arrival, count + 1);
        else
            arrange(p, s, arrival, count + 1);
    }
}

static void test_every_arrival(void **state)
{
    uint64_t seed = 13;
    unsigned tried = 0;

    (void)state;
    for (int i = 0; i < 400 && tried < 30; i++) {
        picture p;
        stream s;
        size_t size;
        uint8_t *file = random_model(&seed, &size);
        unsigned arrival[MOST_PACKETS];

        picture_open(&p, file, size);
        picture_fill(&p, &seed);
        if (write_stream(&p, &s, &seed, 11, 40) == p.model.symbols && s.count >= 3 && s.count <= 5) {
            arrange(&p, &s, arrival, 0);
            tried++;
        }
        picture_close(&p);
    }
    assert_int_equal(tried, 30);
}

static void test_tiny_every_arrival(void **state)
{
    uint64_t seed = 14;
    unsigned arrival[MOST_PACKETS];
    picture p;
    stream s;

    (void)state;
    picture_open_file(&p, "tests/models/tiny.lnm");
    for (int i = 0; i < 3; i++) {
        picture_fill(&p, &seed);
        write_stream(&p, &s, &seed, 11, 11);
        assert_in_range(s.count, 4, 7);
        arrange(&p, &s, arrival, 0);
    }
    picture_close(&p);
}

/* Each packet alone, whatever the payloads were. */
static void test_random_streams(void **state)
{
    uint64_t seed = 15;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        picture p;
        size_t size;
        uint8_t *file = random_model(&seed, &size);
        stream *s = malloc(sizeof *s);
        unsigned arrival[2 * MOST_PACKETS];

        picture_open(&p, file, size);
        picture_fill(&p, &seed);
        write_stream(&p, s, &seed, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD);
        for (unsigned n = 0; n < s->count; n++)
            check_packet(&p, s->packet[n], s->size[n], s->rank[n + 1]);
        for (unsigned n = 0; n < 2 * s->count; n++)
            arrival[n] = random_below(&seed, s->count);
        receive(&p, s, arrival, s->count);
        receive(&p, s, arrival, 2 * s->count);
        free(s);
        picture_close(&p);
    }
}

static void test_large_streams(void **state)
{
    static const char *const paths[] = {"tests/models/random-paper.lnm", "tests/models/random-pyramid.lnm"};
    uint64_t seed = 16;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        picture p;

        picture_open_file(&p, paths[i]);
        picture_fill(&p, &seed);
        for (unsigned rank = 0; rank < p.model.symbols;) {
            uint8_t packet[LN_MAX_PAYLOAD];
            size_t size;
            unsigned room = LN_MIN_PAYLOAD + random_below(&seed, 232);

            assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 0, rank, room,
                                             packet, &size, &rank),
                             LN_OK);
            check_packet(&p, packet, size, rank);
        }
        picture_close(&p);
    }
}

/* What a damaged packet may say: only symbols that exist, each at most once. */
static void check_range(void *context, const ln_symbol_id *id, int symbol)
{
    receiver *r = context;
    const ln_model *model = &r->picture->model;

    if (id->channel == LN_RANK_IS_MAP) {
        assert_true(id->plane == 0 && id->place < LN_MAP_CELLS && symbol >= 0 && symbol < LN_MAP_LEVELS);
    } else {
        assert_true(id->channel < model->channels && id->plane < model->channel[id->channel].planes);
        assert_true(id->band < LN_BANDS && id->place < ln_model_places(model, id->channel));
        if (id->plane == 0) {
            const uint8_t *base = ln_model_base(model, id->channel, ln_class_of_band(id->band));

            assert_true(symbol >= ln_base_lowest(base) && symbol <= ln_base_highest(base));
        } else {
            assert_true(symbol >= -1 && symbol <= 1);
        }
    }
    assert_false(r->known[key(r->picture, id)]);
    r->known[key(r->picture, id)] = 1;
    r->symbols++;
}

static ln_status read_damaged(receiver *r, const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size + (size == 0));
    unsigned count = 0;
    ln_status status;

    memcpy(exact, bytes, size);
    r->symbols = 0;
    memset(r->known, 0, LN_MAP_CELLS + LN_MAX_PLANES * r->picture->values);
    status = read_packet(r->picture->order, exact, size, check_range, r, &count);
    assert_true(status == LN_OK || status == LN_NEED_MAP || status == LN_ERR_PACKET || status == LN_ERR_TAG);
    assert_int_equal(r->symbols, status == LN_OK || status == LN_NEED_MAP ? count : 0);
    free(exact);
    return status;
}

static void test_damage(void **state)
{
    uint64_t seed = 17;
    unsigned refused = 0, total = 0;

    (void)state;
    for (int i = 0; i < 50; i++) {
        picture p;
        size_t size;
        uint8_t *file = random_model(&seed, &size);
        stream *s = malloc(sizeof *s);
        receiver r = {&p, NULL, 0, {0}, NULL, 0};

        picture_open(&p, file, size);
        picture_fill(&p, &seed);
        r.known = malloc(LN_MAP_CELLS + LN_MAX_PLANES * p.values);
        write_stream(&p, s, &seed, 11, 60);
        if (i % 5 == 4)
            ln_order_reset(p.order); /* these while the map is missing */
        for (unsigned n = 0; n < s->count && n < 2; n++) {
            for (size_t cut = 0; cut < s->size[n]; cut++)
                assert_true(read_damaged(&r, s->packet[n], cut) != LN_ERR_TAG || cut > 3);
            for (size_t k = 0; k < s->size[n]; k++)
                for (unsigned change = 1; change < 256; change++) {
                    s->packet[n][k] ^= (uint8_t)change;
                    refused += read_damaged(&r, s->packet[n], s->size[n]) >= LN_ERR_ARGUMENT;
                    s->packet[n][k] ^= (uint8_t)change;
                    total++;
                }
        }
        free(r.known);
        free(s);
        picture_close(&p);
    }
    assert_true(refused > total / 2);
}

static void test_noise(void **state)
{
    uint64_t seed = 18;

    (void)state;
    for (int i = 0; i < 500; i++) {
        picture p;
        size_t size;
        uint8_t *file = random_model(&seed, &size), packet[LN_MAX_PAYLOAD + 1];
        receiver r = {&p, NULL, 0, {0}, NULL, 0};

        picture_open(&p, file, size);
        picture_fill(&p, &seed);
        r.known = malloc(LN_MAP_CELLS + LN_MAX_PLANES * p.values);
        for (int k = 0; k < 50; k++) {
            unsigned kind = random_below(&seed, 3);

            for (unsigned n = 0; n < sizeof packet; n++)
                packet[n] = kind == 0 ? 0 : kind == 1 ? 255 : (uint8_t)random_below(&seed, 256);
            packet[0] = (uint8_t)(p.model.tag << 4);
            packet[1] &= 1;
            read_damaged(&r, packet, random_below(&seed, LN_MAX_PAYLOAD + 2));
        }
        free(r.known);
        picture_close(&p);
    }
}

/* Bits that an ideal coder would need for a symbol: its distribution's own words in docs/SPEC.md section 4.
 */
static double worth(const picture *p, const ln_symbol_id *id, int symbol)
{
    const uint8_t *base;
    unsigned number, from, to;

    if (id->channel == LN_RANK_IS_MAP)
        return 0; /* left out */
    if (id->plane > 0) {
        const uint8_t *q = ln_model_refinement(&p->model, id->channel, id->plane, ln_class_of_band(id->band));
        unsigned rest = 4096 - 16u * q[0], negative = rest * q[1] >> 8;

        negative = negative ? negative : 1;
        return -log2((symbol == 0 ? 16u * q[0] : symbol < 0 ? negative : rest - negative) / 4096.0);
    }
    base = ln_model_base(&p->model, id->channel, ln_class_of_band(id->band));
    number = (unsigned)(symbol - ln_base_lowest(base));
    from = ln_u16(base + 2 + 2 * number);
    to = number + 1 < base[1] ? ln_u16(base + 4 + 2 * number) : 4096;
    return -log2((to - from) / 4096.0);
}

/* The packets behind the map hold what they should: within 2 % and few bits of the ideal. */
static void test_efficiency(void **state)
{
    static const char *const names[] = {"random-cifar", "random-nomap", "random-paper", "random-pyramid"};
    static const unsigned rooms[] = {11, 51, 115, 242};
    uint64_t seed = 19;

    (void)state;
    for (unsigned m = 0; m < 4; m++) {
        char path[64];
        picture p;

        snprintf(path, sizeof path, "tests/models/%s.lnm", names[m]);
        picture_open_file(&p, path);
        picture_fill(&p, &seed);
        for (unsigned k = 0; k < 4; k++) {
            double ideal = 0, sent = 0;
            unsigned packets = 0, start = p.model.layers ? map_end(&p) : 0;

            for (unsigned rank = start, next; rank < p.model.symbols; rank = next) {
                uint8_t packet[LN_MAX_PAYLOAD];
                size_t size;

                assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 0, rank,
                                                 rooms[k], packet, &size, &next),
                                 LN_OK);
                sent += 8.0 * ((double)size - LN_HEADER_BYTES);
                packets++;
                for (; rank < next; rank++)
                    ideal += worth(&p, &p.id[rank], picture_symbol(&p, &p.id[rank]));
            }
            if (!(sent <= 1.02 * ideal + 12.0 * packets))
                fail_msg("%s, %u bytes: %.0f bits for %.0f in %u packets", names[m], rooms[k], sent, ideal,
                         packets);
        }
        picture_close(&p);
    }
}

/* Headers of protected packets (SPEC 6.6). */
static void check_protected_headers(const ln_order *order, unsigned tag)
{
    uint8_t numbered[] = {(uint8_t)(tag << 4 | 8 | 5), 100, 0x12, 0x34, 0};
    uint8_t repair[] = {(uint8_t)(tag << 4 | 8 | 7), 128 | 20, 2 << 6 | 21, 1, 2, 3};
    ln_packet_header h;

    assert_int_equal(ln_packet_peek(numbered, 5, &h), LN_OK);
    assert_true(h.tag == tag && h.image == 5 && h.form == LN_PACKET_NUMBERED && h.number == 100 &&
                h.rank == 0x1234);
    assert_int_equal(ln_packet_peek(numbered, 4, &h), LN_ERR_PACKET);
    assert_int_equal(ln_packet_peek(repair, 6, &h), LN_OK);
    assert_true(h.tag == tag && h.image == 7 && h.form == LN_PACKET_REPAIR && h.number == 20 &&
                h.index == 2 && h.count == 21);
    assert_int_equal(ln_packet_peek(repair, 5, &h), LN_ERR_PACKET);
    assert_int_equal(read_packet(order, repair, 6, take_symbol, NULL, NULL), LN_ERR_PACKET);
    repair[2] = 22; /* the window would begin before number 0 */
    assert_int_equal(ln_packet_peek(repair, 6, &h), LN_ERR_PACKET);
    repair[2] = 0;
    assert_int_equal(ln_packet_peek(repair, 6, &h), LN_ERR_PACKET);
}

static void test_arguments(void **state)
{
    picture p;
    uint64_t seed = 20;
    uint8_t packet[LN_MAX_PAYLOAD], high[LN_MAP_CELLS] = {32};
    size_t size;
    unsigned next;
    ln_packet_header header;

    (void)state;
    picture_open_file(&p, "tests/models/tiny.lnm");
#define WRITE(map, image, rank, room)                                                                        \
    ln_packet_write(p.order, map, picture_values, &p, image, rank, room, packet, &size, &next)
    assert_int_equal(WRITE(p.map, 0, 0, 51), LN_ERR_STATE);
    picture_fill(&p, &seed);
    assert_int_equal(WRITE(p.map, LN_IMAGES - 1, 0, LN_MIN_PACKET), LN_OK);
    assert_int_equal(WRITE(p.map, LN_IMAGES, 0, 11), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(p.map, 0, 0, LN_MIN_PACKET - 1), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(p.map, 0, 0, 243), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(NULL, 0, 0, 51), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(high, 0, 0, 51), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(p.map, 0, p.model.symbols, 51), LN_END);
    assert_int_equal(WRITE(p.map, 0, p.model.symbols + 1, 51), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(p.map, 6, p.model.symbols - 1, 51), LN_OK);
    assert_int_equal(size, LN_HEADER_BYTES + 3); /* a short end */
    assert_int_equal(next, p.model.symbols);
#undef WRITE

    assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
    assert_int_equal(header.tag, p.model.tag);
    assert_int_equal(header.image, 6);
    assert_int_equal(header.rank, p.model.symbols - 1);
    assert_int_equal(ln_packet_peek(packet, 3, &header), LN_ERR_PACKET);
    assert_int_equal(ln_packet_peek(packet, 243, &header), LN_ERR_PACKET);
    assert_int_equal(ln_packet_peek(NULL, 11, &header), LN_ERR_ARGUMENT);
    packet[2]++;
    assert_int_equal(read_packet(p.order, packet, size, take_symbol, NULL, NULL), LN_ERR_PACKET);
    packet[0] ^= 0xf0;
    assert_int_equal(read_packet(p.order, packet, size, take_symbol, NULL, NULL), LN_ERR_TAG);
    check_protected_headers(p.order, p.model.tag);
    picture_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_arrival),  cmocka_unit_test(test_tiny_every_arrival),
        cmocka_unit_test(test_random_streams), cmocka_unit_test(test_large_streams),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_noise),
        cmocka_unit_test(test_efficiency),     cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
