/* The events of a simulation, replayed into a store, give a worker the pictures that the simulation's
 * receiver had; and networks whose events they would not be are refused. */
#include "sim/support_sim.h"

#include "service/json.h"
#include "service/sources/replay.h"
#include "service/store/list.h"
#include "service/worker/worker.h"

#include <math.h>
#include <time.h>

#define HOUR 3600000u
#define MOST_SHOTS 256 /* of a camera */
#define LORAWAN "[network]\nname = eu868\ndata rate = 5\n[link]\nburst = eynard-indoor\n"

static ln_error error;

#define assert_done(call)                                                                                    \
    do                                                                                                       \
        if ((call) != LN_DB_DONE)                                                                            \
            fail_msg("%s: %s", #call, error.text);                                                           \
    while (0)

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void replay(FILE *events, const char *store)
{
    static const atomic_int stop;
    const ln_ingest_source source = {"chirpstack", ln_event_chirpstack_json, 0};
    const ln_replay_config config = {store, &source, 1, 0, NULL};
    ln_replay_count count;
    rewind(events);
    assert_int_equal(ln_replay_run(&config, events, "events", &stop, &count, &error), LN_OK);
    assert_true(count.taken > 100);
    assert_int_equal(count.refused + count.left_out, 0);
}

/* Looks at all pictures when their deadlines are over. */
static void work(ln_store *store, const ln_sim *sim)
{
    const ln_worker_config config = {.idle_ms = HOUR,
                                     .deadline_ms = HOUR,
                                     .lease_ms = HOUR,
                                     .devices = 8,
                                     .sure = LN_WORKER_NEVER,
                                     .keep = 1};
    ln_worker *worker;
    size_t taken;
    assert_int_equal(ln_worker_open(&worker, store, &sim->outcomes.bundle, sim->outcomes.decoder,
                                    sim->outcomes.vision, &config, &error),
                     LN_OK);
    do
        assert_done(ln_worker_step(worker, now_ms() + 3 * HOUR, &taken, &error));
    while (taken);
    ln_worker_close(worker);
}

/* Returns 1 if the shot was seen. */
static int compare(ln_store *store, const char *device, int64_t id, const ln_sim_shot *shot)
{
    ln_kept kept;
    assert_done(ln_store_picture(store, ln_store_device("chirpstack", device), id, &kept, &error));
    const ln_picture_row *row = &kept.picture.row;
    const int is_seen = row->answer != NULL;
    assert_int_equal(row->number, shot->number);
    assert_int_equal(row->packets, shot->arrived);
    assert_int_equal(row->bytes, shot->arrived_bytes);
    assert_true(row->final);
    if (is_seen) {
        const char *best = strstr(row->answer, "\"class\":");
        assert_non_null(best);
        assert_int_equal(strtoul(best + strlen("\"class\":"), NULL, 10), shot->answer.index);
        assert_true(fabsf((float)row->score - 10000 * shot->answer.score) <= 2); /* batches round otherwise */
    }
    ln_kept_free(&kept);
    return is_seen;
}

/* The pictures of a camera, from the last to the first. Returns how many were seen. */
static size_t compare_camera(ln_store *store, const ln_sim *sim, size_t camera)
{
    char device[17];
    ln_list list;
    size_t seen = 0, next = 0;
    snprintf(device, sizeof device, "%016zx", 0x0200000000000001 + camera);
    assert_done(ln_store_list(store, "chirpstack", device, MOST_SHOTS, &list, &error));
    for (size_t i = sim->shots; i-- > 0;)
        if (sim->shot[i].camera == camera && sim->shot[i].arrived) {
            assert_true(next < list.count);
            seen += (size_t)compare(store, device, list.items[next++].id, &sim->shot[i]);
        }
    assert_int_equal(next, list.count);
    ln_list_free(&list);
    return seen;
}

static void replayed_events_give_the_same_pictures(void **state)
{
    ln_sim sim;
    ln_scenario scenario;
    ln_store *store;
    char path[64];
    size_t seen = 0;
    FILE *events = tmpfile();
    (void)state;
    assert_non_null(events);
    ln_json_begin();
    run_with(&sim, &scenario, &(ln_sim_setup){.uplinks = events},
             "count = 3\ninterval = 10 min\nairtime a picture = 2 s",
             "[scenario]\nduration = 3 h\ntimes = 5 min\n" LORAWAN);
    snprintf(path, sizeof path, "%s/store.db", folder);
    replay(events, path);
    assert_done(ln_store_open(&store, path, &error));
    work(store, &sim);
    for (size_t i = 0; i < scenario.count; i++)
        seen += compare_camera(store, &sim, i);
    assert_true(seen > 30);
    ln_store_close(store);
    fclose(events);
    end_scenario(&sim, &scenario);
}

static void events_are_those_of_lorawan(void **state)
{
    static const char *const networks[] = {"name = sigfox-eu", "name = nb-iot",
                                           "name = stream\npayload = 51\nrate = 20 kbit/s"};
    const ln_sim_setup setup = {.uplinks = stderr};
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        ln_sim sim;
        ln_scenario scenario;
        char rest[128];
        snprintf(rest, sizeof rest, "[scenario]\nduration = 1 h\n[network]\n%s\n", networks[i]);
        assert_int_equal(read_scenario(&scenario, &error, "interval = 10 min", rest), LN_OK);
        assert_int_equal(ln_sim_run(&sim, &scenario, &setup, &error), LN_ERR_ARGUMENT);
        assert_non_null(strstr(error.text, "LoRaWAN"));
        ln_scenario_free(&scenario);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replayed_events_give_the_same_pictures),
        cmocka_unit_test(events_are_those_of_lorawan),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
