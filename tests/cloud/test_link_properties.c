/* Cameras with senders and ledgers on links that lose, delay, shuffle and repeat packets. They restart, their
 * clocks go back, their payload changes, and feedback comes late or not at all. No window holds more airtime
 * than its limit, nothing wrong is shown, and no picture is starved by those that share its sender.
 *
 *     test_link_properties [PACKETS [SEED [LOG]]]
 *
 * The log has a line for each frame, for tests/link/budgets.py. */
#include "cloud/support_truth.h"

#include <limitnet/link.h>

#define DEVICES 12
#define CAMERAS 3 /* of a device: so many pictures wait at most */
#define TRUTHS 64
#define FLYING 256
#define HOUR_US 36000000u  /* airtime in an hour: 1 % */
#define DAY_US 200000000u  /* and in a day */
#define MOST_FRAMES 400000 /* of a device, that are remembered */

typedef struct frame {
    uint64_t begin, end; /* microseconds */
} frame;

typedef struct device {
    const ln_model *model;
    ln_camera *camera[CAMERAS];
    void *memory[CAMERAS];
    uint8_t sent[CAMERAS][LN_PROTECTION_BYTES];
    unsigned before[CAMERAS]; /* packets of others since this picture was queued; UINT32_MAX: it had one */
    ln_sender sender;
    ln_queue order;
    ln_ledger hour, day;
    ln_burst link;
    const ln_network *network;
    uint64_t clock_behind; /* milliseconds */
    uint64_t awake_ms;     /* nothing happens before */
    truth truths[TRUTHS];
    unsigned pictures;
    frame *frames;
    size_t count;
} device;

typedef struct flight {
    uint64_t due_ms; /* 0: none */
    ln_arrival arrival;
    uint8_t bytes[LN_MAX_PAYLOAD];
    size_t size;
} flight;

typedef struct world {
    uint8_t *files[3];
    ln_model models[3];
    device devices[DEVICES];
    flight flying[FLYING];
    ln_receiver *receiver;
    uint64_t seed, now, packets, restarts, starved, shown;
    FILE *log;
} world;

static unsigned below(world *w, unsigned limit)
{
    return random_below(&w->seed, limit);
}

static uint32_t clock_of(const world *w, const device *d)
{
    return (uint32_t)(w->now + 0xfff00000u - d->clock_behind); /* it wraps round after 17 minutes */
}

/* ---- What is shown --------------------------------------------------------------------------- */

static void check_image(void *context, const ln_image *image, ln_close_reason reason)
{
    (void)reason;
    world *w = context;
    ln_image_info info;
    ln_image_get_info(image, &info);
    const device *d = &w->devices[info.device];
    for (unsigned i = 0; i < TRUTHS; i++)
        if (d->truths[i].value && d->truths[i].number == info.number && truth_shows(&d->truths[i], image)) {
            w->shown++;
            return;
        }
    fail_msg("a wrong value is shown after %llu packets", (unsigned long long)w->packets);
}

/* ---- Link ------------------------------------------------------------------------------------ */

static void fly(world *w, unsigned number, const uint8_t *packet, size_t size)
{
    for (unsigned i = 0; i < FLYING; i++)
        if (!w->flying[i].due_ms) {
            flight *f = &w->flying[i];
            *f = (flight){.due_ms = w->now + 1 + (below(w, 3) ? 0 : below(w, 20000)), .size = size};
            f->arrival.device = number;
            memcpy(f->bytes, packet, size);
            return;
        }
}

static void deliver(world *w)
{
    for (unsigned i = 0; i < FLYING; i++) {
        flight *f = &w->flying[i];
        if (!f->due_ms || f->due_ms > w->now)
            continue;
        f->due_ms = 0;
        f->arrival.time_ms = w->now;
        ln_status status = ln_receiver_push(w->receiver, &f->arrival, f->bytes, f->size, NULL);
        assert_true(status == LN_OK || status == LN_NEED_MAP);
    }
}

static void transmit(world *w, device *d, const uint8_t *packet, size_t size, uint32_t airtime)
{
    unsigned number = (unsigned)(d - w->devices);
    assert_true(d->count < MOST_FRAMES);
    d->frames[d->count++] = (frame){1000 * w->now, 1000 * w->now + airtime};
    if (w->log)
        fprintf(w->log, "%u,%llu,%u\n", number, (unsigned long long)(1000 * w->now), airtime);
    ln_ledger_charge(&d->hour, clock_of(w, d), airtime);
    ln_ledger_charge(&d->day, clock_of(w, d), airtime);
    d->awake_ms = w->now + airtime / 1000 + 1; /* a radio sends one frame at a time */
    w->packets++;
    if (!ln_burst_next(&d->link, (uint32_t)w->now) && size > 0)
        do
            fly(w, number, packet, size);
        while (below(w, 12) == 0);
}

/* ---- Cameras --------------------------------------------------------------------------------- */

static void queue_picture(world *w, device *d)
{
    unsigned c = below(w, CAMERAS);
    if (below(w, 40)) { /* mostly into a camera that is free */
        for (c = 0; c < CAMERAS && d->before[c] != UINT32_MAX; c++)
            ;
        if (c == CAMERAS)
            return;
    }
    ln_sender_drop(&d->sender, d->camera[c]);
    ln_camera_protect(d->camera[c], 1, c == 0 ? NULL : d->sent[c], sizeof d->sent[c]);
    if (c == 0)
        ln_camera_protect(d->camera[c], 0, NULL, 0);
    truth_take(&d->truths[d->pictures % TRUTHS], d->camera[c], d->model, d->pictures % LN_PICTURES, &w->seed);
    d->pictures++;
    const ln_allowance allowance = {1000 + below(w, 3600000), below(w, 3) ? UINT32_MAX : below(w, 20000000),
                                    (uint8_t)below(w, 3)};
    assert_int_equal(ln_sender_add(&d->sender, d->camera[c], &allowance, clock_of(w, d)), LN_OK);
    d->before[c] = 0;
}

/* Pictures that left the queue, and those that were sent something. */
static void note_packet(world *w, device *d, const uint8_t *packet, size_t size)
{
    ln_packet_header header;
    assert_int_equal(ln_packet_peek(packet, size, &header), LN_OK);
    for (unsigned c = 0; c < CAMERAS; c++) {
        const truth *t = NULL;
        for (unsigned i = 0; i < TRUTHS && d->before[c] != UINT32_MAX; i++)
            if (d->truths[i].value && d->truths[i].number == header.picture)
                t = &d->truths[i];
        if (t && ln_camera_map(d->camera[c]) &&
            memcmp(t->map, ln_camera_map(d->camera[c]), LN_MAP_CELLS) == 0)
            d->before[c] = UINT32_MAX;
        else if (d->before[c] != UINT32_MAX && ++d->before[c] > 2000 && d->order == LN_QUEUE_FAIR)
            w->starved++;
    }
}

static void restart(world *w, device *d)
{
    uint8_t stored[LN_SENDER_BYTES];
    ln_ledger hour = d->hour, day = d->day;
    ln_sender_store(&d->sender, stored);
    memset(&d->sender, 0xa5, sizeof d->sender);
    w->now += below(w, 3);
    if (below(w, 2) && d->clock_behind < w->now) /* its clock begins anew */
        d->clock_behind = w->now;
    d->awake_ms = w->now + below(w, 120000);
    assert_int_equal(
        ln_sender_restore(&d->sender, stored, sizeof stored, d->camera, CAMERAS, clock_of(w, d), 0), LN_OK);
    d->hour = hour;
    d->day = day;
    w->restarts++;
}

static ln_offer offer_of(world *w, device *d)
{
    const ln_data_rate *rate = NULL;
    while (!rate || rate->payload == 0)
        rate = &d->network->rate[below(w, d->network->data_rates)];
    unsigned payload = rate->payload, commands = below(w, 4) ? 0 : below(w, 16), repeats = 1 + !below(w, 5);
    payload = payload < LN_MAX_PAYLOAD ? payload : LN_MAX_PAYLOAD;
    payload = payload > commands ? payload - commands : 0;
    ln_offer offer = {.now_ms = clock_of(w, d),
                      .airtime_us = ln_airtime(rate, payload + commands) * repeats,
                      .payload = (uint16_t)payload};
    uint32_t hour = ln_ledger_wait(&d->hour, offer.now_ms, offer.airtime_us),
             day = ln_ledger_wait(&d->day, offer.now_ms, offer.airtime_us);
    offer.wait_ms = hour > day ? hour : day;
    return offer;
}

static void give_feedback(world *w, device *d)
{
    uint8_t bytes[LN_FEEDBACK_BYTES];
    const ln_feedback feedback = {(uint16_t)below(w, LN_PICTURES), (uint8_t)!below(w, 3),
                                  (uint8_t)below(w, 256), 0};
    assert_int_equal(ln_feedback_write(&feedback, bytes), LN_OK);
    if (!below(w, 4))
        bytes[below(w, sizeof bytes)] ^= (uint8_t)(1 + below(w, 255));
    ln_sender_feedback(&d->sender, bytes, sizeof bytes);
}

static void live(world *w, device *d)
{
    if (w->now < d->awake_ms)
        return;
    if (!below(w, 3000))
        d->clock_behind += below(w, 7200000);
    if (!below(w, 500))
        restart(w, d);
    if (!below(w, 200))
        give_feedback(w, d);
    if (!below(w, 20))
        queue_picture(w, d);
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size;
    uint32_t wait;
    ln_offer offer = offer_of(w, d);
    ln_step step = ln_sender_next(&d->sender, &offer, packet, &size, &wait);
    if (step == LN_STEP_SEND) {
        assert_true(size <= offer.payload);
        note_packet(w, d, packet, size);
        transmit(w, d, packet, size, offer.airtime_us);
    } else if (step == LN_STEP_FLUSH && offer.wait_ms == 0) {
        transmit(w, d, packet, 0, offer.airtime_us);
    } else {
        d->awake_ms = w->now + (step == LN_STEP_WAIT && wait < 600000 ? wait : 5000);
    }
}

/* ---- All of it ------------------------------------------------------------------------------- */

static const ln_model *model_of(void *context, uint64_t name)
{
    return ((world *)context)->devices[name].model;
}

static void open_device(world *w, unsigned i)
{
    static const char *const networks[] = {"eu868", "us915", "as923", "sigfox-eu", "nb-iot"};
    device *d = &w->devices[i];
    size_t size = ln_camera_size(&w->models[i % 3], ln_all_kernels);
    d->model = &w->models[i % 3];
    d->network = ln_network_find(networks[i % 5]);
    d->order = (ln_queue)(i % 3);
    d->frames = malloc(MOST_FRAMES * sizeof *d->frames);
    for (unsigned c = 0; c < CAMERAS; c++) {
        d->memory[c] = malloc(size);
        d->before[c] = UINT32_MAX;
        assert_int_equal(ln_camera_init(&d->camera[c], d->model, ln_all_kernels, d->memory[c], size), LN_OK);
    }
    assert_int_equal(ln_sender_init(&d->sender, d->order, 50, clock_of(w, d)), LN_OK);
    assert_int_equal(ln_ledger_init(&d->hour, 3600000, HOUR_US, clock_of(w, d)), LN_OK);
    assert_int_equal(ln_ledger_init(&d->day, 86400000, DAY_US, clock_of(w, d)), LN_OK);
    assert_int_equal(ln_burst_init(&d->link, &ln_burst_links[i % 6], i, (uint32_t)w->now), LN_OK);
}

static void open_world(world *w)
{
    static const char *const paths[3] = {"tests/models/tiny.lnm", "tests/models/random-cifar.lnm",
                                         "tests/models/random-wide.lnm"};
    for (unsigned i = 0; i < 3; i++) {
        size_t size;
        w->files[i] = read_whole(paths[i], &size);
        assert_int_equal(ln_model_open(&w->models[i], w->files[i], size), LN_OK);
    }
    for (unsigned i = 0; i < DEVICES; i++)
        open_device(w, i);
    ln_receiver_config config = {.model_of = model_of,
                                 .max_images = 128,
                                 .max_images_per_device = 10,
                                 .idle_ms = 7200000,
                                 .late_ms = 30000,
                                 .max_waiting_bytes = 4000,
                                 .closed = check_image,
                                 .context = w};
    assert_int_equal(ln_receiver_open(&w->receiver, &config, NULL), LN_OK);
}

/* The most that is on air in any window: in one that ends with some frame. */
static uint64_t busiest(const device *d, uint64_t window)
{
    uint64_t most = 0, sum = 0;
    for (size_t i = 0, oldest = 0; i < d->count; i++) {
        uint64_t from = d->frames[i].end > window ? d->frames[i].end - window : 0;
        sum += d->frames[i].end - d->frames[i].begin;
        for (; d->frames[oldest].end <= from; oldest++)
            sum -= d->frames[oldest].end - d->frames[oldest].begin;
        uint64_t outside = d->frames[oldest].begin < from ? from - d->frames[oldest].begin : 0;
        most = sum - outside > most ? sum - outside : most;
    }
    return most;
}

static void close_world(world *w)
{
    uint64_t hour = 0, day = 0;
    ln_receiver_close(w->receiver);
    for (unsigned i = 0; i < DEVICES; i++) {
        device *d = &w->devices[i];
        uint64_t in_hour = busiest(d, UINT64_C(3600000000)), in_day = busiest(d, UINT64_C(86400000000));
        hour = in_hour > hour ? in_hour : hour;
        day = in_day > day ? in_day : day;
        for (unsigned c = 0; c < CAMERAS; c++)
            free(d->memory[c]);
        for (unsigned k = 0; k < TRUTHS; k++)
            free(d->truths[k].value);
        free(d->frames);
    }
    for (unsigned i = 0; i < 3; i++)
        free(w->files[i]);
    print_message(
        "%llu frames in %.1f days, %llu restarts, %llu pictures shown; busiest hour %.2f %%, day %.2f %% of "
        "the limit\n",
        (unsigned long long)w->packets, (double)w->now / 86400000, (unsigned long long)w->restarts,
        (unsigned long long)w->shown, 100.0 * (double)hour / HOUR_US, 100.0 * (double)day / DAY_US);
    assert_true(hour <= HOUR_US && day <= DAY_US);
    assert_true(10 * hour > 8 * (uint64_t)HOUR_US && 10 * day > 8 * (uint64_t)DAY_US); /* they were felt */
    assert_int_equal(w->starved, 0);
    assert_true(w->shown > 0);
}

static uint64_t most_packets = 20000, first_seed = 1;
static const char *log_path;

static void budgets_hold_and_nothing_wrong_is_shown(void **state)
{
    (void)state;
    world *w = calloc(1, sizeof *w);
    w->seed = first_seed;
    w->now = 1;
    w->log = log_path ? fopen(log_path, "w") : NULL;
    if (w->log)
        fputs("camera,start_us,airtime_us\n", w->log);
    open_world(w);
    for (; w->packets < most_packets; w->now += 50 + below(w, 400)) {
        for (unsigned i = 0; i < DEVICES; i++)
            live(w, &w->devices[i]);
        deliver(w);
    }
    if (w->log)
        fclose(w->log);
    close_world(w);
    free(w);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        most_packets = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        first_seed = strtoull(argv[2], NULL, 10);
    log_path = argc > 3 ? argv[3] : NULL;
    const struct CMUnitTest tests[] = {cmocka_unit_test(budgets_hold_and_nothing_wrong_is_shown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
