/* The receiver's rules one by one: which picture a packet belongs to, who must make room, time, checks,
 * models, and what a packet costs. */
#include "cloud/image.h"
#include "cloud/receiver.h"
#include "core/support_core.h"
#include "core/symbol.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

#define MODEL "tests/models/random-cifar.lnm"
#define MOST_PACKETS 512
#define ROOM 20

/* A picture's packets. */
typedef struct sent {
    picture picture;
    struct {
        uint8_t bytes[LN_MAX_PAYLOAD];
        size_t size;
        unsigned rank, next;
    } packet[MOST_PACKETS];
    size_t count;
} sent;

static sent *send_one(const char *model, unsigned number, int checked, uint64_t seed)
{
    sent *s = calloc(1, sizeof *s);
    picture_open_file(&s->picture, model);
    picture_fill(&s->picture, &seed);
    picture *p = &s->picture;
    for (unsigned rank = 0; rank < p->model.symbols && s->count < MOST_PACKETS; s->count++) {
        s->packet[s->count].rank = rank;
        assert_int_equal(ln_packet_write(p->order, picture_map(p), picture_values, p, number, checked, rank,
                                         ROOM, s->packet[s->count].bytes, &s->packet[s->count].size, &rank),
                         LN_OK);
        s->packet[s->count].next = rank;
    }
    return s;
}

static void forget(sent *s)
{
    picture_close(&s->picture);
    free(s);
}

static const ln_receiver_config usual = {
    .max_images = 8, .idle_ms = 3600000, .late_ms = 5000, .max_frames = 100, .max_waiting_bytes = 4000};

static ln_receiver *open_receiver(const ln_receiver_config *config, const ln_model *model)
{
    ln_receiver_config own = *config;
    ln_receiver *receiver;
    own.model = model;
    assert_int_equal(ln_receiver_open(&receiver, &own, NULL), LN_OK);
    return receiver;
}

static ln_status push(ln_receiver *receiver, ln_arrival arrival, const sent *s, size_t i, uint64_t *id)
{
    return ln_receiver_push(receiver, &arrival, s->packet[i].bytes, s->packet[i].size, id);
}

/* Pushes packet i at a time of device 1 and returns the picture's id. */
static uint64_t push_at(ln_receiver *receiver, uint64_t time, const sent *s, size_t i)
{
    uint64_t id;
    push(receiver, (ln_arrival){.device = 1, .time_ms = time}, s, i, &id);
    return id;
}

/* The same with a counter. */
static uint64_t push_counted(ln_receiver *receiver, uint64_t time, uint32_t counter, const sent *s, size_t i)
{
    uint64_t id;
    push(receiver, (ln_arrival){.device = 1, .time_ms = time, .has_counter = 1, .counter = counter}, s, i,
         &id);
    return id;
}

static ln_receiver_info info_of(const ln_receiver *receiver)
{
    ln_receiver_info info;
    ln_receiver_get_info(receiver, &info);
    return info;
}

/* Whether all that is known of a picture was sent. */
static int is_right(const ln_image *image, const sent *s)
{
    const picture *p = &s->picture;
    for (unsigned r = 0; r < p->model.symbols; r++) {
        const ln_symbol_id *id = &p->id[r];
        int symbol;
        if (id->channel != LN_RANK_IS_MAP &&
            ln_image_symbol(image, id->channel, id->plane, id->place, &symbol) &&
            symbol != picture_symbol(p, id))
            return 0;
    }
    return !ln_image_map(image) || memcmp(ln_image_map(image), p->map, LN_MAP_CELLS) == 0;
}

/* ---- Which picture --------------------------------------------------------------------------- */

/* A camera that begins anew calls its picture 0 again, a minute later. */
static void contents_tell(void **state)
{
    (void)state;
    sent *a = send_one(MODEL, 0, 0, 1), *b = send_one(MODEL, 0, 0, 2);
    ln_receiver *receiver = open_receiver(&usual, &a->picture.model);
    uint64_t first = push_at(receiver, 0, a, 0), second;
    for (size_t i = 1; i < 8; i++)
        assert_int_equal(push_at(receiver, 1000 * i, a, i), first);
    second = push_at(receiver, 70000, b, 0); /* contradicts */
    assert_true(second && second != first);
    assert_int_equal(push_at(receiver, 71000, b, 1), second);  /* continues */
    assert_int_equal(push_at(receiver, 80000, b, 20), second); /* behind all of the old one, which is over */
    assert_true(push_at(receiver, 90000, a, 8) != first);      /* too late */
    assert_true(is_right(ln_receiver_image(receiver, first), a));
    ln_receiver_close(receiver);
    forget(a);
    forget(b);
}

/* Nothing tells whose packet this is until the new picture has had a second one, late_ms ago. */
static void what_cannot_be_decided_is_left_out(void **state)
{
    (void)state;
    sent *a = send_one(MODEL, 0, 0, 3), *b = send_one(MODEL, 0, 0, 4);
    ln_receiver *receiver = open_receiver(&usual, &a->picture.model);
    uint64_t id, first = push_at(receiver, 0, a, 0), second = push_at(receiver, 1000, b, 0);
    assert_true(first != second);
    assert_int_equal(push(receiver, (ln_arrival){.device = 1, .time_ms = 2000}, b, 20, &id), LN_ERR_STATE);
    assert_int_equal(id, 0);
    assert_int_equal(info_of(receiver).undecided.packets, 1);
    assert_int_equal(push_at(receiver, 3000, b, 1), second);
    assert_int_equal(push_at(receiver, 6001, b, 20), second);
    ln_receiver_close(receiver);
    forget(a);
    forget(b);
}

static void counters_tell(void **state)
{
    (void)state;
    sent *a = send_one(MODEL, 0, 0, 5), *b = send_one(MODEL, 0, 0, 6), *c = send_one(MODEL, 0, 0, 7);
    ln_receiver *receiver = open_receiver(&usual, &a->picture.model);
    uint64_t first = push_counted(receiver, 0, 5000, a, 0), second, third;
    assert_int_equal(push_counted(receiver, 100, 5030, a, 10), first);
    second = push_counted(receiver, 200, 5100, b, 20); /* 101 counters are more than a picture has */
    assert_true(second && second != first);
    assert_int_equal(push_counted(receiver, 300, 5029, a, 9), first);
    third = push_counted(receiver, 400, 3, c, 15); /* the counter began anew */
    assert_true(third && third != first && third != second);
    assert_int_equal(info_of(receiver).undecided.packets, 0);
    ln_receiver_close(receiver);

    /* It begins anew with low numbers again: no packet is so late. */
    receiver = open_receiver(&usual, &a->picture.model);
    first = push_counted(receiver, 0, 0, a, 0);
    assert_int_equal(push_counted(receiver, 1000, 9, a, 9), first);
    assert_int_equal(push_counted(receiver, 5000, 8, a, 8), first); /* late */
    assert_true(push_counted(receiver, 6001, 5, b, 20) != first);
    ln_receiver_close(receiver);

    /* Through 2^32. */
    receiver = open_receiver(&usual, &a->picture.model);
    first = push_counted(receiver, 0, UINT32_MAX - 1, a, 0);
    assert_int_equal(push_counted(receiver, 10, 1, a, 10), first);
    assert_int_equal(push_counted(receiver, 20, UINT32_MAX, a, 9), first);
    ln_receiver_close(receiver);
    forget(a);
    forget(b);
    forget(c);
}

static void a_call_closes(void **state)
{
    (void)state;
    sent *a = send_one(MODEL, 7, 0, 8), *b = send_one(MODEL, 7, 0, 9);
    ln_receiver *receiver = open_receiver(&usual, &a->picture.model);
    uint64_t first = push_at(receiver, 0, a, 0), second;
    assert_int_equal(ln_receiver_close_image(receiver, first), 1);
    assert_int_equal(ln_receiver_close_image(receiver, first), 0);
    assert_null(ln_receiver_image(receiver, first));
    second = push_at(receiver, 1, b, 20); /* fits the old one too */
    assert_true(second && second != first);
    assert_int_equal(info_of(receiver).closed, 1);
    assert_int_equal(info_of(receiver).images, 1);
    ln_receiver_close(receiver);
    forget(a);
    forget(b);
}

/* Repair packets that come first are kept: with the packets that follow they bring back the lost one. */
static void repair_packets_may_come_first(void **state)
{
    (void)state;
    enum { NUMBERED = 6, BLOCK = 60 }; /* a body takes one block */
    sent *s = send_one(MODEL, 7, 0, 20);
    const picture *p = &s->picture;
    uint8_t packet[LN_MAX_PAYLOAD] = {0};
    for (unsigned n = 0; n < NUMBERED;
         n++) { /* the plain packets become numbered ones, and their bodies a sum */
        uint8_t body[LN_MAX_BODY];
        size_t size = s->packet[n].size;
        unsigned length = ln_body_make(body, s->packet[n].rank, s->packet[n].bytes + LN_HEADER_BYTES,
                                       (unsigned)size - LN_HEADER_BYTES);
        assert_in_range(length, 1, BLOCK);
        ln_field_add(packet + LN_REPAIR_START, body, length, ln_repair_factor(NUMBERED - 1, 0, 0, n));
        memmove(s->packet[n].bytes + LN_NUMBERED_START, s->packet[n].bytes + LN_HEADER_BYTES,
                size - LN_HEADER_BYTES);
        s->packet[n].bytes[0] |= 1 << 6;
        s->packet[n].bytes[LN_HEADER_BYTES] = (uint8_t)n;
        s->packet[n].size++;
    }
    packet[0] = 2 << 6;
    packet[1] = 7 << 2;
    packet[2] = (NUMBERED - 1) << 2;
    packet[3] = 1 << 3; /* all blocks so far, one sum */
    ln_receiver *receiver = open_receiver(&usual, &p->model);
    uint64_t id;
    assert_int_equal(
        ln_receiver_push(receiver, &(ln_arrival){.device = 1}, packet, LN_REPAIR_START + BLOCK, &id), LN_OK);
    for (size_t n = 0; n < NUMBERED; n++)
        if (n != 1)
            assert_int_equal(push_at(receiver, 0, s, n), id);
    ln_image_info info;
    ln_image_get_info(ln_receiver_image(receiver, id), &info);
    assert_int_equal(info.traffic.recovered, 1);
    assert_int_equal(push_at(receiver, 0, s, 1), id);
    ln_image_get_info(ln_receiver_image(receiver, id), &info);
    assert_int_equal(info.traffic.duplicate.packets, 1);
    assert_true(is_right(ln_receiver_image(receiver, id), s));
    ln_receiver_close(receiver);
    forget(s);
}

/* ---- Room ------------------------------------------------------------------------------------ */

static void garbage_pushes_out_nobody_else(void **state)
{
    (void)state;
    uint64_t seed = 10, id, good[4];
    sent *s = send_one(MODEL, 1, 0, 11);
    ln_receiver_config config = usual;
    config.max_images_per_device = 3;
    ln_receiver *receiver = open_receiver(&config, &s->picture.model);
    for (uint64_t device = 0; device < 4; device++)
        for (size_t i = 0; i < 2; i++)
            push(receiver, (ln_arrival){.device = device}, s, i, &good[device]);
    for (unsigned i = 0; i < 20000; i++) {
        uint8_t bytes[51];
        for (size_t k = 0; k < sizeof bytes; k++)
            bytes[k] = (uint8_t)random_below(&seed, 256);
        ln_receiver_push(receiver, &(ln_arrival){.device = i % 2 ? 3 : 99, .time_ms = i}, bytes, sizeof bytes,
                         &id);
    }
    for (uint64_t device = 0; device < 3; device++)
        assert_true(is_right(ln_receiver_image(receiver, good[device]), s));
    assert_non_null(ln_receiver_image(receiver, good[3])); /* of a device that also sends garbage */
    assert_true(info_of(receiver).images <= 8);
    assert_true(info_of(receiver).dropped > 100);
    ln_receiver_close(receiver);
    forget(s);
}

/* ---- Time ------------------------------------------------------------------------------------ */

static void only_accepted_packets_keep_a_picture(void **state)
{
    (void)state;
    sent *s = send_one(MODEL, 1, 0, 12);
    ln_receiver *receiver = open_receiver(&usual, &s->picture.model);
    uint64_t id = push_at(receiver, 0, s, 0);
    assert_int_equal(push_at(receiver, 3600000, s, 0), id); /* a duplicate */
    assert_true(push_at(receiver, 3600001, s, 0) != id);
    assert_int_equal(info_of(receiver).idle, 1);
    ln_receiver_close(receiver);
    forget(s);
}

static void a_clock_may_jump(void **state)
{
    (void)state;
    sent *s = send_one(MODEL, 1, 0, 13);
    ln_receiver *receiver = open_receiver(&usual, &s->picture.model);
    const uint64_t year = UINT64_C(31536000000);
    uint64_t id = push_at(receiver, 1000, s, 0);
    ln_receiver_expire(receiver, UINT64_MAX); /* closes it, and that is all */
    assert_null(ln_receiver_image(receiver, id));
    id = push_at(receiver, year, s, 0); /* back: stands still */
    assert_int_equal(push_at(receiver, year + 3600000, s, 1), id);
    ln_receiver_expire(receiver,
                       year + 3600001); /* the clock was set: it goes on, and this picture was idle */
    assert_int_equal(info_of(receiver).idle, 2);
    id = push_at(receiver, year + 3600002, s, 0);
    ln_receiver_expire(receiver, year + 7200002);
    assert_non_null(ln_receiver_image(receiver, id));
    ln_receiver_expire(receiver, year + 7200003);
    assert_null(ln_receiver_image(receiver, id));

    /* Two sources whose clocks differ by an hour do not make it run faster. */
    id = push_at(receiver, 2 * year, s, 0);
    for (unsigned i = 1; i < 50; i++)
        ln_receiver_expire(receiver, 2 * year + 1000 * i - (i % 2 ? 3600000 : 0));
    assert_non_null(ln_receiver_image(receiver, id));
    ln_receiver_close(receiver);
    forget(s);
}

/* ---- Checks and models ----------------------------------------------------------------------- */

/* Every byte of 50 streams damaged once: nothing that was not sent is ever shown. */
static void damage_with_checks_shows_nothing_wrong(void **state)
{
    (void)state;
    static const char *const models[] = {"tests/models/tiny.lnm", "tests/models/tiny-nomap.lnm",
                                         "tests/models/random-wide.lnm", MODEL};
    uint64_t seed = 14;
    unsigned tried = 0;
    ln_receiver_config config = usual;
    config.check_required = 1;
    for (unsigned stream = 0; stream < 50; stream++) {
        sent *s = send_one(models[stream % 4], random_below(&seed, LN_PICTURES), 1, 100 + stream);
        size_t packets = s->count < 12 ? s->count : 12;
        for (size_t i = 0; i < packets; i++)
            for (size_t byte = 0; byte < s->packet[i].size; byte++, tried++) {
                uint8_t wrong = (uint8_t)(1 + random_below(&seed, 255));
                ln_receiver *receiver = open_receiver(&config, &s->picture.model);
                s->packet[i].bytes[byte] ^= wrong;
                uint64_t id = 0;
                for (size_t k = 0; k < packets; k++) {
                    uint64_t one = push_at(receiver, k, s, k);
                    assert_true(k == i ? !one : one && (!id || one == id));
                    id = one ? one : id;
                }
                if (id)
                    assert_true(is_right(ln_receiver_image(receiver, id), s));
                assert_int_equal(info_of(receiver).refused.packets, 1);
                s->packet[i].bytes[byte] ^= wrong;
                ln_receiver_close(receiver);
            }
        forget(s);
    }
    print_message("%u damaged packets\n", tried);
}

/* Without that setting a device with an open picture whose packets have checks needs none without. */
static void checks_are_expected_of_who_has_them(void **state)
{
    (void)state;
    sent *a = send_one(MODEL, 3, 1, 15), *b = send_one(MODEL, 3, 0, 15);
    ln_receiver *receiver = open_receiver(&usual, &a->picture.model);
    uint64_t id, plain = push_at(receiver, 0, b, 0), checked = push_at(receiver, 0, a, 0);
    assert_true(plain && checked && plain != checked); /* the same picture, but one of them must be damaged */
    assert_int_equal(push(receiver, (ln_arrival){.device = 1}, b, 1, &id), LN_ERR_PACKET);
    assert_int_equal(push_at(receiver, 0, a, 1), checked);
    ln_receiver_close(receiver);
    forget(a);
    forget(b);
}

typedef struct fleet {
    const ln_model *model[2];
} fleet;

static const ln_model *model_of(void *context, uint64_t device)
{
    const fleet *f = context;
    return device < 2 ? f->model[device] : NULL;
}

static void each_device_has_its_model(void **state)
{
    (void)state;
    sent *a = send_one(MODEL, 3, 0, 16), *b = send_one("tests/models/random-wide.lnm", 3, 0, 17);
    fleet f = {{&a->picture.model, &b->picture.model}};
    ln_receiver_config config = usual;
    config.model_of = model_of;
    config.context = &f;
    ln_receiver *receiver = open_receiver(&config, NULL);
    uint64_t ids[2] = {0}, id;
    for (size_t i = 0; i < 5; i++) {
        push(receiver, (ln_arrival){.device = 0}, a, i, &ids[0]);
        push(receiver, (ln_arrival){.device = 1}, b, i, &ids[1]);
    }
    assert_ptr_equal(ln_image_model(ln_receiver_image(receiver, ids[0])), f.model[0]);
    assert_ptr_equal(ln_image_model(ln_receiver_image(receiver, ids[1])), f.model[1]);
    assert_true(is_right(ln_receiver_image(receiver, ids[0]), a));
    assert_true(is_right(ln_receiver_image(receiver, ids[1]), b));
    assert_int_equal(push(receiver, (ln_arrival){.device = 2}, a, 0, &id), LN_ERR_MISMATCH);
    ln_receiver_close(receiver);
    forget(a);
    forget(b);
}

/* ---- Cost ------------------------------------------------------------------------------------ */

/* How many pictures a packet makes the receiver look at, with so many open ones. */
static double steps_per_packet(const sent *s, size_t pictures)
{
    ln_receiver_config config = {.max_images = pictures, .idle_ms = UINT64_MAX};
    ln_receiver *receiver = open_receiver(&config, &s->picture.model);
    for (uint64_t device = 0; device < pictures; device++)
        push(receiver, (ln_arrival){.device = device << 20, .time_ms = device}, s, 0, NULL);
    assert_int_equal(info_of(receiver).images, pictures);
    uint64_t before = ln_receiver_steps(receiver), seed = 18;
    for (unsigned i = 0; i < 2000; i++)
        push(receiver,
             (ln_arrival){.device = (uint64_t)random_below(&seed, (unsigned)pictures) << 20, .time_ms = i}, s,
             1 + random_below(&seed, 3), NULL);
    for (uint64_t device = 0; device < 2000; device++) /* and new ones, for which others must go */
        push(receiver, (ln_arrival){.device = device << 20 | 1, .time_ms = pictures + device}, s, 0, NULL);
    double steps = (double)(ln_receiver_steps(receiver) - before) / 4000;
    ln_receiver_close(receiver);
    return steps;
}

static void the_cost_does_not_depend_on_the_pictures(void **state)
{
    (void)state;
    sent *s = send_one("tests/models/tiny.lnm", 3, 0, 19);
    for (size_t pictures = 10; pictures <= 100000; pictures *= 10) {
        double steps = steps_per_packet(s, pictures);
        print_message("%6zu pictures: %.2f looked at for a packet\n", pictures, steps);
        assert_true(steps < 6);
    }
    forget(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contents_tell),
        cmocka_unit_test(what_cannot_be_decided_is_left_out),
        cmocka_unit_test(counters_tell),
        cmocka_unit_test(a_call_closes),
        cmocka_unit_test(repair_packets_may_come_first),
        cmocka_unit_test(garbage_pushes_out_nobody_else),
        cmocka_unit_test(only_accepted_packets_keep_a_picture),
        cmocka_unit_test(a_clock_may_jump),
        cmocka_unit_test(damage_with_checks_shows_nothing_wrong),
        cmocka_unit_test(checks_are_expected_of_who_has_them),
        cmocka_unit_test(each_device_has_its_model),
        cmocka_unit_test(the_cost_does_not_depend_on_the_pictures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
