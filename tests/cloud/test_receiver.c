/* The receiver knows exactly the symbols of the packets that arrived, in whatever order they came. */
#include "cloud/image.h"
#include "core/support_core.h"

#include <limitnet/cloud.h>

#define MOST_PACKETS 1024
#define MOST_SYMBOLS 65536
#define ROOMY ((size_t)1 << 20) /* for packets that wait */
#define IMAGE 5

/* A picture and packets of it. */
typedef struct sent {
    picture picture;
    struct {
        uint8_t bytes[LN_MAX_PAYLOAD];
        size_t size;
        unsigned rank, next;
    } packet[MOST_PACKETS];
    size_t count;
    unsigned map_rank;             /* of the map's first level; without a map, where it would be */
    ln_symbol_id at[MOST_SYMBOLS]; /* the symbols at the ranks that packets cover */
} sent;

static sent *sent_open(const char *model)
{
    sent *s = calloc(1, sizeof *s);
    char path[128];
    snprintf(path, sizeof path, "tests/models/%s.lnm", model);
    picture_open_file(&s->picture, path);
    return s;
}

static void sent_close(sent *s)
{
    picture_close(&s->picture);
    free(s);
}

typedef struct note {
    sent *sent;
    unsigned rank;
} note;

static void note_rank(void *context, const ln_symbol_id *id, int symbol)
{
    (void)symbol;
    note *n = context;
    n->sent->at[n->rank++] = *id;
}

static void add_packet(sent *s, unsigned image, unsigned rank, size_t room)
{
    assert_true(s->count < MOST_PACKETS);
    picture *p = &s->picture;
    assert_int_equal(ln_packet_write(p->order, picture_map(p), picture_values, p, image, 0, rank, room,
                                     s->packet[s->count].bytes, &s->packet[s->count].size,
                                     &s->packet[s->count].next),
                     LN_OK);
    s->packet[s->count].rank = rank;
    note n = {s, rank};
    assert_int_equal(
        read_packet(p->order, s->packet[s->count].bytes, s->packet[s->count].size, note_rank, &n, NULL),
        LN_OK);
    s->count++;
}

/* Makes packets from rank 0 on, of random sizes in a range, as long as they fit into `bytes`. */
static void send_picture(sent *s, unsigned image, size_t least, size_t most, size_t bytes, uint64_t *seed)
{
    unsigned rank = 0;
    while (rank < s->picture.model.symbols && s->count < MOST_PACKETS) {
        add_packet(s, image, rank, least + random_below(seed, (unsigned)(most - least + 1)));
        rank = s->packet[s->count - 1].next;
        size_t size = s->packet[s->count - 1].size;
        if (size > bytes)
            break;
        bytes -= size;
    }
}

static void fill(sent *s, uint64_t *seed)
{
    const ln_model *model = &s->picture.model;
    picture_fill(&s->picture, seed);
    s->count = 0;
    s->map_rank = 0;
    for (unsigned u = 0; u < model->before_map; u++)
        s->map_rank += ln_model_places(model, model->unit_table[4 * u]);
}

static ln_receiver *receiver_of(const sent *s, size_t images, size_t waiting)
{
    ln_receiver_config config = {
        .model = &s->picture.model, .max_images = images, .max_waiting_bytes = waiting, .idle_ms = 1000};
    ln_receiver *receiver;
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
    return receiver;
}

/* Pushes packet i and notes which ranks it covers. */
static uint64_t push(ln_receiver *receiver, uint64_t device, const sent *s, size_t i, uint8_t *covered)
{
    uint64_t id;
    ln_status status = ln_receiver_push(receiver, &(ln_arrival){.device = device}, s->packet[i].bytes,
                                        s->packet[i].size, &id);
    assert_true(status == LN_OK || status == LN_NEED_MAP);
    assert_true(id != 0);
    for (unsigned r = s->packet[i].rank; covered && r < s->packet[i].next; r++)
        covered[r] = 1;
    return id;
}

static int map_is_covered(const sent *s, const uint8_t *covered)
{
    for (unsigned i = 0; s->picture.model.map != LN_MAP_NONE && i < LN_MAP_CELLS; i++)
        if (!covered[s->map_rank + i])
            return 0;
    return 1;
}

/* Checks how many planes of a value are known, and the value. */
static void check_value(const ln_image *image, const ln_symbol_id *id)
{
    const ln_model *model = ln_image_model(image);
    int8_t symbols[LN_MAX_PLANES] = {0};
    unsigned known = 0;
    int symbol;
    while (known < model->channel[id->channel].planes &&
           ln_image_symbol(image, id->channel, known, id->place, &symbol))
        symbols[known++] = (int8_t)symbol;
    assert_int_equal(ln_image_known(image, id->channel, id->place), known);
    assert_int_equal(ln_image_value(image, id->channel, id->place),
                     ln_value_of(model, id->channel, symbols, known));
}

static unsigned count_symbols(const ln_image *image)
{
    const ln_model *model = ln_image_model(image);
    unsigned count = 0;
    int symbol;
    for (unsigned c = 0; c < model->channels; c++)
        for (unsigned k = 0; k < model->channel[c].planes; k++)
            for (unsigned place = 0; place < ln_model_places(model, c); place++)
                count += (unsigned)ln_image_symbol(image, c, k, place, &symbol);
    return count;
}

/* Checks that the image knows the symbols of the covered ranks and no other. */
static void check_image(const ln_image *image, const sent *s, const uint8_t *covered)
{
    const ln_model *model = &s->picture.model;
    int has_map = map_is_covered(s, covered);
    unsigned levels = 0, symbols = 0;
    for (unsigned r = 0; r < model->symbols; r++) {
        const ln_symbol_id *id = &s->at[r];
        int symbol;
        if (!covered[r] || (!has_map && r >= s->map_rank + LN_MAP_CELLS))
            continue;
        if (id->channel == LN_RANK_IS_MAP) {
            levels++;
            continue;
        }
        symbols++;
        assert_int_equal(ln_image_symbol(image, id->channel, id->plane, id->place, &symbol), 1);
        assert_int_equal(symbol, picture_symbol(&s->picture, id));
        check_value(image, id);
    }
    assert_int_equal(count_symbols(image), symbols);
    ln_image_info info;
    ln_image_get_info(image, &info);
    assert_int_equal(info.symbols, symbols + levels);
    assert_int_equal(info.total, model->symbols);
    if (model->map == LN_MAP_NONE || !has_map)
        assert_null(ln_image_map(image));
    else
        assert_memory_equal(ln_image_map(image), s->picture.map, LN_MAP_CELLS);
}

/* ---- Any subset, any order, any number of times ---------------------------------------------- */

#define FEW 5 /* packets, tried in every order */

/* Every sequence of distinct packets that begins with `chosen`. */
static unsigned try_sequences(const sent *s, size_t packets, unsigned *chosen, unsigned length)
{
    uint8_t covered[MOST_SYMBOLS] = {0};
    ln_receiver *receiver = receiver_of(s, 1, ROOMY);
    uint64_t id = 0;
    unsigned tried = 1, used = 0;
    for (unsigned i = 0; i < length; i++) {
        id = push(receiver, 1, s, chosen[i], covered);
        push(receiver, 1, s, chosen[i / 2], covered); /* an old one again */
        used |= 1u << chosen[i];
    }
    if (length)
        check_image(ln_receiver_image(receiver, id), s, covered);
    ln_receiver_close(receiver);
    for (unsigned next = 0; next < packets; next++)
        if (!(used >> next & 1)) {
            chosen[length] = next;
            tried += try_sequences(s, packets, chosen, length + 1);
        }
    return tried;
}

static void every_subset_in_every_order(void **state)
{
    (void)state;
    static const char *const models[] = {"tiny", "tiny-nomap", "random-wide"};
    static const unsigned sequences[FEW + 1] = {1, 2, 5, 16, 65, 326}; /* of so many packets */
    uint64_t seed = 4;
    for (size_t m = 0; m < 3; m++) {
        sent *s = sent_open(models[m]);
        fill(s, &seed);
        send_picture(s, IMAGE, 11, 11, SIZE_MAX, &seed);
        size_t packets = s->count < FEW ? s->count : FEW;
        unsigned chosen[FEW];
        assert_true(packets >= 2);
        assert_int_equal(try_sequences(s, packets, chosen, 0), sequences[packets]);
        sent_close(s);
    }
}

/* A random part of two overlapping series of packets arrives, shuffled, some twice. */
static void random_stream(sent *s, uint64_t *seed)
{
    static const size_t mtus[] = {11, 20, 51, 115, 242};
    static uint8_t covered[MOST_SYMBOLS];
    size_t mtu = mtus[random_below(seed, 5)];
    fill(s, seed);
    send_picture(s, IMAGE, mtu, mtu, random_below(seed, 4000), seed);
    send_picture(s, IMAGE, 11, 242, random_below(seed, 2000), seed);
    memset(covered, 0, sizeof covered);

    ln_receiver *receiver = receiver_of(s, 1, ROOMY);
    unsigned loss = random_below(seed, 100);
    uint64_t pushed = 0, id = 0;
    for (size_t n = s->count; n > 0; n--) {
        size_t i = random_below(seed, (unsigned)n);
        unsigned times = random_below(seed, 100) < loss ? 0 : 1 + !random_below(seed, 5);
        for (unsigned t = 0; t < times; t++, pushed++)
            id = push(receiver, 7, s, i, covered);
        s->packet[i] = s->packet[n - 1]; /* each is drawn once */
    }
    if (pushed) {
        const ln_image *image = ln_receiver_image(receiver, id);
        ln_image_info info;
        ln_image_get_info(image, &info);
        const ln_image_traffic *traffic = &info.traffic;
        check_image(image, s, covered);
        assert_int_equal(traffic->accepted.packets + traffic->duplicate.packets + traffic->waiting.packets,
                         pushed);
        assert_int_equal(traffic->refused.packets, 0);
        assert_int_equal(traffic->contradicting, 0);
        assert_true(map_is_covered(s, covered) ? !traffic->waiting.packets : 1);
    }
    ln_receiver_close(receiver);
}

static void a_thousand_random_streams(void **state)
{
    (void)state;
    static const struct {
        const char *model;
        unsigned streams;
    } series[] = {{"tiny", 250},        {"tiny-nomap", 150},    {"random-cifar", 200}, {"random-wide", 200},
                  {"random-paper", 60}, {"random-pyramid", 80}, {"random-nomap", 60}};
    uint64_t seed = 1000;
    for (size_t m = 0; m < sizeof series / sizeof *series; m++) {
        sent *s = sent_open(series[m].model);
        for (unsigned i = 0; i < series[m].streams; i++)
            random_stream(s, &seed);
        sent_close(s);
    }
}

static void devices_and_pictures_do_not_mix(void **state)
{
    (void)state;
    enum { PICTURES = 24 };
    uint64_t seed = 77, id[PICTURES] = {0};
    sent *s[PICTURES];
    static uint8_t covered[PICTURES][MOST_SYMBOLS];
    size_t left = 0, next[PICTURES] = {0};
    for (unsigned k = 0; k < PICTURES; k++) {
        s[k] = sent_open("random-cifar");
        fill(s[k], &seed);
        send_picture(s[k], k % 3, 11, 60, 600, &seed);
        left += s[k]->count;
    }
    ln_receiver *receiver = receiver_of(s[0], PICTURES, ROOMY);
    while (left) {
        unsigned k = random_below(&seed, PICTURES);
        if (next[k] == s[k]->count)
            continue;
        /* Devices whose numbers differ in the upper half only. */
        uint64_t device = (uint64_t)(k / 3) << 32 | 9, got;
        got = push(receiver, device, s[k], next[k]++, covered[k]);
        assert_true(!id[k] || id[k] == got);
        id[k] = got;
        left--;
    }
    for (unsigned k = 0; k < PICTURES; k++) {
        ln_image_info info;
        const ln_image *image = ln_receiver_image(receiver, id[k]);
        check_image(image, s[k], covered[k]);
        ln_image_get_info(image, &info);
        assert_int_equal(info.number, k % 3);
        assert_int_equal(info.device, (uint64_t)(k / 3) << 32 | 9);
    }
    ln_receiver_close(receiver);
    for (unsigned k = 0; k < PICTURES; k++)
        sent_close(s[k]);
}

/* ---- Waiting for the map --------------------------------------------------------------------- */

static void packets_wait_for_the_map(void **state)
{
    (void)state;
    uint64_t seed = 3, id = 0;
    sent *s = sent_open("random-pyramid");
    fill(s, &seed);
    send_picture(s, IMAGE, 51, 51, 2000, &seed);
    size_t first = 0; /* packet that is wholly behind the map */
    while (s->packet[first].rank < s->map_rank + LN_MAP_CELLS)
        first++;
    static uint8_t covered[MOST_SYMBOLS];
    ln_receiver *receiver = receiver_of(s, 1, 10 * (51 + 8));

    for (size_t i = first; i < first + 10; i++) {
        assert_int_equal(ln_receiver_push(receiver, &(ln_arrival){.device = 1}, s->packet[i].bytes,
                                          s->packet[i].size, &id),
                         LN_NEED_MAP);
        push(receiver, 1, s, i, covered); /* again; it must not take room twice */
    }
    assert_int_equal(ln_receiver_push(receiver, &(ln_arrival){.device = 1}, s->packet[first + 10].bytes,
                                      s->packet[first + 10].size, NULL),
                     LN_ERR_SPACE);
    ln_image_info info;
    ln_image_get_info(ln_receiver_image(receiver, id), &info);
    assert_int_equal(info.traffic.waiting.packets, 10);
    assert_int_equal(info.traffic.waiting.bytes, 510);
    assert_int_equal(info.traffic.duplicate.packets, 10);
    assert_int_equal(info.traffic.refused.packets, 1);
    assert_int_equal(info.symbols, 0);
    assert_null(ln_image_map(ln_receiver_image(receiver, id)));

    for (size_t i = 0; i < first; i++)
        push(receiver, 1, s, i, covered);
    check_image(ln_receiver_image(receiver, id), s, covered);
    ln_image_get_info(ln_receiver_image(receiver, id), &info);
    assert_int_equal(info.traffic.waiting.packets, 0);
    assert_int_equal(info.traffic.accepted.packets, first + 10);
    ln_receiver_close(receiver);
    sent_close(s);
}

/* ---- Bounded memory -------------------------------------------------------------------------- */

typedef struct closings {
    unsigned idle, dropped;
    uint64_t last_device;
} closings;

static void note_closing(void *context, const ln_image *image, ln_close_reason reason)
{
    closings *c = context;
    ln_image_info info;
    ln_image_get_info(image, &info);
    assert_true(info.id != 0);
    c->last_device = info.device;
    *(reason == LN_CLOSE_IDLE ? &c->idle : &c->dropped) += 1;
}

static void the_longest_idle_picture_goes(void **state)
{
    (void)state;
    uint64_t seed = 8, id[5], again;
    closings closed = {0};
    sent *s = sent_open("tiny");
    fill(s, &seed);
    send_picture(s, IMAGE, 15, 15, 400, &seed);
    ln_receiver_config config = {.model = &s->picture.model,
                                 .max_images = 3,
                                 .max_waiting_bytes = 1000,
                                 .idle_ms = 1000,
                                 .closed = note_closing,
                                 .context = &closed};
    ln_receiver *receiver;
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
    for (uint64_t device = 0; device < 3; device++)
        id[device] = push(receiver, device, s, 0, NULL);
    again = push(receiver, 0, s, 1, NULL); /* now device 1 has waited longest */
    assert_int_equal(again, id[0]);
    id[3] = push(receiver, 3, s, 0, NULL);
    assert_int_equal(closed.dropped, 1);
    assert_int_equal(closed.last_device, 1);
    assert_null(ln_receiver_image(receiver, id[1]));
    assert_non_null(ln_receiver_image(receiver, id[0]));

    /* Garbage opens no picture, so it pushes none out. */
    uint8_t garbage[50];
    memcpy(garbage, s->packet[0].bytes, sizeof garbage);
    for (unsigned i = LN_HEADER_BYTES; i < sizeof garbage; i++)
        garbage[i] ^= (uint8_t)(0x55 + i);
    garbage[1] |= 3, garbage[2] = garbage[3] = 0xff; /* a rank behind the last */
    assert_int_equal(ln_receiver_push(receiver, &(ln_arrival){.device = 9}, garbage, sizeof garbage, &id[4]),
                     LN_ERR_PACKET);
    assert_int_equal(id[4], 0);

    ln_receiver_info info;
    ln_receiver_get_info(receiver, &info);
    assert_int_equal(info.images, 3);
    assert_int_equal(info.opened, 4);
    assert_int_equal(info.dropped, 1);
    assert_int_equal(info.refused.packets, 1);
    assert_true(info.image_bytes < 65536);

    for (uint64_t device = 100; device < 1100; device++)
        push(receiver, device, s, 0, NULL);
    ln_receiver_get_info(receiver, &info);
    assert_int_equal(info.images, 3);
    assert_int_equal(info.dropped, 1001);
    ln_receiver_close(receiver);
    sent_close(s);
}

static void numbers_wrap(void **state)
{
    (void)state;
    uint64_t seed = 21, first, same, second;
    static uint8_t covered[MOST_SYMBOLS];
    closings closed = {0};
    sent *old = sent_open("tiny"), *new = sent_open("tiny");
    fill(old, &seed);
    fill(new, &seed);
    send_picture(old, IMAGE, 15, 15, 400, &seed);
    send_picture(new, IMAGE, 15, 15, 400, &seed);
    ln_receiver_config config = {.model = &old->picture.model,
                                 .max_images = 8,
                                 .max_waiting_bytes = 1000,
                                 .idle_ms = 60000,
                                 .closed = note_closing,
                                 .context = &closed};
    ln_receiver *receiver;
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
    ln_receiver_push(receiver, &(ln_arrival){.device = 1, .time_ms = 5000}, old->packet[0].bytes,
                     old->packet[0].size, &first);
    ln_receiver_push(receiver, &(ln_arrival){.device = 1, .time_ms = 65000}, old->packet[1].bytes,
                     old->packet[1].size, &same);
    assert_int_equal(first, same);
    ln_receiver_push(receiver, &(ln_arrival){.device = 1, .time_ms = 3000}, old->packet[2].bytes,
                     old->packet[2].size, &same);
    assert_int_equal(first, same); /* the clock went back: nothing happens */

    for (size_t i = 0; i < new->count; i++) {
        ln_receiver_push(receiver, &(ln_arrival){.device = 1, .time_ms = 125001 + i}, new->packet[i].bytes,
                         new->packet[i].size, &second);
        assert_true(second != first);
        for (unsigned r = new->packet[i].rank; r < new->packet[i].next; r++)
            covered[r] = 1;
    }
    assert_int_equal(closed.idle, 1);
    assert_null(ln_receiver_image(receiver, first));
    check_image(ln_receiver_image(receiver, second), new, covered);

    ln_receiver_expire(receiver, 999999);
    assert_int_equal(closed.idle, 2);
    assert_null(ln_receiver_image(receiver, second));
    ln_receiver_close(receiver);
    sent_close(old);
    sent_close(new);
}

/* ---- Damage ---------------------------------------------------------------------------------- */

/* Whether all that is known of a picture was sent. */
static int is_right(const ln_image *image, const sent *s)
{
    for (unsigned r = 0; r < s->picture.model.symbols; r++) {
        const ln_symbol_id *id = &s->picture.id[r];
        int symbol;
        if (id->channel == LN_RANK_IS_MAP)
            continue;
        if (ln_image_symbol(image, id->channel, id->plane, id->place, &symbol) &&
            symbol != picture_symbol(&s->picture, id))
            return 0;
    }
    return !ln_image_map(image) || memcmp(ln_image_map(image), s->picture.map, LN_MAP_CELLS) == 0;
}

/* Pushes all packets, one of them damaged, in its place (or, `last`, behind the others). A picture that did
 * not take it is right. Returns whether any took it. */
static int try_damage(const sent *s, size_t damaged, const uint8_t *packet, size_t size, int last)
{
    ln_receiver *receiver = receiver_of(s, 4, ROOMY);
    uint64_t id[MOST_PACKETS + 1] = {0}, bad = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (i == damaged && !last)
            ln_receiver_push(receiver, &(ln_arrival){.device = 1}, packet, size, &bad);
        if (i != damaged)
            ln_receiver_push(receiver, &(ln_arrival){.device = 1}, s->packet[i].bytes, s->packet[i].size,
                             &id[i]);
    }
    if (last) {
        id[damaged] = push(receiver, 1, s, damaged, NULL);
        ln_receiver_push(receiver, &(ln_arrival){.device = 1}, packet, size, &bad);
    }
    for (size_t i = 0; i < s->count; i++)
        if (ln_receiver_image(receiver, id[i]) && id[i] != bad)
            assert_true(is_right(ln_receiver_image(receiver, id[i]), s));
    if (last) /* nothing was left for it to spoil */
        assert_true(is_right(ln_receiver_image(receiver, id[damaged]), s));
    ln_receiver_close(receiver);
    return bad != 0;
}

static void damage_stays_where_it_is(void **state)
{
    (void)state;
    uint64_t seed = 50;
    unsigned damaged = 0, accepted = 0;
    sent *s = sent_open("tiny");
    for (unsigned stream = 0; stream < 50; stream++) {
        fill(s, &seed);
        send_picture(s, IMAGE, 11, 30, 500, &seed);
        assert_true(s->count > 1);
        for (size_t i = 0; i < s->count; i++)
            for (size_t byte = 0; byte < s->packet[i].size; byte++) {
                uint8_t packet[LN_MAX_PAYLOAD];
                memcpy(packet, s->packet[i].bytes, sizeof packet);
                packet[byte] ^= (uint8_t)(1 + random_below(&seed, 255));
                accepted += (unsigned)try_damage(s, i, packet, s->packet[i].size, 0);
                try_damage(s, i, packet, s->packet[i].size, 1);
                damaged++;
                /* And cut there. */
                try_damage(s, i, s->packet[i].bytes, byte, 0);
            }
    }
    print_message("%u of %u damaged packets were taken by a picture\n", accepted, damaged);
    sent_close(s);
}

/* If a damaged packet completes the map with wrong levels, the rest of the packet shows it. */
static void a_wrong_map_is_taken_back(void **state)
{
    (void)state;
    uint64_t seed = 62, id = 0;
    unsigned refused = 0, tries = 300;
    static uint8_t covered[MOST_SYMBOLS];
    sent *s = sent_open("random-pyramid");
    fill(s, &seed);
    for (unsigned r = 0; r < s->map_rank; r = s->packet[s->count - 1].next)
        add_packet(s, IMAGE, r, 51);
    add_packet(s, IMAGE, s->map_rank, 242); /* the whole map and much behind it */
    size_t last = s->count - 1;
    memset(covered, 0, sizeof covered);
    for (unsigned i = 0; i < tries; i++) {
        ln_receiver *receiver = receiver_of(s, 1, ROOMY);
        uint8_t packet[LN_MAX_PAYLOAD];
        memcpy(packet, s->packet[last].bytes, sizeof packet);
        packet[LN_HEADER_BYTES + random_below(&seed, 20)] ^= (uint8_t)(1 + random_below(&seed, 255));
        for (size_t k = 0; k < last; k++)
            id = push(receiver, 1, s, k, covered);
        if (ln_receiver_push(receiver, &(ln_arrival){.device = 1}, packet, s->packet[last].size, NULL) ==
            LN_ERR_PACKET) {
            refused++;
            push(receiver, 1, s, last, covered); /* and the right one is taken */
            check_image(ln_receiver_image(receiver, id), s, covered);
        }
        ln_receiver_close(receiver);
    }
    print_message("%u of %u damaged maps were refused\n", refused, tries);
    assert_true(refused > tries / 2);
    sent_close(s);
}

/* Two pictures of one number, one behind the other: each is received whole. */
static void a_number_comes_back(void **state)
{
    (void)state;
    uint64_t seed = 12, first, second = 0;
    sent *a = sent_open("tiny-nomap"), *b = sent_open("tiny-nomap");
    fill(a, &seed);
    fill(b, &seed);
    send_picture(a, IMAGE, 51, 51, 5000, &seed);
    send_picture(b, IMAGE, 51, 51, 5000, &seed);
    static uint8_t covered[2][MOST_SYMBOLS];
    ln_receiver *receiver = receiver_of(a, 2, ROOMY);
    for (size_t i = 0; i < a->count; i++)
        first = push(receiver, 1, a, i, covered[0]);
    for (size_t i = 0; i < b->count; i++) {
        second = push(receiver, 1, b, i, covered[1]);
        assert_true(first != second);
    }
    check_image(ln_receiver_image(receiver, first), a, covered[0]);
    check_image(ln_receiver_image(receiver, second), b, covered[1]);
    ln_receiver_close(receiver);
    sent_close(a);
    sent_close(b);
}

static void garbage_is_survived(void **state)
{
    (void)state;
    uint64_t seed = 99;
    sent *s = sent_open("random-cifar");
    fill(s, &seed);
    send_picture(s, IMAGE, 51, 51, 2000, &seed);
    ln_receiver *receiver = receiver_of(s, 4, 500);
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t bytes[300];
        size_t size = random_below(&seed, sizeof bytes);
        for (size_t k = 0; k < size; k++)
            bytes[k] = (uint8_t)random_below(&seed, 256);
        if (size && random_below(&seed, 4)) /* most have no check */
            bytes[0] &= 0xdf;
        if (size > 2 && random_below(&seed, 2))
            bytes[1] &= 0xfc;
        ln_receiver_push(receiver, &(ln_arrival){.device = i % 6, .time_ms = i}, bytes, size, NULL);
        if (i % 50 == 0) {
            size_t k = random_below(&seed, (unsigned)s->count);
            ln_receiver_push(receiver, &(ln_arrival){.device = i % 6, .time_ms = i}, s->packet[k].bytes,
                             s->packet[k].size, NULL);
        }
    }
    ln_receiver_close(receiver);
    sent_close(s);
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    uint64_t seed = 1, id = 1;
    sent *s = sent_open("tiny"), *other = sent_open("random-wide");
    fill(other, &seed);
    send_picture(other, IMAGE, 51, 51, 100, &seed);
    ln_receiver *receiver;
    ln_receiver_config config = {.model = &s->picture.model, .max_images = 0};
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_ERR_ARGUMENT);
    config.max_images = 1;
    assert_int_equal(ln_receiver_open(NULL, &config, NULL), LN_ERR_ARGUMENT);
    assert_int_equal(ln_receiver_open(&receiver, NULL, NULL), LN_ERR_ARGUMENT);
    config.model = NULL;
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_ERR_ARGUMENT);
    config.model = &s->picture.model;
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
    assert_int_equal(ln_receiver_push(receiver, &(ln_arrival){.device = 1}, NULL, 10, &id), LN_ERR_ARGUMENT);
    assert_int_equal(id, 0);
    assert_null(ln_receiver_image(receiver, 0));
    assert_null(ln_receiver_image(receiver, 12345));
    ln_receiver_close(receiver);
    ln_receiver_close(NULL);
    sent_close(s);
    sent_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subset_in_every_order),
        cmocka_unit_test(a_thousand_random_streams),
        cmocka_unit_test(devices_and_pictures_do_not_mix),
        cmocka_unit_test(packets_wait_for_the_map),
        cmocka_unit_test(the_longest_idle_picture_goes),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(damage_stays_where_it_is),
        cmocka_unit_test(a_wrong_map_is_taken_back),
        cmocka_unit_test(a_number_comes_back),
        cmocka_unit_test(garbage_is_survived),
        cmocka_unit_test(wrong_use_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
