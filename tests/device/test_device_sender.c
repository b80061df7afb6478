/* The sender: what goes out, in which order, and that it keeps to deadlines, airtime and the stack's payload.
 */
#include "device/support_device.h"

#define AIRTIME 100000u
#define DEADLINE 1000000u
#define LN_NEVER UINT32_MAX

typedef struct scene {
    uint8_t *file;
    ln_model model;
    camera made[LN_SENDER_PICTURES + 1];
    uint8_t memory[LN_SENDER_PICTURES + 1][LN_PROTECTION_BYTES];
    ln_sender sender;
} scene;

static const ln_allowance ordinary = {DEADLINE, UINT32_MAX, 0};

/* Cameras with a picture each, numbers 10, 11, ... The sender's clock begins shortly before it wraps round.
 */
static void scene_open(scene *s, ln_queue order, unsigned loss)
{
    size_t size;

    s->file = read_whole("tests/models/random-cifar.lnm", &size);
    assert_int_equal(ln_model_open(&s->model, s->file, size), LN_OK);
    uint8_t *ppm = read_whole("tests/golden/photo-32x32.ppm", &size);
    for (unsigned i = 0; i <= LN_SENDER_PICTURES; i++) {
        s->made[i] = camera_make(&s->model);
        encode_picture(s->made[i].c, &s->model, ppm + size - 3 * 32 * 32, 10 + i);
    }
    free(ppm);
    assert_int_equal(ln_sender_init(&s->sender, order, loss, UINT32_MAX - 500), LN_OK);
}

static void scene_close(scene *s)
{
    for (unsigned i = 0; i <= LN_SENDER_PICTURES; i++)
        camera_free(&s->made[i]);
    free(s->file);
}

/* Milliseconds after the sender was made, as its clock shows them. */
static uint32_t after(uint32_t milliseconds)
{
    return UINT32_MAX - 500 + milliseconds;
}

static void add(scene *s, unsigned i, const ln_allowance *allowance, uint32_t at)
{
    assert_int_equal(ln_sender_add(&s->sender, s->made[i].c, allowance, after(at)), LN_OK);
}

static ln_step next(scene *s, uint32_t at, unsigned payload, uint32_t wait, uint8_t *packet, size_t *size)
{
    const ln_offer offer = {after(at), wait, AIRTIME, (uint16_t)payload};
    uint32_t waits;
    ln_step step = ln_sender_next(&s->sender, &offer, packet, size, &waits);

    assert_int_equal(waits, step == LN_STEP_WAIT ? wait : 0);
    assert_true(step == LN_STEP_SEND ? *size > 0 && *size <= payload : *size == 0);
    return step;
}

/* Sends one packet and says of which picture and from which rank on. */
static unsigned send_one(scene *s, uint32_t at, unsigned *rank)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    ln_packet_header header;

    assert_int_equal(next(s, at, 51, 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
    *rank = header.rank;
    return header.picture;
}

static void with_protection_packets_are_those_of_the_camera(void **state)
{
    static const unsigned rooms[] = {51, 242, 13, 115, 255};
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD], due[LN_MAX_PAYLOAD];
    size_t size, due_size;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 77);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ln_camera_protect(s.made[i].c, 40, s.memory[i], LN_PROTECTION_BYTES), LN_OK);
    encode_picture(s.made[1].c, &s.model, (const uint8_t *)s.memory[2], 10); /* other pixels, same number */
    encode_picture(s.made[0].c, &s.model, (const uint8_t *)s.memory[2], 10);
    add(&s, 0, &ordinary, 0);
    unsigned i = 0;
    for (; ln_camera_next(s.made[1].c, rooms[i % 5], due, &due_size) == LN_OK; i++) {
        assert_int_equal(next(&s, i, rooms[i % 5], 0, packet, &size), LN_STEP_SEND);
        assert_int_equal(size, due_size);
        assert_memory_equal(packet, due, size);
    }
    /* What is left of the time is for plain repeats, most important first. */
    ln_packet_header header;
    assert_int_equal(next(&s, i, rooms[i % 5], 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
    assert_true(header.form == LN_PACKET_PLAIN && header.rank == 0);
    scene_close(&s);
}

static void without_loss_everything_goes_out_once(void **state)
{
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD], due[LN_MAX_PAYLOAD];
    size_t size, due_size;
    unsigned rank = 0, room = 11;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    add(&s, 0, &ordinary, 0);
    for (; ln_camera_packet(s.made[1].c, rank, room, due, &due_size, &rank) == LN_OK;
         room = 11 + room % 245) {
        due[0] = 0, due[1] = 0;
        assert_int_equal(next(&s, 0, room, 0, packet, &size), LN_STEP_SEND);
        packet[0] = 0, packet[1] = 0; /* where the number of the picture is */
        assert_int_equal(size, due_size);
        assert_memory_equal(packet, due, size);
    }
    assert_int_equal(next(&s, 0, 51, 0, packet, &size), LN_STEP_DONE);
    assert_int_equal(ln_sender_count(&s.sender), 0);
    scene_close(&s);
}

/* Each packet is the one that is worth most: loss to the power of its copies before, over the bytes before
 * it. */
static void repeats_go_out_when_they_are_worth_more(void **state)
{
    scene s;
    double worth[LN_SENDER_COPIES], bytes[LN_SENDER_COPIES] = {0};
    unsigned position[LN_SENDER_COPIES] = {0}, starts[512], count = 0, sent = 0, rank,
             repeats_before_the_end = 0;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 128);
    size_t size;
    uint8_t packet[LN_MAX_PAYLOAD];
    unsigned sizes[512];
    for (unsigned at = 0; ln_camera_packet(s.made[0].c, at, 51, packet, &size, &rank) == LN_OK; at = rank)
        sizes[count] = (unsigned)size, starts[count++] = at;
    add(&s, 0, &ordinary, 0);
    while (next(&s, 0, 51, 0, packet, &size) == LN_STEP_SEND) {
        unsigned best = LN_SENDER_COPIES;
        for (unsigned n = 0; n < LN_SENDER_COPIES; n++) {
            worth[n] = pow(0.5, n) / (bytes[n] + 64);
            int may = position[n] < count && (n == 0 || bytes[n] < bytes[n - 1]);
            if (may && (best == LN_SENDER_COPIES || worth[n] > worth[best]))
                best = n;
        }
        ln_packet_header header;
        assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
        assert_int_equal(header.rank, starts[position[best]]);
        bytes[best] += sizes[position[best]++];
        repeats_before_the_end += best > 0 && position[0] < count;
        sent++;
    }
    assert_int_equal(sent, LN_SENDER_COPIES * count);
    assert_true(repeats_before_the_end > count / 4);
    scene_close(&s);
}

static void the_newest_picture_goes_first_by_default(void **state)
{
    scene s;
    unsigned rank;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    add(&s, 0, &ordinary, 0);
    assert_int_equal(send_one(&s, 1, &rank), 10);
    add(&s, 1, &ordinary, 2);
    assert_int_equal(send_one(&s, 3, &rank), 11);
    assert_int_equal(rank, 0);
    assert_int_equal(ln_sender_holds(&s.sender, s.made[1].c), 1);
    ln_sender_drop(&s.sender, s.made[1].c);
    assert_int_equal(ln_sender_holds(&s.sender, s.made[1].c), 0);
    assert_int_equal(ln_sender_holds(&s.sender, s.made[0].c), 1);
    assert_int_equal(send_one(&s, 4, &rank), 10);
    assert_true(rank > 0); /* it goes on where it was */
    scene_close(&s);
}

static void older_pictures_follow_before_the_newest_is_repeated(void **state)
{
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    unsigned first[2] = {0}, steps = 0;
    ln_packet_header header;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 20);
    add(&s, 0, &ordinary, 0);
    add(&s, 1, &ordinary, 0);
    for (; next(&s, 0, 200, 0, packet, &size) == LN_STEP_SEND && !(first[0] && first[1]); steps++) {
        assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
        if (!first[header.picture - 10])
            first[header.picture - 10] = steps + 1;
    }
    assert_true(first[1] == 1 && first[0] > 1);
    scene_close(&s);
}

static void a_fair_queue_keeps_pictures_level_and_priority_goes_before(void **state)
{
    scene s;
    unsigned rank, bytes[3] = {0};

    (void)state;
    scene_open(&s, LN_QUEUE_FAIR, 0);
    for (unsigned i = 0; i < 3; i++)
        add(&s, i, &ordinary, i);
    for (unsigned n = 0; n < 12; n++)
        bytes[send_one(&s, 5, &rank) - 10]++;
    assert_true(bytes[0] == 4 && bytes[1] == 4 && bytes[2] == 4);
    scene_close(&s);

    scene_open(&s, LN_QUEUE_PRIORITY, 0);
    for (unsigned i = 0; i < 3; i++)
        add(&s, i, &(ln_allowance){DEADLINE, UINT32_MAX, (uint8_t)(i == 1)}, i);
    assert_int_equal(send_one(&s, 5, &rank), 11);
    assert_int_equal(send_one(&s, 5, &rank), 11);
    ln_sender_drop(&s.sender, s.made[1].c);
    assert_true(send_one(&s, 5, &rank) != send_one(&s, 5, &rank));
    scene_close(&s);
}

static void nothing_goes_out_behind_a_deadline_or_beyond_the_airtime(void **state)
{
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    add(&s, 0, &(ln_allowance){1000, UINT32_MAX, 0}, 0);
    assert_int_equal(next(&s, 10, 51, 900, packet, &size), LN_STEP_WAIT);
    assert_int_equal(next(&s, 999, 51, 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(next(&s, 1000, 51, 0, packet, &size), LN_STEP_DONE);
    add(&s, 0, &(ln_allowance){1000, UINT32_MAX, 0}, 2000);
    assert_int_equal(next(&s, 2000, 51, 1000, packet, &size), LN_STEP_DONE); /* waiting would miss it */
    add(&s, 0, &(ln_allowance){1000, UINT32_MAX, 0}, 3000);
    assert_int_equal(next(&s, 3000, 51, LN_NEVER, packet, &size), LN_STEP_DONE);
    add(&s, 0, &(ln_allowance){DEADLINE, 2 * AIRTIME + 1, 0}, 4000);
    assert_int_equal(next(&s, 4000, 51, 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(next(&s, 4000, 51, 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(next(&s, 4000, 51, 0, packet, &size), LN_STEP_DONE);
    scene_close(&s);
}

static void time_does_not_go_back(void **state)
{
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    add(&s, 0, &(ln_allowance){1000, UINT32_MAX, 0}, 5000);
    assert_int_equal(next(&s, 5900, 51, 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(next(&s, 100, 51, 0, packet, &size), LN_STEP_SEND); /* as at 5900 */
    assert_int_equal(next(&s, 199, 51, 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(next(&s, 200, 51, 0, packet, &size), LN_STEP_DONE);
    scene_close(&s);
}

static void commands_that_fill_the_payload_are_flushed(void **state)
{
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    add(&s, 0, &ordinary, 0);
    assert_int_equal(next(&s, 0, 10, 0, packet, &size), LN_STEP_FLUSH);
    assert_int_equal(next(&s, 0, 0, 0, packet, &size), LN_STEP_FLUSH);
    assert_int_equal(next(&s, 0, 11, 0, packet, &size), LN_STEP_SEND);
    ln_sender_drop(&s.sender, s.made[0].c);
    assert_int_equal(ln_camera_check(s.made[1].c, 1), LN_OK);
    add(&s, 1, &ordinary, 0);
    assert_int_equal(next(&s, 0, 12, 0, packet, &size), LN_STEP_FLUSH);
    assert_int_equal(next(&s, 0, 13, 0, packet, &size), LN_STEP_SEND);
    scene_close(&s);
}

static void a_camera_that_has_gone_on_sends_nothing_wrong(void **state)
{
    static const uint8_t grey[3 * 32 * 32];
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    unsigned rank;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    add(&s, 0, &ordinary, 0);
    send_one(&s, 0, &rank);
    encode_picture(s.made[0].c, &s.model, grey, 500);
    assert_int_equal(next(&s, 0, 51, 0, packet, &size), LN_STEP_DONE);
    add(&s, 0, &ordinary, 0);
    assert_int_equal(ln_camera_begin(s.made[0].c, 501), LN_OK);
    assert_int_equal(next(&s, 0, 51, 0, packet, &size), LN_STEP_DONE);
    scene_close(&s);
}

static void it_goes_on_after_a_restart(void **state)
{
    scene s;
    ln_camera *cameras[LN_SENDER_PICTURES + 1];
    uint8_t stored[LN_SENDER_BYTES], packet[2][LN_MAX_PAYLOAD];
    size_t size[2];
    ln_sender other;
    uint32_t wait;

    (void)state;
    scene_open(&s, LN_QUEUE_FAIR, 100);
    for (unsigned i = 0; i <= LN_SENDER_PICTURES; i++)
        cameras[LN_SENDER_PICTURES - i] = i == 3 ? NULL : s.made[i].c;
    for (unsigned i = 0; i < 5; i++)
        add(&s, i, &ordinary, i);
    ln_sender_drop(&s.sender, s.made[3].c);
    for (unsigned n = 0; n < 10; n++)
        assert_int_equal(next(&s, 30 * n, 51, 0, packet[0], &size[0]), LN_STEP_SEND);
    ln_sender_store(&s.sender, stored);
    assert_int_equal(
        ln_sender_restore(&other, stored, sizeof stored, cameras, LN_SENDER_PICTURES + 1, 77, 1000), LN_OK);
    assert_int_equal(ln_sender_count(&other), 4);
    ln_step step, other_step;
    unsigned sent = 0;
    do {
        const ln_offer offer = {77 + sent, 0, AIRTIME, 51};
        step = next(&s, 1290 + sent, 51, 0, packet[0], &size[0]);
        other_step = ln_sender_next(&other, &offer, packet[1], &size[1], &wait);
        assert_int_equal(step, other_step);
        assert_int_equal(size[0], size[1]);
        assert_memory_equal(packet[0], packet[1], size[0]);
        sent++;
    } while (step == LN_STEP_SEND);
    assert_true(sent > 50);
    /* Deadlines go on while it sleeps. */
    assert_int_equal(
        ln_sender_restore(&other, stored, sizeof stored, cameras, LN_SENDER_PICTURES + 1, 77, DEADLINE),
        LN_OK);
    assert_int_equal(ln_sender_count(&other), 0);
    /* Without the cameras there is nothing to send. */
    assert_int_equal(ln_sender_restore(&other, stored, sizeof stored, cameras, 4, 77, 0), LN_OK);
    assert_int_equal(ln_sender_count(&other), 0);
    scene_close(&s);
}

static void a_damaged_store_is_refused(void **state)
{
    scene s;
    uint8_t stored[LN_SENDER_BYTES];
    ln_sender other;
    ln_camera *cameras[1];

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    cameras[0] = s.made[0].c;
    add(&s, 0, &ordinary, 0);
    ln_sender_store(&s.sender, stored);
    for (unsigned i = 0; i < sizeof stored; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            stored[i] ^= (uint8_t)(1u << bit);
            assert_int_equal(ln_sender_restore(&other, stored, sizeof stored, cameras, 1, 0, 0),
                             LN_ERR_MODEL);
            assert_int_equal(ln_sender_count(&other), 0);
            stored[i] ^= (uint8_t)(1u << bit);
        }
    assert_int_equal(ln_sender_restore(&other, stored, sizeof stored - 1, cameras, 1, 0, 0), LN_ERR_MODEL);
    assert_int_equal(ln_sender_restore(&other, stored, sizeof stored, cameras, 1, 0, 0), LN_OK);
    assert_int_equal(ln_sender_count(&other), 1);
    scene_close(&s);
}

static void shares_of_repair_packets_follow_the_loss(void **state)
{
    scene s;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    static const struct {
        unsigned loss, share;
    } known[] = {{0, 0}, {26, 16}, {77, 40}, {128, 60}, {255, LN_MOST_PROTECTION}};
    assert_int_equal(ln_share_for_loss(UINT32_MAX), LN_MOST_PROTECTION);
    for (unsigned i = 0; i < 5; i++) {
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size;
        unsigned repairs = 0, packets = 0;
        ln_packet_header header;

        assert_int_equal(ln_share_for_loss(known[i].loss), known[i].share);
        assert_int_equal(ln_camera_protect(s.made[i].c, 1, s.memory[i], LN_PROTECTION_BYTES), LN_OK);
        ln_sender_loss(&s.sender, known[i].loss);
        add(&s, i, &ordinary, 0);
        for (; packets < 60 && next(&s, 0, 13, 0, packet, &size) == LN_STEP_SEND; packets++) {
            assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
            repairs += header.form == LN_PACKET_REPAIR;
        }
        assert_in_range(100 * repairs / packets + 3, known[i].share, known[i].share + 6);
        ln_sender_drop(&s.sender, s.made[i].c);
    }
    scene_close(&s);
}

static void a_picture_that_began_without_protection_goes_on_without(void **state)
{
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    ln_packet_header header;
    unsigned rank = 0, repeats = 0;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(ln_camera_protect(s.made[i].c, 40, s.memory[i], LN_PROTECTION_BYTES), LN_OK);
    add(&s, 0, &ordinary, 0);
    assert_int_equal(next(&s, 0, 51, 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(ln_camera_share(s.made[0].c, 40), LN_ERR_STATE);
    ln_sender_loss(&s.sender, 128);
    while (next(&s, 0, 51, 0, packet, &size) == LN_STEP_SEND) {
        assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
        assert_int_equal(header.form, LN_PACKET_PLAIN);
        repeats += header.rank <= rank;
        rank = header.rank;
    }
    assert_true(repeats > 0);
    add(&s, 1, &ordinary, 0); /* the next one has it from the beginning */
    assert_int_equal(next(&s, 0, 51, 0, packet, &size), LN_STEP_SEND);
    assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
    assert_int_equal(header.form, LN_PACKET_NUMBERED);
    scene_close(&s);
}

static void a_hint_moves_what_is_expected_and_a_far_one_is_believed(void **state)
{
    static const struct {
        unsigned expected, hint, then;
    } known[] = {{102, 96, 102}, /* within its step, 96 to 103: nothing new */
                 {102, 64, 91},  /* a third of the way to its middle */
                 {102, 136, 114}, {102, 24, 28}, {26, 104, 108}, {230, 248, 230}};
    scene s;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    for (unsigned i = 0; i < 6; i++) {
        const ln_feedback feedback = {10, 0, (uint8_t)known[i].hint, 0};
        uint8_t bytes[LN_FEEDBACK_BYTES];

        ln_sender_loss(&s.sender, known[i].expected);
        assert_int_equal(ln_feedback_write(&feedback, bytes), LN_OK);
        assert_int_equal(ln_sender_feedback(&s.sender, bytes, sizeof bytes), LN_OK);
        assert_int_equal(s.sender.loss, known[i].then);
    }
    scene_close(&s);
}

static void feedback_ends_a_picture_and_tells_the_loss(void **state)
{
    scene s;
    uint8_t bytes[LN_FEEDBACK_BYTES];

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    add(&s, 0, &ordinary, 0);
    add(&s, 1, &ordinary, 0);
    assert_int_equal(ln_feedback_write(&(ln_feedback){11, 0, 80, 500}, bytes), LN_OK);
    assert_int_equal(ln_sender_feedback(&s.sender, bytes, sizeof bytes), LN_OK);
    assert_int_equal(ln_sender_count(&s.sender), 2);
    assert_int_equal(s.sender.loss, 84); /* the middle of its step */
    assert_int_equal(ln_sender_feedback(&s.sender, bytes, 2), LN_ERR_PACKET);
    assert_int_equal(ln_feedback_write(&(ln_feedback){99, 1, 40, 500}, bytes), LN_OK);
    assert_int_equal(ln_sender_feedback(&s.sender, bytes, sizeof bytes), LN_OK);
    assert_int_equal(ln_sender_count(&s.sender),
                     2); /* of a picture that is not there: only its loss counts */
    assert_true(s.sender.loss < 84);
    assert_int_equal(ln_feedback_write(&(ln_feedback){11, 1, 40, 500}, bytes), LN_OK);
    assert_int_equal(ln_sender_feedback(&s.sender, bytes, sizeof bytes), LN_OK);
    assert_int_equal(ln_sender_count(&s.sender), 1);
    unsigned rank;
    assert_int_equal(send_one(&s, 5, &rank), 10);
    bytes[0] ^= 0x80;
    assert_int_equal(ln_sender_feedback(&s.sender, bytes, sizeof bytes), LN_ERR_VERSION);
    assert_int_equal(ln_sender_feedback(NULL, bytes, sizeof bytes), LN_ERR_ARGUMENT);
    scene_close(&s);
}

static void wrong_use_is_refused(void **state)
{
    scene s;
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    uint32_t wait;
    const ln_offer offer = {0, 0, 1, 51};
    ln_camera *none = NULL;

    (void)state;
    scene_open(&s, LN_QUEUE_NEWEST, 0);
    assert_int_equal(ln_sender_init(NULL, LN_QUEUE_FAIR, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_sender_init(&s.sender, (ln_queue)3, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_sender_init(&s.sender, LN_QUEUE_FAIR, 231, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_sender_init(&s.sender, LN_QUEUE_FAIR, 0, 0), LN_OK);
    assert_int_equal(ln_sender_add(&s.sender, NULL, &ordinary, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_sender_add(&s.sender, s.made[0].c, NULL, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_sender_add(&s.sender, s.made[0].c, &(ln_allowance){2000000001, 1, 0}, 0),
                     LN_ERR_ARGUMENT);
    for (unsigned i = 0; i < LN_SENDER_PICTURES; i++)
        assert_int_equal(ln_sender_add(&s.sender, s.made[i].c, &ordinary, 0), LN_OK);
    assert_int_equal(ln_sender_add(&s.sender, s.made[0].c, &ordinary, 0), LN_ERR_STATE);
    assert_int_equal(ln_sender_add(&s.sender, s.made[LN_SENDER_PICTURES].c, &ordinary, 0), LN_ERR_SPACE);
    ln_sender_drop(&s.sender, s.made[4].c);
    assert_int_equal(ln_camera_begin(s.made[4].c, 3), LN_OK);
    assert_int_equal(ln_sender_add(&s.sender, s.made[4].c, &ordinary, 0), LN_ERR_STATE);
    assert_int_equal(ln_sender_next(NULL, &offer, packet, &size, &wait), LN_STEP_WRONG);
    assert_int_equal(ln_sender_next(&s.sender, NULL, packet, &size, &wait), LN_STEP_WRONG);
    assert_int_equal(ln_sender_restore(NULL, packet, 1, &none, 1, 0, 0), LN_ERR_ARGUMENT);
    assert_int_equal(ln_camera_share(s.made[0].c, 10), LN_ERR_ARGUMENT); /* no memory */
    ln_sender_drop(NULL, NULL);
    ln_sender_loss(NULL, 1);
    ln_sender_store(NULL, packet);
    assert_int_equal(ln_sender_count(NULL), 0);
    assert_int_equal(ln_sender_holds(NULL, s.made[0].c), 0);
    assert_int_equal(ln_sender_holds(&s.sender, NULL), 0);
    scene_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_protection_packets_are_those_of_the_camera),
        cmocka_unit_test(without_loss_everything_goes_out_once),
        cmocka_unit_test(repeats_go_out_when_they_are_worth_more),
        cmocka_unit_test(the_newest_picture_goes_first_by_default),
        cmocka_unit_test(older_pictures_follow_before_the_newest_is_repeated),
        cmocka_unit_test(a_fair_queue_keeps_pictures_level_and_priority_goes_before),
        cmocka_unit_test(nothing_goes_out_behind_a_deadline_or_beyond_the_airtime),
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(commands_that_fill_the_payload_are_flushed),
        cmocka_unit_test(a_camera_that_has_gone_on_sends_nothing_wrong),
        cmocka_unit_test(it_goes_on_after_a_restart),
        cmocka_unit_test(a_damaged_store_is_refused),
        cmocka_unit_test(shares_of_repair_packets_follow_the_loss),
        cmocka_unit_test(a_picture_that_began_without_protection_goes_on_without),
        cmocka_unit_test(a_hint_moves_what_is_expected_and_a_far_one_is_believed),
        cmocka_unit_test(feedback_ends_a_picture_and_tells_the_loss),
        cmocka_unit_test(wrong_use_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
