/* The worker: what it stores is what one receiver finds, however the frames come in parts, and whoever dies
 * meanwhile. */
#include "service/support_worker.h"

#include "cloud/receiver.h"

#include <sys/stat.h>

/* ---- What is stored -------------------------------------------------------------------------- */

typedef struct stored {
    expected pictures[MOST_PICTURES];
    size_t count;
    int64_t picture_of[MOST_FRAMES];
    size_t frames;
} stored;

static void take_stored_picture(void *context, const ln_db_value *values, size_t count)
{
    stored *s = context;
    (void)count;
    assert_true(s->count < MOST_PICTURES);
    expected *e = &s->pictures[s->count++];
    *e = (expected){.id = values[0].integer,
                    .number = (unsigned)values[1].integer,
                    .packets = (uint32_t)values[2].integer,
                    .bytes = (uint32_t)values[3].integer,
                    .final = (int)values[4].integer,
                    .score = (int)values[6].integer};
    if (values[5].type == LN_DB_TEXT)
        snprintf(e->label, sizeof e->label, "%.*s", (int)values[5].size, (const char *)values[5].bytes);
}

static void take_stored_frame(void *context, const ln_db_value *values, size_t count)
{
    stored *s = context;
    (void)count;
    s->picture_of[values[0].integer] = values[1].integer;
    s->frames++;
}

static void read_stored(stored *s, unsigned device)
{
    char name[8];
    ln_db *db;
    snprintf(name, sizeof name, "%u", device);
    const ln_db_value key = ln_db_integer(ln_store_device("net", name));
    *s = (stored){0};
    assert_done(ln_db_open(&db, where, &error));
    assert_done(ln_db_run(db,
                          "SELECT id, number, packets, bytes, final, label, score FROM picture"
                          " WHERE device = $1 ORDER BY id",
                          &key, 1, take_stored_picture, s, NULL, &error));
    assert_done(ln_db_run(db, "SELECT id, picture FROM frame WHERE device = $1 ORDER BY id", &key, 1,
                          take_stored_frame, s, NULL, &error));
    ln_db_close(db);
}

static void assert_as_one_receiver(unsigned device)
{
    static reference r;
    static stored s;
    read_stored(&s, device);
    make_reference(&r, kept[device], kept_count[device]);
    assert_int_equal(s.frames, kept_count[device]);
    for (size_t i = 1; i <= s.frames; i++)
        assert_int_equal(s.picture_of[i], r.picture_of[i]);
    assert_int_equal(s.count, r.count);
    for (size_t i = 0; i < s.count; i++) {
        const expected *is = &s.pictures[i], *should = &r.pictures[i];
        assert_int_equal(is->id, should->id);
        assert_int_equal(is->number, should->number);
        assert_int_equal(is->packets, should->packets);
        assert_int_equal(is->bytes, should->bytes);
        assert_true(is->final);
        assert_string_equal(is->label, should->label);
        assert_true(abs(is->score - should->score) <= 1); /* batches round otherwise */
    }
}

/* No picture is mixed: all that it shows was sent of one photograph. */
static void assert_unmixed(ln_store *store, unsigned device)
{
    static stored s;
    char name[8];
    snprintf(name, sizeof name, "%u", device);
    read_stored(&s, device);
    for (size_t i = 0; i < s.count; i++) {
        const ln_receiver_config config = {
            .model = &bundle.model, .max_images = 1, .max_waiting_bytes = 65536};
        ln_receiver *receiver;
        ln_kept picture;
        uint64_t image = 0;
        assert_done(
            ln_store_picture(store, ln_store_device("net", name), s.pictures[i].id, &picture, &error));
        assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
        for (size_t k = 0; k < picture.count; k++)
            ln_receiver_restore(receiver, &(ln_arrival){.device = 1}, picture.frames[k].payload,
                                picture.frames[k].size, &image);
        const air_frame *first = kept[device][s.pictures[i].id - 1];
        if (!truth_shows(&truths[first->photo], ln_receiver_image(receiver, image)))
            fail_msg("picture %d of device %u is mixed", (int)s.pictures[i].id, device);
        ln_receiver_close(receiver);
        ln_kept_free(&picture);
    }
}

/* ---- Cameras --------------------------------------------------------------------------------- */

/* What becomes of a camera that gives all pictures the same number is left to chance, but always the same. */
#define SAME_NUMBER 2

/* Four cameras at once: one whose numbers wrap, one slow one that sends two pictures by turns and whose
 * counter begins anew, one that gives all pictures the same number, and one of a network without counters. */
static void fill_sky(air *a, uint64_t seed)
{
    static const unsigned numbers[] = {2046, 2047, 0, 1};
    uint64_t at = NOW;
    *a = (air){.seed = seed, .loss = 30, .session = {"a", "a", "a", "a"}, .uncounted = {0, 0, 0, 1}};
    for (unsigned i = 0; i < 4; i++)
        at = send_photo(a, 0, i, numbers[i], 40, 900, at, 1500) + 15000;
    at = send_two(a, 1, 0, 7, 30, NOW, 6000);
    a->counter[1] = 0;
    a->session[1] = "b";
    send_two(a, 1, 2, 8, 30, at + 70000, 3000);
    at = NOW;
    for (unsigned i = 0; i < 12; i++)
        at = send_photo(a, SAME_NUMBER, i % PHOTOS, 5, 0, 300, at, 1000) + 4000 + i * 500;
    at = NOW;
    for (unsigned i = 0; i < 3; i++)
        at = send_photo(a, 3, 3 - i, 100 + i, 30, 700, at, 2000) + 50000;
    arrive_in_order(a);
}

/* Cameras of Sigfox and of short burst, whose counters begin at 0 again in the middle of a picture. */
static void fill_narrow_sky(air *a, uint64_t seed)
{
    *a = (air){
        .seed = seed, .loss = 30, .counter = {4090, 65530, 4096 - 40, 7}, .counter_bits = {12, 16, 12, 12}};
    for (unsigned device = 0; device < MOST_DEVICES; device++) {
        uint64_t at = NOW;
        for (unsigned i = 0; i < 3; i++)
            at = send_photo(a, device, (i + device) % PHOTOS, 9 + i, 40, 900, at, 1500) + 15000;
    }
    arrive_in_order(a);
}

static void check_all(ln_store *store)
{
    for (unsigned device = 0; device < MOST_DEVICES; device++) {
        assert_as_one_receiver(device);
        if (device != SAME_NUMBER)
            assert_unmixed(store, device);
    }
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void all_at_once_is_as_one_receiver(void **state)
{
    ln_store *store = new_store();
    ln_worker *worker = new_worker(store, &how);
    ln_worker_counts counts;
    (void)state;
    fill_sky(&sky, 1);
    put_all(store, &sky);
    work(worker, the_end(&sky));
    check_all(store);
    ln_worker_get_counts(worker, &counts);
    /* What ended while nobody worked is looked at once. */
    assert_true(counts.looks <= (uint64_t)query("SELECT count(*) FROM picture"));
    assert_int_equal(query("SELECT count(*) FROM picture WHERE final = 0"), 0);
    ln_worker_close(worker);
    ln_store_close(store);
}

static void in_any_parts(void (*fill)(air *, uint64_t), unsigned most, uint64_t seed)
{
    ln_store *store = new_store();
    ln_worker *worker = new_worker(store, &how);
    uint64_t random = seed;
    fill(&sky, seed);
    memset(kept_count, 0, sizeof kept_count);
    for (size_t i = 0; i < sky.count;) {
        for (size_t n = 1 + random_below(&random, most); n > 0 && i < sky.count; n--)
            put(store, &sky.frames[i++]);
        work(worker, sky.frames[i - 1].time_ms);
        if (random_below(&random, 10) == 0) { /* another one goes on */
            ln_worker_close(worker);
            worker = new_worker(store, &how);
        }
    }
    work(worker, the_end(&sky));
    check_all(store);
    ln_worker_close(worker);
    ln_store_close(store);
}

static void frame_by_frame_is_as_one_receiver(void **state)
{
    (void)state;
    in_any_parts(fill_sky, 1, 1);
}

static void any_parts_are_as_one_receiver(void **state)
{
    (void)state;
    for (uint64_t seed = 2; seed < 5; seed++)
        in_any_parts(fill_sky, 40, seed);
}

static void a_counter_that_begins_at_0_again_is_as_one_that_goes_on(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 4; seed++)
        in_any_parts(fill_narrow_sky, seed == 1 ? 1 : 20, seed);
}

/* ---- Two processes at once ------------------------------------------------------------------- */

/* What this program does when another one starts it: it reads times, and works at each of them. Exit code 0:
 * all went well, and there was something to do. */
static int work_along(const char *store_path)
{
    unsigned long long now_ms;
    ln_worker_counts counts;
    ln_store *store;
    snprintf(where, sizeof where, "%s", store_path);
    open_networks();
    if (ln_store_open(&store, where, NULL) != LN_DB_DONE)
        return 2;
    ln_worker *worker = new_worker(store, &how);
    puts("ready");
    fflush(stdout);
    while (scanf("%llu", &now_ms) == 1)
        for (size_t taken = 1; taken;) {
            ln_db_result result = ln_worker_step(worker, now_ms, &taken, NULL);
            if (result != LN_DB_DONE && result != LN_DB_BUSY)
                return 3;
        }
    ln_worker_get_counts(worker, &counts);
    ln_worker_close(worker);
    ln_store_close(store);
    close_networks();
    return counts.devices > 0 ? 0 : 4;
}

/* Starts this program again; times for it go into the stream. It waits until that is ready. */
static FILE *start_colleague(void)
{
    char program[512], command[2048], line[16], path[600];
    const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    assert_true(length > 0);
    program[length] = 0;
    snprintf(path, sizeof path, "%s/ready", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(command, sizeof command, "exec '%s' '%s' >'%s'", program, where, path);
    FILE *times = popen(command, "w"), *ready = fopen(path, "r");
    assert_true(times && ready && fgets(line, sizeof line, ready));
    fclose(ready);
    unlink(path);
    return times;
}

static void two_at_once_are_as_one_receiver(void **state)
{
    ln_store *store = new_store();
    FILE *both[2];
    (void)state;
    for (unsigned i = 0; i < 2; i++)
        both[i] = start_colleague();
    fill_sky(&sky, 6);
    memset(kept_count, 0, sizeof kept_count);
    for (size_t i = 0; i < sky.count; i++) {
        put(store, &sky.frames[i]);
        for (unsigned k = 0; k < 2; k++) {
            fprintf(both[k], "%llu\n", (unsigned long long)sky.frames[i].time_ms);
            fflush(both[k]);
        }
    }
    for (unsigned i = 0; i < 2; i++)
        fprintf(both[i], "%llu\n", (unsigned long long)the_end(&sky));
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pclose(both[i]), 0);
    ln_worker *worker = new_worker(store, &how);
    work(worker, the_end(&sky) + LEASE);
    check_all(store);
    ln_worker_close(worker);
    ln_store_close(store);
}

/* The bundle's model sees colours turned round. The reference asks ln_vision_for about each picture by
 * itself, a worker takes pictures through the networks together. */
static void few_bytes_are_for_the_models_own_vision_model(void **state)
{
    static stored s;
    char path[64], command[512];
    unsigned few = 0, many = 0;
    ln_store *store = new_store();
    (void)state;
    snprintf(path, sizeof path, "%s/own.onnx", folder);
    snprintf(command, sizeof command,
             "cp " VISION " %s && printf 'divisor = -128\nbelow = 600\n' >%s/own.vision", path, folder);
    assert_int_equal(system(command), 0);
    assert_int_equal(ln_vision_adapt(vision, &(ln_bundle){.vision_path = path}, 1, NULL), LN_OK);
    ln_worker *worker = new_worker(store, &how);
    fill_sky(&sky, 1);
    put_all(store, &sky);
    work(worker, the_end(&sky));
    check_all(store);
    for (unsigned device = 0; device < MOST_DEVICES; device++) {
        read_stored(&s, device);
        for (size_t i = 0; i < s.count; i++)
            *(s.pictures[i].bytes < 600 ? &few : &many) += 1;
    }
    assert_true(few > 0 && many > 0);
    ln_worker_close(worker);
    ln_store_close(store);
}

int main(int count, char **arguments)
{
    if (count == 2)
        return work_along(arguments[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_at_once_is_as_one_receiver),
        cmocka_unit_test(any_parts_are_as_one_receiver),
        cmocka_unit_test(frame_by_frame_is_as_one_receiver),
        cmocka_unit_test(a_counter_that_begins_at_0_again_is_as_one_that_goes_on),
        cmocka_unit_test(two_at_once_are_as_one_receiver),
        cmocka_unit_test(
            few_bytes_are_for_the_models_own_vision_model), /* the last: `vision` stays adapted */
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
