/* Cameras of all sorts send to one receiver over links that lose, delay, shuffle, repeat and damage packets:
 * no value of a picture is ever anything but what was sent for that picture, and memory stays within the
 * settings.
 *
 *     test_receiver_properties [PACKETS [SEED]] */
#include "cloud/support_truth.h"

#define MODELS 4
#define MOST_IMAGES 64
#define QUOTA 6
#define IDLE_MS 60000
#define LATE_MS 5000
#define MAX_FRAMES 300
#define TRUTHS 64  /* latest pictures of a device that are remembered */
#define FLYING 512 /* packets on their way */
#define STEP_MS 250

/* What a device does. */
typedef enum habit {
    COUNTS,      /* its numbers, of which there are few: one comes back when the old picture is closed */
    ALWAYS_ZERO, /* and the network has a counter, which goes on or begins anew */
    ALWAYS_ZERO_ALONE, /* without a counter: what cannot be told apart is mixed now and then */
    HABITS
} habit;

typedef struct manner {
    const char *name;
    habit habit;
    int checked;
    unsigned damage; /* of a thousand packets */
    unsigned wrong;  /* pictures of a hundred that may show something wrong */
} manner;

static const manner manners[] = {
    {"numbers are counted", COUNTS, 0, 0, 0},
    {"always number 0, with a counter", ALWAYS_ZERO, 0, 0, 0},
    {"always number 0, without a counter", ALWAYS_ZERO_ALONE, 0, 0, 3},
    {"checked and damaged", COUNTS, 1, 100, 0},
    {"checked and damaged, always number 0, with a counter", ALWAYS_ZERO, 1, 100, 0},
    {"damaged without a check", COUNTS, 0, 100, 0},
};
#define MANNERS (sizeof manners / sizeof *manners)
#define DEVICES (2 * MODELS * MANNERS) /* a protected one and another of each */

typedef struct device {
    const manner *manner;
    const ln_model *model;
    ln_camera *camera;
    void *memory;
    uint8_t sent[LN_PROTECTION_BYTES];
    unsigned protection;
    truth truths[TRUTHS];
    unsigned pictures; /* begun so far */
    unsigned left;     /* packets of this one */
    uint64_t next_ms;
    uint32_t counter;
} device;

typedef struct flight {
    uint64_t due_ms; /* 0: none */
    unsigned device, picture;
    int damaged;
    ln_arrival arrival;
    uint8_t bytes[LN_MAX_PAYLOAD];
    size_t size;
} flight;

/* What is known of a picture in the receiver. */
typedef struct seen {
    uint64_t id;
    unsigned device, picture; /* its first packet's */
    int damaged;              /* it has taken a damaged packet */
    int mixed;
} seen;

typedef struct world {
    uint8_t *files[MODELS];
    ln_model models[MODELS];
    device devices[DEVICES];
    flight flying[FLYING];
    seen seen[MOST_IMAGES];
    ln_receiver *receiver;
    uint64_t seed, now, packets, closed;
    uint64_t wrong[MANNERS], pictures[MANNERS], spoiled[MANNERS], values[MANNERS];
    uint64_t sound[MANNERS], out[MANNERS],
        astray[MANNERS]; /* undamaged packets; of these, left out, and in pictures
                            that a damaged packet or one of another began */
} world;

static unsigned below(world *w, unsigned limit)
{
    return random_below(&w->seed, limit);
}

static int one_of(world *w, unsigned times)
{
    return below(w, times) == 0;
}

/* ---- What is shown --------------------------------------------------------------------------- */

static unsigned count_values(const ln_image *image)
{
    const ln_model *model = ln_image_model(image);
    unsigned count = 0;
    for (unsigned c = 0; c < model->channels; c++)
        for (unsigned p = 0; p < ln_model_places(model, c); p++)
            count += ln_image_known(image, c, p) > 0;
    return count;
}

/* Whether a picture shows one that was sent, with its number, by its device. */
static int is_true(const device *d, const ln_image *image)
{
    ln_image_info info;
    ln_image_get_info(image, &info);
    for (unsigned i = 0; i < TRUTHS; i++)
        if (d->truths[i].number == info.number && truth_shows(&d->truths[i], image))
            return 1;
    return 0;
}

static void check_image(world *w, const seen *s, const ln_image *image)
{
    const device *d = &w->devices[s->device];
    if (s->damaged || is_true(d, image))
        return;
    w->wrong[d->manner - manners]++;
    if (d->manner->wrong == 0)
        fail_msg("%s: a wrong value is shown after %llu packets", d->manner->name,
                 (unsigned long long)w->packets);
}

static seen *seen_of(world *w, uint64_t id)
{
    for (unsigned i = 0; i < MOST_IMAGES; i++)
        if (w->seen[i].id == id)
            return &w->seen[i];
    return NULL;
}

static void note_closing(void *context, const ln_image *image, ln_close_reason reason)
{
    (void)reason;
    world *w = context;
    ln_image_info info;
    ln_image_get_info(image, &info);
    seen *s = seen_of(w, info.id);
    if (!s)
        return; /* garbage */
    const device *d = &w->devices[s->device];
    check_image(w, s, image);
    w->closed++;
    w->pictures[d->manner - manners]++;
    w->spoiled[d->manner - manners] += (uint64_t)s->damaged;
    w->values[d->manner - manners] += count_values(image);
    s->id = 0;
}

/* ---- Cameras --------------------------------------------------------------------------------- */

static void take_picture(world *w, device *d, unsigned number)
{
    assert_int_equal(ln_camera_protect(d->camera, d->protection, d->sent, sizeof d->sent), LN_OK);
    assert_int_equal(ln_camera_check(d->camera, d->manner->checked), LN_OK);
    truth_take(&d->truths[d->pictures++ % TRUTHS], d->camera, d->model, number, &w->seed);
    d->left = 1 + below(w, one_of(w, 3) ? 5 : 60);
}

/* Few numbers, so that they come back soon: what has this one is closed before, by its idle time or by hand.
 */
static int free_number(world *w, const device *d, unsigned number)
{
    for (unsigned i = 0; i < MOST_IMAGES; i++) {
        ln_image_info info;
        ln_image_get_info(ln_receiver_image(w->receiver, w->seen[i].id), &info);
        if (!info.id || info.device != (uint64_t)(d - w->devices) || info.number != number)
            continue;
        if (one_of(w, 20))
            assert_int_equal(ln_receiver_close_image(w->receiver, info.id), 1);
        else
            return 0;
    }
    return 1;
}

static int begin_picture(world *w, device *d)
{
    if (d->manner->habit == COUNTS) {
        unsigned number = d->pictures % 3 + LN_PICTURES - 3;
        if (!free_number(w, d, number))
            return 0;
        take_picture(w, d, number);
        return 1;
    }
    if (one_of(w, 2) && w->now > d->next_ms + LATE_MS)
        d->counter = below(w, 3);
    else
        d->counter += MAX_FRAMES + below(w, 1000);
    take_picture(w, d, 0);
    return 1;
}

/* ---- Link ------------------------------------------------------------------------------------ */

static void damage(world *w, flight *f)
{
    unsigned at = below(w, (unsigned)f->size);
    f->damaged = 1;
    f->bytes[at] ^= (uint8_t)(1 + below(w, 255));
    if (at + 1 < f->size && one_of(w, 2))
        f->bytes[at + 1] ^= (uint8_t)below(w, 256);
}

static void fly(world *w, const device *d, const uint8_t *packet, size_t size)
{
    for (unsigned i = 0; i < FLYING; i++) {
        flight *f = &w->flying[i];
        if (f->due_ms)
            continue;
        *f = (flight){.due_ms = w->now + 1 + (one_of(w, 3) ? below(w, LATE_MS - STEP_MS - 1) : 0),
                      .device = (unsigned)(d - w->devices),
                      .picture = d->pictures - 1,
                      .size = size};
        f->arrival.device = f->device;
        f->arrival.has_counter = d->manner->habit == ALWAYS_ZERO;
        f->arrival.counter = d->counter;
        memcpy(f->bytes, packet, size);
        if (below(w, 1000) < d->manner->damage)
            damage(w, f);
        return;
    }
    /* The air is full: one more that is lost. */
}

static void send_packet(world *w, device *d)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t size, room = 13 + below(w, d->model == &w->models[2] ? 60 : 20);
    if (one_of(w, 30)) /* again, with another payload */
        room = 13 + below(w, 200);
    ln_status status = ln_camera_next(d->camera, room, packet, &size);
    d->left--;
    if (status == LN_END) {
        d->left = 0;
        return;
    }
    assert_int_equal(status, LN_OK);
    d->counter += 1 + (unsigned)one_of(w, 10); /* other frames go between */
    if (below(w, 100) >= 25)
        fly(w, d, packet, size);
    while (one_of(w, 10)) /* the network hands it over again */
        fly(w, d, packet, size);
    if (one_of(w, 20) && d->protection == 0) { /* and the camera sends something once more */
        unsigned next;
        if (ln_camera_packet(d->camera, below(w, d->model->symbols), room, packet, &size, &next) == LN_OK) {
            d->counter++;
            fly(w, d, packet, size);
        }
    }
}

static void live(world *w, device *d)
{
    if (w->now < d->next_ms)
        return;
    if (d->left == 0) {
        if (!begin_picture(w, d))
            return;
    }
    send_packet(w, d);
    d->next_ms = w->now + below(w, 2000);
    if (d->left == 0)
        d->next_ms += LATE_MS + below(w, one_of(w, 5) ? 2 * IDLE_MS : 3 * LATE_MS);
}

static void deliver(world *w, flight *f)
{
    uint64_t id;
    ln_status status;
    device *d = &w->devices[f->device];
    f->arrival.time_ms = w->now;
    status = ln_receiver_push(w->receiver, &f->arrival, f->bytes, f->size, &id);
    assert_true(status != LN_ERR_ARGUMENT && status != LN_ERR_MEMORY && status != LN_ERR_MISMATCH);
    f->due_ms = 0;
    w->packets++;
    w->sound[d->manner - manners] += !f->damaged;
    w->out[d->manner - manners] += !f->damaged && !id;
    if (!id)
        return;
    seen *s = seen_of(w, id);
    if (!s) {
        s = seen_of(w, 0);
        assert_non_null(s);
        *s = (seen){.id = id, .device = f->device, .picture = f->damaged ? UINT32_MAX : f->picture};
    }
    w->astray[d->manner - manners] += !f->damaged && s->picture != f->picture;
    assert_int_equal(s->device, f->device);
    s->damaged |= f->damaged; /* of a checked one the bit that says so, before another came */
    if (one_of(w, 40))
        check_image(w, s, ln_receiver_image(w->receiver, id));
}

/* Bytes of no meaning, from a device of its own. */
static void send_garbage(world *w)
{
    uint8_t bytes[60];
    ln_receiver_info info;
    size_t size = below(w, sizeof bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)below(w, 256);
    const ln_arrival arrival = {.device = DEVICES, .time_ms = w->now};
    ln_receiver_push(w->receiver, &arrival, bytes, size, NULL);
    ln_receiver_get_info(w->receiver, &info);
    assert_true(info.images <= MOST_IMAGES);
    w->packets++;
}

/* ---- All of it ------------------------------------------------------------------------------- */

static const ln_model *model_of(void *context, uint64_t name)
{
    const world *w = context;
    return &w->models[name % MODELS];
}

static void open_world(world *w)
{
    static const char *const paths[MODELS] = {"tests/models/tiny.lnm", "tests/models/tiny-nomap.lnm",
                                              "tests/models/random-cifar.lnm",
                                              "tests/models/random-wide.lnm"};
    for (unsigned i = 0; i < MODELS; i++) {
        size_t size;
        w->files[i] = read_whole(paths[i], &size);
        assert_int_equal(ln_model_open(&w->models[i], w->files[i], size), LN_OK);
    }
    for (unsigned i = 0; i < DEVICES; i++) {
        device *d = &w->devices[i];
        *d = (device){.manner = &manners[i / MODELS % MANNERS], .model = model_of(w, i)};
        d->protection = i < DEVICES / 2 ? 0 : 40;
        size_t size = ln_camera_size(d->model, ln_all_kernels);
        d->memory = malloc(size);
        assert_int_equal(ln_camera_init(&d->camera, d->model, ln_all_kernels, d->memory, size), LN_OK);
    }
    ln_receiver_config config = {.model_of = model_of,
                                 .max_images = MOST_IMAGES,
                                 .max_images_per_device = QUOTA,
                                 .idle_ms = IDLE_MS,
                                 .late_ms = LATE_MS,
                                 .max_frames = MAX_FRAMES,
                                 .max_waiting_bytes = 2000,
                                 .closed = note_closing,
                                 .context = w};
    assert_int_equal(ln_receiver_open(&w->receiver, &config, NULL), LN_OK);
}

static void close_world(world *w)
{
    ln_receiver_expire(w->receiver, w->now + 2 * IDLE_MS);
    ln_receiver_info info;
    ln_receiver_get_info(w->receiver, &info);
    assert_int_equal(info.images, 0);
    print_message("%llu packets, %llu pictures; %llu refused, %llu undecided\n",
                  (unsigned long long)w->packets, (unsigned long long)info.opened,
                  (unsigned long long)info.refused.packets, (unsigned long long)info.undecided.packets);
    for (unsigned m = 0; m < MANNERS; m++)
        print_message(
            "%-52s %6llu pictures, %llu took damage, %llu wrong; %6llu sound packets, %.1f %% left out, "
            "%.1f %% astray\n",
            manners[m].name, (unsigned long long)w->pictures[m], (unsigned long long)w->spoiled[m],
            (unsigned long long)w->wrong[m], (unsigned long long)w->sound[m],
            100.0 * (double)w->out[m] / (double)w->sound[m],
            100.0 * (double)w->astray[m] / (double)w->sound[m]);
    for (unsigned m = 0; m < MANNERS; m++)
        assert_true(100 * w->wrong[m] <= manners[m].wrong * w->pictures[m]);
    ln_receiver_close(w->receiver);
    for (unsigned i = 0; i < DEVICES; i++) {
        for (unsigned k = 0; k < TRUTHS; k++)
            free(w->devices[i].truths[k].value);
        free(w->devices[i].memory);
    }
    for (unsigned i = 0; i < MODELS; i++)
        free(w->files[i]);
}

static uint64_t most_packets = 30000, first_seed = 1;

static void nothing_wrong_is_shown(void **state)
{
    (void)state;
    world *w = calloc(1, sizeof *w);
    w->seed = first_seed;
    w->now = 1;
    open_world(w);
    while (w->packets < most_packets) {
        for (unsigned i = 0; i < DEVICES; i++)
            live(w, &w->devices[i]);
        w->now += STEP_MS;
        for (unsigned i = 0; i < FLYING; i++)
            if (w->flying[i].due_ms && w->flying[i].due_ms <= w->now)
                deliver(w, &w->flying[i]);
        if (one_of(w, 2))
            send_garbage(w);
    }
    close_world(w);
    free(w);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        most_packets = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        first_seed = strtoull(argv[2], NULL, 10);
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_wrong_is_shown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
