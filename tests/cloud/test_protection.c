/* Repair packets: the receiver knows exactly the symbols that the packets that came determine, and no wrong
 * one. */
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
#include "core/repair.h"
#include "core/support_read.h"
#include "link/random.h"

#define MOST_PACKETS 512
#define MOST_SYMBOLS LN_MAX_SYMBOLS
#define IMAGE 3

typedef struct packet {
    uint8_t bytes[LN_MAX_PAYLOAD];
    size_t size;
    ln_packet_header header;
    unsigned end; /* rank behind its symbols; not of a repair packet */
} packet;

/* A picture's packets, and the symbol at each rank. */
typedef struct sent {
    uint8_t *file;
    ln_model model;
    ln_camera *camera;
    ln_order *order;
    void *camera_memory, *order_memory;
    ln_symbol_id at[MOST_SYMBOLS];
    int symbol[MOST_SYMBOLS];
    unsigned placed;
    packet packet[MOST_PACKETS];
    unsigned count;
} sent;

static void sent_open(sent *s, const char *path)
{
    ln_error error;
    size_t size;
    assert_int_equal(ln_file_read(path, 1 << 20, &s->file, &size, &error), LN_OK);
    assert_int_equal(ln_model_open(&s->model, s->file, size), LN_OK);
    s->camera_memory = malloc(ln_camera_size(&s->model, ln_all_kernels));
    s->order_memory = malloc(ln_order_size(&s->model));
    assert_int_equal(ln_camera_init(&s->camera, &s->model, ln_all_kernels, s->camera_memory,
                                    ln_camera_size(&s->model, ln_all_kernels)),
                     LN_OK);
    assert_int_equal(ln_order_init(&s->order, &s->model, s->order_memory, ln_order_size(&s->model)), LN_OK);
}

static void sent_close(sent *s)
{
    free(s->order_memory);
    free(s->camera_memory);
    free(s->file);
}

static void note_symbol(void *context, const ln_symbol_id *id, int symbol)
{
    sent *s = context;
    s->at[s->placed] = *id;
    s->symbol[s->placed++] = symbol;
}

/* Makes all packets of a photograph, with rooms of `least` to `most` bytes. */
static void send(sent *s, const char *photograph, unsigned share, unsigned least, unsigned most,
                 uint64_t *seed)
{
    static uint8_t memory[LN_PROTECTION_BYTES];
    ln_picture original, picture;
    ln_error error;
    ln_status status;
    size_t bytes = (size_t)s->model.width * s->model.height * 3;
    assert_int_equal(ln_picture_read(&original, photograph, &error), LN_OK);
    assert_int_equal(
        ln_picture_resize(&original, s->model.width, s->model.height, LN_FIT_CROP, &picture, &error), LN_OK);
    assert_int_equal(ln_camera_begin(s->camera, IMAGE), LN_OK);
    assert_int_equal(ln_camera_push_rows(s->camera, picture.rgb, bytes, s->model.height), LN_OK);
    assert_int_equal(ln_camera_finish(s->camera), LN_OK);
    assert_int_equal(ln_camera_protect(s->camera, share, memory, sizeof memory), LN_OK);
    ln_order_reset(s->order);
    if (s->model.map != LN_MAP_NONE)
        assert_int_equal(ln_order_set_map(s->order, ln_camera_map(s->camera)), LN_OK);
    s->placed = 0;
    for (s->count = 0;; s->count++) {
        packet *p = &s->packet[s->count];
        size_t room = least + ln_random(seed) % (most - least + 1);
        assert_true(s->count < MOST_PACKETS);
        status = ln_camera_next(s->camera, room, p->bytes, &p->size);
        if (status == LN_END)
            break;
        assert_int_equal(status, LN_OK);
        assert_int_equal(ln_packet_peek(p->bytes, p->size, &p->header), LN_OK);
        if (p->header.form != LN_PACKET_REPAIR) {
            assert_int_equal(p->header.rank, s->placed);
            assert_int_equal(read_packet(s->order, p->bytes, p->size, note_symbol, s, NULL), LN_OK);
        }
        p->end = s->placed;
    }
    assert_int_equal(s->placed, s->model.symbols);
    ln_picture_free(&picture);
    ln_picture_free(&original);
}

static ln_receiver *receiver_of(const sent *s)
{
    ln_receiver_config config = {
        .model = &s->model, .max_images = 4, .idle_ms = 1000, .max_waiting_bytes = 1 << 16};
    ln_receiver *receiver;
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
    return receiver;
}

/* ---- What is determined, by linear algebra on the factors alone ------------------------------ */

typedef struct matrix {
    uint8_t row[MOST_PACKETS * LN_MAX_SUMS][LN_MAX_BLOCKS];
    unsigned rows;
} matrix;

static uint8_t *new_row(matrix *m)
{
    return memset(m->row[m->rows++], 0, LN_MAX_BLOCKS);
}

/* row += factor times other. */
static void add_row(uint8_t *row, const uint8_t *other, uint8_t factor)
{
    for (unsigned c = 0; c < LN_MAX_BLOCKS; c++)
        if (other[c])
            row[c] ^= ln_field_multiply(factor, other[c]);
}

/* Brings a matrix into its reduced form, and says in which column each row begins, if it begins at all. */
static void reduce(matrix *m, unsigned *begins)
{
    unsigned rank = 0;
    for (unsigned column = 0; column < LN_MAX_BLOCKS; column++) {
        unsigned r = rank;
        while (r < m->rows && !m->row[r][column])
            r++;
        if (r == m->rows)
            continue;
        uint8_t found[LN_MAX_BLOCKS] = {0};
        add_row(found, m->row[r], ln_field_inverse(m->row[r][column]));
        memcpy(m->row[r], m->row[rank], sizeof found);
        memcpy(m->row[rank], found, sizeof found);
        for (r = 0; r < m->rows; r++)
            if (r != rank && m->row[r][column])
                add_row(m->row[r], found, m->row[r][column]);
        begins[rank++] = column;
    }
    m->rows = rank;
}

/* Bytes of a block; 0 if nothing tells. */
static unsigned block_of(const sent *s, const uint8_t *came)
{
    for (unsigned i = 0; i < s->count; i++)
        if (came[i] && s->packet[i].header.form == LN_PACKET_REPAIR)
            return (unsigned)(s->packet[i].size - LN_REPAIR_START) / s->packet[i].header.sums;
    return 0;
}

/* Blocks of a numbered packet. */
static unsigned blocks_of(const packet *p, unsigned block)
{
    return ((unsigned)p->size - LN_NUMBERED_START + LN_BODY_HEAD + block - 1) / block;
}

/* Which blocks are determined by the packets that came: a block is if its row has nothing else. */
static void find_determined(const sent *s, const uint8_t *came, unsigned block, uint8_t *determined)
{
    static matrix m;
    unsigned begins[LN_MAX_BLOCKS];
    m.rows = 0;
    for (unsigned i = 0; i < s->count; i++) {
        const ln_packet_header *h = &s->packet[i].header;
        if (!came[i] || h->form == LN_PACKET_PLAIN)
            continue;
        for (unsigned n = 0; h->form == LN_PACKET_NUMBERED && n < blocks_of(&s->packet[i], block); n++)
            new_row(&m)[h->number + n] = 1;
        for (unsigned sum = 0; sum < h->sums; sum++) {
            uint8_t *row = new_row(&m);
            for (unsigned k = 0; k < h->count; k++)
                row[h->number - k] = ln_repair_factor(h->number, h->index, sum, h->number - k);
        }
    }
    reduce(&m, begins);
    memset(determined, 0, LN_MAX_BLOCKS);
    for (unsigned r = 0; r < m.rows; r++) {
        unsigned blocks = 0;
        for (unsigned c = begins[r]; c < LN_MAX_BLOCKS; c++)
            blocks += m.row[r][c] != 0;
        determined[begins[r]] = blocks == 1;
    }
}

/* Which packets are there: those that came, and those whose blocks are determined and that begin behind one
 * that is there. */
static void find_there(const sent *s, const uint8_t *came, uint8_t *there)
{
    uint8_t determined[LN_MAX_BLOCKS];
    unsigned block = block_of(s, came);
    int before = 1;
    memcpy(there, came, s->count);
    if (block == 0)
        return;
    find_determined(s, came, block, determined);
    for (unsigned i = 0; i < s->count; i++) {
        const packet *p = &s->packet[i];
        if (p->header.form != LN_PACKET_NUMBERED)
            continue;
        unsigned blocks = blocks_of(p, block), known = 0;
        for (unsigned n = 0; n < blocks; n++)
            known += determined[p->header.number + n];
        there[i] |= before && known == blocks;
        before = there[i];
    }
}

/* ---- What is known --------------------------------------------------------------------------- */

static int is_right(const sent *s, const ln_image *image, unsigned rank, int *known)
{
    const ln_symbol_id *id = &s->at[rank];
    int symbol;
    *known = ln_image_symbol(image, id->channel, id->plane, id->place, &symbol);
    return !*known || symbol == s->symbol[rank];
}

/* Checks that the known symbols are those of the packets that came or are determined, and that none is
 * wrong. */
static void check(const sent *s, const ln_image *image, const uint8_t *came)
{
    uint8_t there[MOST_PACKETS];
    find_there(s, came, there);
    int map = ln_image_map(image) != NULL, behind = 0;
    for (unsigned i = 0; i < s->count; i++) {
        const packet *p = &s->packet[i];
        if (p->header.form == LN_PACKET_REPAIR)
            continue;
        for (unsigned rank = p->header.rank; rank < p->end; rank++) {
            int known;
            behind |= s->at[rank].channel == LN_RANK_IS_MAP;
            if (s->at[rank].channel == LN_RANK_IS_MAP)
                continue;
            assert_true(is_right(s, image, rank, &known));
            assert_int_equal(known, there[i] && (map || !behind));
        }
    }
}

static uint64_t push(ln_receiver *receiver, const packet *p)
{
    uint64_t id;
    ln_status status = ln_receiver_push(receiver, &(ln_arrival){.device = 1}, p->bytes, p->size, &id);
    assert_true(status == LN_OK || status == LN_NEED_MAP);
    return id;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

/* Every subset of the first packets of a small picture, in three orders. */
static void every_subset(void **state)
{
    (void)state;
    enum { FIRST = 10 };
    static sent s;
    uint64_t seed = 4;
    sent_open(&s, "tests/models/tiny.lnm");
    send(&s, "tests/pictures/cat.jpg", 40, 11, 11, &seed);
    assert_true(s.count >= FIRST);
    for (unsigned subset = 1; subset < 1u << FIRST; subset++)
        for (unsigned order = 0; order < 3; order++) {
            static const unsigned stride[] = {1, 9, 3}; /* forwards, backwards, mixed: none divides 10 */
            uint8_t came[MOST_PACKETS] = {0};
            uint64_t id = 0;
            ln_receiver *receiver = receiver_of(&s);
            for (unsigned i = 0; i < FIRST; i++) {
                unsigned k = i * stride[order] % FIRST;
                uint64_t its = subset >> k & 1 ? push(receiver, &s.packet[k]) : 0;
                came[k] = its != 0;
                id = its ? its : id;
            }
            if (id)
                check(&s, ln_receiver_image(receiver, id), came);
            ln_receiver_close(receiver);
        }
    sent_close(&s);
}

/* A lossy link: packets of real pictures are lost, shuffled and repeated. */
static void random_losses(void **state)
{
    static const char *const photographs[] = {"tests/pictures/cat.jpg", "tests/pictures/coffee.webp",
                                              "tests/pictures/rocket.png"};
    static sent s;
    uint64_t seed = 5, recovered = 0;
    (void)state;
    sent_open(&s, "tests/models/random-cifar.lnm");
    for (unsigned run = 0; run < 150; run++) {
        unsigned room = 11 + (unsigned)(ln_random(&seed) % 20), vary = run % 5 ? 0 : 20;
        send(&s, photographs[run % 3], 20 + run % 50, room, room + vary, &seed);
        uint8_t came[MOST_PACKETS] = {0};
        uint64_t id = 0;
        ln_receiver *receiver = receiver_of(&s);
        ln_loss loss;
        ln_loss_init(&loss, 100000 + 3000 * run, run);
        for (unsigned i = 0; i < s.count; i++) {
            unsigned k = run % 2 ? i : i * 509u % s.count; /* 509 is prime */
            if (s.count % 509 == 0 || ln_loss_next(&loss))
                continue;
            uint64_t its = push(receiver, &s.packet[k]);
            if (ln_random(&seed) % 4 == 0)
                push(receiver, &s.packet[k]);
            came[k] |= its != 0;
            id = its ? its : id;
        }
        if (id) {
            ln_image_info info;
            check(&s, ln_receiver_image(receiver, id), came);
            ln_image_get_info(ln_receiver_image(receiver, id), &info);
            recovered += info.traffic.recovered;
        }
        ln_receiver_close(receiver);
    }
    print_message("%u packets brought back\n", (unsigned)recovered);
    assert_true(recovered > 300); /* otherwise nothing was tested */
    sent_close(&s);
}

static void ignore(void *context, const ln_symbol_id *id, int symbol)
{
    (void)context, (void)id, (void)symbol;
}

/* The rank behind the symbols that a damaged packet seems to have; it is believed if it comes first. */
static unsigned claims(const sent *s, const packet *damaged)
{
    unsigned symbols;
    if (read_packet(s->order, damaged->bytes, damaged->size, ignore, NULL, &symbols) != LN_OK)
        return 0;
    return damaged->header.rank + symbols;
}

/* Counts packets with a wrong symbol, among those that came and among those that did not. Symbols before rank
 * `claimed` may be wrong. */
static void count_wrong(const sent *s, const ln_image *image, unsigned bad, unsigned claimed,
                        const uint8_t *came, unsigned wrong[2])
{
    for (unsigned i = 0; i < s->count; i++) {
        const packet *p = &s->packet[i];
        int known, fine = 1;
        unsigned rank = i > bad && p->header.rank < claimed ? claimed : p->header.rank;
        for (; p->header.form != LN_PACKET_REPAIR && rank < p->end; rank++)
            fine &= s->at[rank].channel == LN_RANK_IS_MAP || is_right(s, image, rank, &known);
        wrong[came[i]] += !fine && i != bad;
    }
}

/* One packet has a wrong byte, and others are lost. Those that came stay right. A damaged packet that passes
 * the check can spoil another that is brought back with it, but hardly ever does. */
static void damage_hardly_spreads(void **state)
{
    static sent s;
    uint64_t seed = 6;
    unsigned wrong[2] = {0}, tried = 0;
    (void)state;
    sent_open(&s, "tests/models/tiny-nomap.lnm");
    for (unsigned run = 0; run < 50; run++) {
        send(&s, run % 2 ? "tests/pictures/cat.jpg" : "tests/pictures/astronaut.ppm", 40, 15 + run / 2,
             15 + run / 2, &seed);
        for (unsigned bad = 0; bad < 8 && bad < s.count; bad++)
            for (size_t byte = LN_HEADER_BYTES + 1; byte < s.packet[bad].size; byte++, tried++) {
                packet damaged = s.packet[bad];
                uint8_t came[MOST_PACKETS] = {0};
                uint64_t id = 0;
                ln_receiver *receiver = receiver_of(&s);
                damaged.bytes[byte] ^= (uint8_t)(1 + ln_random(&seed) % 255);
                for (unsigned i = 0; i < s.count; i++) {
                    uint64_t its = 0;
                    came[i] = i != bad && ln_random(&seed) % 100 >= 30;
                    const packet *p = i == bad ? &damaged : &s.packet[i];
                    if (i == bad || came[i])
                        ln_receiver_push(receiver, &(ln_arrival){.device = 1}, p->bytes, p->size, &its);
                    id = its && i != bad ? its : id;
                }
                if (id)
                    count_wrong(&s, ln_receiver_image(receiver, id), bad, claims(&s, &damaged), came, wrong);
                ln_receiver_close(receiver);
            }
    }
    assert_int_equal(wrong[1], 0);
    print_message("%u of %u damaged packets spoiled another\n", wrong[0], tried);
    assert_true(tried > 1000);
    assert_in_range(wrong[0], 0, tried / 100);
    sent_close(&s);
}

/* ---- Payloads that change -------------------------------------------------------------------- */

/* How the payload goes on from packet to packet. */
typedef size_t next_room(unsigned packet, uint64_t *seed);

static size_t constant(unsigned number, uint64_t *seed)
{
    (void)number, (void)seed;
    return 146;
}

static size_t in_turn(unsigned number, uint64_t *seed)
{
    (void)seed;
    return number % 2 ? 242 : 51;
}

static size_t by_eights(unsigned number, uint64_t *seed)
{
    (void)seed;
    return number / 8 % 2 ? 242 : 51;
}

static size_t any(unsigned number, uint64_t *seed)
{
    (void)number;
    return 51 + ln_random(seed) % 192;
}

static size_t small(unsigned number, uint64_t *seed)
{
    (void)number, (void)seed;
    return 51;
}

/* MAC answers take a few bytes of some packets. */
static size_t with_answers(unsigned number, uint64_t *seed)
{
    (void)number;
    return ln_random(seed) % 4 ? 51 : 50 - ln_random(seed) % 15;
}

/* The mean of the symbols that are known, over many losses and over the moments at which 1,000 to 2,500 bytes
 * were sent. */
static double mean_known(sent *s, next_room *room)
{
    enum { RUNS = 200, FIRST = 1000, LAST = 2500, STEP = 100 };
    static uint8_t memory[LN_PROTECTION_BYTES];
    uint64_t seed = 7;
    double known = 0;
    for (unsigned run = 0; run < RUNS; run++) {
        ln_receiver *receiver = receiver_of(s);
        ln_image_info info = {0};
        ln_loss loss;
        size_t bytes = 0, moment = FIRST;
        ln_loss_init(&loss, 300000, run);
        assert_int_equal(ln_camera_protect(s->camera, 40, memory, sizeof memory), LN_OK);
        for (unsigned i = 0; moment <= LAST; i++) {
            packet p;
            uint64_t id;
            assert_int_equal(ln_camera_next(s->camera, room(i, &seed), p.bytes, &p.size), LN_OK);
            for (bytes += p.size; moment < bytes && moment <= LAST; moment += STEP)
                known += info.symbols;
            if (ln_loss_next(&loss))
                continue;
            id = push(receiver, &p);
            ln_image_get_info(ln_receiver_image(receiver, id), &info);
        }
        ln_receiver_close(receiver);
    }
    return known / (RUNS * ((LAST - FIRST) / STEP + 1));
}

/* Protection holds when the payload changes: as much arrives as with a constant payload of the same mean, but
 * for a few percent. */
static void changing_payloads(void **state)
{
    static const struct {
        const char *name;
        next_room *room, *like;
        double least; /* of what arrives with the constant payload */
    } patterns[] = {{"51 and 242 bytes in turn", in_turn, constant, 0.93},
                    {"eight of each", by_eights, constant, 0.93},
                    {"51 to 242 bytes", any, constant, 0.90},
                    {"51 bytes with MAC answers", with_answers, small, 0.96}};
    static sent s;
    uint64_t seed = 8;
    (void)state;
    sent_open(&s, "models/pyramid-224/encoder.lnm");
    send(&s, "tests/pictures/coffee.webp", 0, 255, 255, &seed);
    for (unsigned i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        double known = mean_known(&s, patterns[i].room), due = mean_known(&s, patterns[i].like);
        print_message("%s: %.3f\n", patterns[i].name, known / due);
        assert_true(known >= patterns[i].least * due);
    }
    sent_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_subset),
        cmocka_unit_test(random_losses),
        cmocka_unit_test(damage_hardly_spreads),
        cmocka_unit_test(changing_payloads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
