/* Packets: each decodes alone, in any order, any number of times; damage does no harm; the format costs
 * little. */
#include "core/support_model.h"

#include "core/check.h"
#include "core/model.h"
#include "core/repair.h"
#include "core/support_context.h"

#define MOST_PACKETS 32

/* The packets of one picture. */
typedef struct stream {
    unsigned count;
    uint8_t packet[MOST_PACKETS][LN_MAX_PAYLOAD];
    size_t size[MOST_PACKETS];
    unsigned rank[MOST_PACKETS + 1];
} stream;

/* A small receiver. */
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
        uint8_t *exact = malloc(room); /* exactly its size, for the sanitizers */

        s->rank[s->count] = rank;
        assert_int_equal(ln_packet_write(p->order, picture_map(p), picture_values, p, 3, 0, rank, room, exact,
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
    int mapless = p->model.map == LN_MAP_NONE;
    unsigned end = mapless ? p->model.symbols : LN_MAP_CELLS;

    for (unsigned i = 0; !mapless && i < p->model.before_map; i++)
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

/* Every arrangement of every subset, and each again with one of its packets repeated at the end. */
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

/* Each packet alone, whatever the sizes of the payloads. */
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
    static const char *const paths[] = {"tests/models/random-paper.lnm", "tests/models/random-pyramid.lnm",
                                        "tests/models/random-36.lnm"};
    uint64_t seed = 16;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        picture p;

        picture_open_file(&p, paths[i]);
        picture_fill(&p, &seed);
        for (unsigned rank = 0; rank < p.model.symbols;) {
            uint8_t packet[LN_MAX_PAYLOAD];
            size_t size;
            unsigned room = LN_MIN_PAYLOAD + random_below(&seed, 245);

            assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 0, 0, rank, room,
                                             packet, &size, &rank),
                             LN_OK);
            check_packet(&p, packet, size, rank);
        }
        picture_close(&p);
    }
}

/* A damaged packet may give wrong symbols, but only such that exist, and each at most once. */
static void check_range(void *context, const ln_symbol_id *id, int symbol)
{
    receiver *r = context;
    const ln_model *model = &r->picture->model;

    if (id->channel == LN_RANK_IS_MAP) {
        assert_true(id->plane == 0 && id->place < LN_MAP_CELLS && symbol >= 0 && symbol < model->map_levels);
    } else {
        assert_true(id->channel < model->channels && id->plane < model->channel[id->channel].planes);
        assert_true(id->place_class < LN_CLASSES && id->place < ln_model_places(model, id->channel));
        if (!ln_is_narrow(model, id->channel, id->plane)) {
            const uint8_t *base = ln_model_base(model, id->channel, id->place_class);

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

    memcpy(exact, bytes, size);
    r->symbols = 0;
    memset(r->known, 0, LN_MAP_CELLS + LN_MAX_PLANES * r->picture->values);
    ln_status status = read_packet(r->picture->order, exact, size, check_range, r, &count);
    assert_true(status == LN_OK || status == LN_NEED_MAP || status == LN_ERR_PACKET ||
                status == LN_ERR_VERSION);
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
            ln_order_reset(p.order); /* read these without the map */
        for (unsigned n = 0; n < s->count && n < 2; n++) {
            for (size_t cut = 0; cut < s->size[n]; cut++)
                assert_int_not_equal(read_damaged(&r, s->packet[n], cut), LN_ERR_VERSION);
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
            packet[0] &= random_below(&seed, 4) ? 31 : 255; /* mostly plain ones without a check */
            packet[1] &= 0xfc;
            packet[2] &= 15;
            read_damaged(&r, packet, random_below(&seed, LN_MAX_PAYLOAD + 2));
        }
        free(r.known);
        picture_close(&p);
    }
}

/* A packet's code is that of a coder which looks up every symbol's frequencies. */
static void check_code(const ranks *r, const uint8_t *packet, size_t size, unsigned rank, unsigned next)
{
    uint8_t code[LN_MAX_PAYLOAD];
    unsigned room = (unsigned)size - LN_HEADER_BYTES, from = rank;
    ln_range_encoder encoder;

    ln_range_encoder_init(&encoder, code, room);
    for (; rank < r->picture->model.symbols; rank++) {
        interval part = interval_of(r, from, rank);

        if (!ln_range_encode(&encoder, part.from, part.frequency))
            break;
    }
    assert_int_equal(rank, next);
    assert_int_equal(ln_range_encoder_finish(&encoder), 0);
    assert_memory_equal(code, packet + LN_HEADER_BYTES, room);
}

static void test_codes(void **state)
{
    uint64_t seed = 21;

    (void)state;
    for (int i = 0; i < 1500; i++) {
        picture p;
        ranks r;
        size_t size;
        uint8_t *file = random_model(&seed, &size), packet[LN_MAX_PAYLOAD];

        picture_open(&p, file, size);
        picture_fill(&p, &seed);
        r = ranks_open(&p);
        for (unsigned n = 0, rank = 0, next; n < 12 && rank < p.model.symbols; n++, rank = next) {
            if (n % 4 == 3)
                rank = random_below(&seed, p.model.symbols);
            assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 0, 0, rank,
                                             LN_MIN_PACKET + random_below(&seed, 247), packet, &size, &next),
                             LN_OK);
            check_code(&r, packet, size, rank, next);
        }
        ranks_close(&r);
        picture_close(&p);
    }
}

/* Real geometries: rows of several words, and of places that no word ends with. */
static void test_codes_of_real_geometries(void **state)
{
    static const char *const names[] = {"random-cifar", "random-wide",    "random-nomap",
                                        "random-paper", "random-pyramid", "random-36"};
    uint64_t seed = 22;

    (void)state;
    for (unsigned m = 0; m < sizeof names / sizeof *names; m++) {
        char path[64];
        picture p;
        ranks r;
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size;

        snprintf(path, sizeof path, "tests/models/%s.lnm", names[m]);
        picture_open_file(&p, path);
        picture_fill(&p, &seed);
        r = ranks_open(&p);
        for (unsigned n = 0; n < 150; n++) {
            unsigned rank = random_below(&seed, p.model.symbols), next;

            assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 0, 0, rank,
                                             LN_MIN_PACKET + random_below(&seed, 247), packet, &size, &next),
                             LN_OK);
            check_code(&r, packet, size, rank, next);
        }
        ranks_close(&r);
        picture_close(&p);
    }
}

/* The packets behind the map take at most 2 % and a few bits more than the ideal. */
static void test_efficiency(void **state)
{
    static const char *const names[] = {"random-cifar", "random-nomap", "random-paper", "random-pyramid"};
    static const unsigned rooms[] = {11, 51, 115, 242};
    uint64_t seed = 19;

    (void)state;
    for (unsigned m = 0; m < 4; m++) {
        char path[64];
        picture p;
        ranks r;

        snprintf(path, sizeof path, "tests/models/%s.lnm", names[m]);
        picture_open_file(&p, path);
        picture_fill(&p, &seed);
        r = ranks_open(&p);
        for (unsigned k = 0; k < 4; k++) {
            double ideal = 0, sent = 0;
            unsigned packets = 0, start = p.model.map != LN_MAP_NONE ? map_end(&p) : 0;

            for (unsigned rank = start, next; rank < p.model.symbols; rank = next) {
                uint8_t packet[LN_MAX_PAYLOAD];
                size_t size;

                assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 0, 0, rank,
                                                 rooms[k], packet, &size, &next),
                                 LN_OK);
                sent += 8.0 * ((double)size - LN_HEADER_BYTES);
                packets++;
                for (unsigned i = rank; i < next; i++)
                    ideal -= log2(interval_of(&r, rank, i).frequency / 4096.0);
            }
            if (!(sent <= 1.02 * ideal + 12.0 * packets))
                fail_msg("%s, %u bytes: %.0f bits for %.0f in %u packets", names[m], rooms[k], sent, ideal,
                         packets);
        }
        ranks_close(&r);
        picture_close(&p);
    }
}

/* The bits of SPEC 6 and 6.6, one by one. */
static void test_headers(void **state)
{
    uint8_t plain[] = {0x00 | 0x20 | 1285 >> 6, (1285 & 63) << 2 | 2, 0x34, 0x56, 7, 8, 9};
    uint8_t numbered[] = {0x40 | 2042 >> 6, (2042 & 63) << 2 | 1, 0xff, 0xfe, 100, 1};
    /* last 228, index 2, w 21, three sums: 11100100 10 10101 010 */
    uint8_t repair[4 + 8 * LN_MAX_BLOCK] = {0x80 | 5, 3 << 2 | 3, 0x92, 0xaa};
    ln_packet_header h;

    (void)state;
    assert_int_equal(ln_packet_peek(plain, 7, &h), LN_OK);
    assert_true(h.form == LN_PACKET_PLAIN && h.checked == 1 && h.picture == 1285 && h.rank == 0x23456);
    assert_int_equal(ln_packet_peek(plain, 6, &h), LN_ERR_PACKET);
    plain[0] &= 0xdf;
    assert_int_equal(ln_packet_peek(plain, 5, &h), LN_OK);
    assert_int_equal(h.checked, 0);
    assert_int_equal(ln_packet_peek(plain, 4, &h), LN_ERR_PACKET);
    assert_int_equal(ln_packet_peek(numbered, 6, &h), LN_OK);
    assert_true(h.form == LN_PACKET_NUMBERED && h.picture == 2042 && h.number == 100 && h.rank == 0x1fffe);
    assert_int_equal(ln_packet_peek(numbered, 5, &h), LN_ERR_PACKET);
    numbered[4] = 255;
    assert_int_equal(ln_packet_peek(numbered, 6, &h), LN_OK);
    assert_int_equal(h.number, 255);
    assert_int_equal(ln_packet_peek(repair, 19, &h), LN_OK);
    assert_true(h.form == LN_PACKET_REPAIR && h.picture == 5 * 64 + 3 && h.number == 228 && h.index == 2 &&
                h.count == 88 && h.sums == 3 && h.rank == 0);
    for (unsigned sums = 1; sums <= 8; sums++)
        for (size_t size = 0; size <= LN_MAX_PAYLOAD; size++) { /* sums of 5 to 64 bytes each, or nothing */
            int good =
                size >= 4 && (size - 4) % sums == 0 && (size - 4) / sums >= 5 && (size - 4) / sums <= 64;

            repair[3] = (uint8_t)(0xa8 | (sums - 1));
            assert_int_equal(ln_packet_peek(repair, size, &h), good ? LN_OK : LN_ERR_PACKET);
            assert_int_equal(h.sums, good ? sums : 0);
        }
    repair[1] |= 3; /* the longest window, up to the last block */
    repair[2] = 0xfc;
    repair[3] = 31 << 3;
    assert_int_equal(ln_packet_peek(repair, 9, &h), LN_OK);
    assert_true(h.number == 255 && h.index == 0 && h.count == 128 && h.sums == 1);
    repair[1] = 0; /* last 2: a window of four would begin before number 0 */
    repair[2] = 2 << 2;
    repair[3] = 0;
    assert_int_equal(ln_packet_peek(repair, 9, &h), LN_OK);
    assert_true(h.number == 2 && h.count == 3);
    repair[2] = 5 << 2;
    assert_int_equal(ln_packet_peek(repair, 9, &h), LN_OK);
    assert_true(h.number == 5 && h.count == 4);
}

/* The check of SPEC 6.5, bit by bit. */
static unsigned plain_check(uint32_t checksum, const uint8_t *bytes, size_t size)
{
    unsigned crc = 0xffff;

    for (size_t i = 0; i < size + 4; i++) {
        unsigned byte = i < 4 ? checksum >> (24 - 8 * i) & 255 : bytes[i - 4];

        for (unsigned bit = 0; bit < 8; bit++) {
            unsigned out = (crc >> 15 ^ byte >> (7 - bit)) & 1;

            crc = (crc << 1 & 0xffff) ^ (out ? 0x1021 : 0);
        }
    }
    return crc;
}

/* Whatever byte of a checked packet changes, it is refused. */
static void test_check(void **state)
{
    uint64_t seed = 23;

    (void)state;
    assert_int_equal(ln_check(0x31323334, (const uint8_t *)"56789", 5), 0x29b1);
    for (int i = 0; i < 30; i++) {
        picture p;
        size_t size;
        unsigned next;
        uint8_t *file = random_model(&seed, &size), packet[LN_MAX_PAYLOAD];

        picture_open(&p, file, size);
        picture_fill(&p, &seed);
        assert_int_equal(ln_packet_write(p.order, picture_map(&p), picture_values, &p, 7, 1, 0,
                                         LN_MIN_PACKET + random_below(&seed, 247), packet, &size, &next),
                         LN_OK);
        assert_int_equal(plain_check(p.model.checksum, packet, size - 2),
                         packet[size - 2] << 8 | packet[size - 1]);
        check_packet(&p, packet, size, next);
        for (size_t k = 0; k < size; k++)
            for (unsigned change = 1; change < 256; change++) {
                if (k == 0 && (change & 0x20) && !(change & 0xc0))
                    continue; /* then it says that it has no check */
                packet[k] ^= (uint8_t)change;
                assert_in_range(read_packet(p.order, packet, size, take_symbol, NULL, NULL), LN_ERR_VERSION,
                                LN_ERR_PACKET);
                packet[k] ^= (uint8_t)change;
            }
        p.model.checksum ^= 1; /* another model */
        assert_int_equal(read_packet(p.order, packet, size, take_symbol, NULL, NULL), LN_ERR_PACKET);
        picture_close(&p);
    }
}

static void test_arguments(void **state)
{
    picture p;
    uint64_t seed = 20;
    uint8_t packet[LN_MAX_PAYLOAD], high[LN_MAP_CELLS] = {0};
    size_t size;
    unsigned next;
    ln_packet_header header;

    (void)state;
    picture_open_file(&p, "tests/models/tiny.lnm");
    high[63] = p.model.map_levels;
#define WRITE(map, number, rank, room)                                                                       \
    ln_packet_write(p.order, map, picture_values, &p, number, 0, rank, room, packet, &size, &next)
    assert_int_equal(WRITE(p.map, 0, 0, 51), LN_ERR_STATE);
    picture_fill(&p, &seed);
    assert_int_equal(WRITE(p.map, LN_PICTURES - 1, 0, LN_MIN_PACKET), LN_OK);
    assert_int_equal(WRITE(p.map, LN_PICTURES, 0, 11), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(p.map, 0, 0, LN_MIN_PACKET - 1), LN_ERR_SPACE);
    assert_int_equal(WRITE(p.map, 0, 0, 1280), LN_OK); /* counts as 255 */
    assert_int_equal(WRITE(NULL, 0, 0, 51), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(high, 0, 0, 51), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(p.map, 0, p.model.symbols, 51), LN_END);
    assert_int_equal(WRITE(p.map, 0, p.model.symbols + 1, 51), LN_ERR_ARGUMENT);
    assert_int_equal(WRITE(p.map, 6, p.model.symbols - 1, 51), LN_OK);
    assert_int_equal(size, LN_HEADER_BYTES + 3); /* a short end */
    assert_int_equal(next, p.model.symbols);
#undef WRITE

    assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
    assert_int_equal(header.picture, 6);
    assert_int_equal(header.rank, p.model.symbols - 1);
    assert_int_equal(ln_packet_peek(packet, 3, &header), LN_ERR_PACKET);
    assert_int_equal(ln_packet_peek(packet, 256, &header), LN_ERR_PACKET);
    assert_int_equal(ln_packet_peek(NULL, 11, &header), LN_ERR_ARGUMENT);
    packet[3]++;
    assert_int_equal(read_packet(p.order, packet, size, take_symbol, NULL, NULL), LN_ERR_PACKET);
    packet[0] |= 0xc0;
    assert_int_equal(read_packet(p.order, packet, size, take_symbol, NULL, NULL), LN_ERR_VERSION);
    picture_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_arrival),  cmocka_unit_test(test_tiny_every_arrival),
        cmocka_unit_test(test_random_streams), cmocka_unit_test(test_large_streams),
        cmocka_unit_test(test_codes),          cmocka_unit_test(test_codes_of_real_geometries),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_noise),
        cmocka_unit_test(test_efficiency),     cmocka_unit_test(test_headers),
        cmocka_unit_test(test_check),          cmocka_unit_test(test_arguments),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
