/* Hints in the store: which may be sent, and that each is sent once. Runs against SQLite, and against
 * PostgreSQL (postgres.sh). */
#include "service/support_store.h"

#define SECOND 1000u
#define ANY ((ln_hint_limits){0, INT64_MAX})

static uint32_t take_hint(ln_store *store, const char *device, ln_hint_limits limits, uint64_t now_ms)
{
    char name[LN_DEVICE_NAME + 1];
    uint32_t hint;
    assert_done(
        ln_store_take_hint(store, ln_store_device("net", device), &limits, now_ms, name, &hint, &error));
    assert_string_equal(name, hint ? device : "");
    return hint;
}

/* Devices of a source with hints that may be sent. */
static size_t count_hints(ln_store *store, const char *source, ln_hint_limits limits)
{
    int64_t devices[8];
    size_t count;
    assert_done(ln_store_hints(store, source, &limits, devices, 8, &count, &error));
    return count;
}

static void finish_with(ln_store *store, uint32_t hint, uint64_t now_ms)
{
    ln_work work = take(store, now_ms);
    const ln_found found = {.hint = hint, .hint_ms = now_ms};
    assert_true(work.device);
    assert_done(ln_store_finish(store, &work, &found, now_ms, NULL, &error));
    ln_work_free(&work);
}

/* A worker leaves a hint for the device. */
static void leave(ln_store *store, const char *device, uint32_t hint, uint64_t now_ms)
{
    static long counter;
    add(store, device, "s", ++counter, "one", now_ms);
    finish_with(store, hint, now_ms);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void a_hint_is_taken_once(void **state)
{
    ln_store *store = new_store(), *other = open_store();
    (void)state;
    leave(store, "a", 0x4567ab, NOW);
    assert_int_equal(count_hints(other, "net", ANY), 1);
    assert_int_equal(take_hint(other, "a", ANY, NOW), 0x4567ab);
    assert_int_equal(take_hint(store, "a", ANY, NOW), 0);
    assert_int_equal(count_hints(store, "net", ANY), 0);
    assert_int_equal(take_hint(store, "b", ANY, NOW), 0);
    ln_store_close(other);
    ln_store_close(store);
}

static void the_newest_counts(void **state)
{
    ln_store *store = new_store();
    (void)state;
    leave(store, "a", 0x400001, NOW);
    leave(store, "a", 0x400002, NOW + 1);
    leave(store, "a", 0, NOW + 2); /* nothing to say changes nothing */
    assert_int_equal(take_hint(store, "a", (ln_hint_limits){NOW + 2, INT64_MAX}, NOW), 0);
    assert_int_equal(take_hint(store, "a", (ln_hint_limits){NOW + 1, INT64_MAX}, NOW), 0x400002);
    ln_store_close(store);
}

static void what_was_told_is_known_to_the_next_worker(void **state)
{
    ln_store *store = new_store();
    (void)state;
    leave(store, "a", 0x400001, NOW);
    add(store, "a", "s", 1000, "two", NOW);
    ln_work work = take(store, NOW + 1);
    assert_true(work.told == 0 && work.told_ms == 0);
    finish_without(store, &work, NOW + 1);
    assert_int_equal(take_hint(store, "a", ANY, NOW + SECOND), 0x400001);
    add(store, "a", "s", 1001, "three", NOW);
    work = take(store, NOW + 2 * SECOND);
    assert_true(work.told == 0x400001 && work.told_ms == NOW + SECOND);
    ln_work_free(&work);
    ln_store_close(store);
}

static void old_hints_and_those_of_other_sources_stay(void **state)
{
    ln_store *store = new_store();
    (void)state;
    leave(store, "a", 0x400001, NOW);
    leave(store, "b", 0x400002, NOW + SECOND);
    const ln_hint_limits newer = {NOW + 1, INT64_MAX};
    assert_int_equal(count_hints(store, "net", ANY), 2);
    assert_int_equal(count_hints(store, "net", newer), 1);
    assert_int_equal(count_hints(store, "ne", ANY), 0);
    assert_int_equal(take_hint(store, "a", newer, NOW), 0);
    assert_int_equal(take_hint(store, "b", newer, NOW), 0x400002);
    ln_store_close(store);
}

static void a_device_that_was_told_lately_waits(void **state)
{
    ln_store *store = new_store();
    (void)state;
    leave(store, "a", 0x400001, NOW);
    assert_int_equal(take_hint(store, "a", ANY, NOW + SECOND), 0x400001);
    leave(store, "a", 0x400002, NOW + HOUR);
    const ln_hint_limits soon = {0, NOW + SECOND - 1}, later = {0, NOW + SECOND};
    assert_int_equal(count_hints(store, "net", soon), 0);
    assert_int_equal(take_hint(store, "a", soon, NOW), 0);
    assert_int_equal(count_hints(store, "net", later), 1);
    assert_int_equal(take_hint(store, "a", later, NOW), 0x400002);
    ln_store_close(store);
}

static void those_that_wait_longest_come_first(void **state)
{
    ln_store *store = new_store();
    int64_t devices[2];
    size_t count;
    char name[4];
    (void)state;
    for (unsigned i = 9; i > 0; i--) {
        snprintf(name, sizeof name, "%u", i);
        leave(store, name, 0x400000 + i, NOW + i);
    }
    assert_done(ln_store_hints(store, "net", &ANY, devices, 2, &count, &error));
    assert_int_equal(count, 2);
    assert_true(devices[0] == ln_store_device("net", "1") && devices[1] == ln_store_device("net", "2"));
    ln_store_close(store);
}

/* What a worker found whose lease was over is not told. */
static void a_worker_that_lost_the_device_leaves_no_hint(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work lost = take(store, NOW), work = take(store, NOW + LEASE);
    const ln_found found = {.hint = 0x400001, .hint_ms = NOW};
    assert_int_equal(ln_store_finish(store, &lost, &found, NOW, NULL, NULL), LN_DB_LOST);
    assert_int_equal(count_hints(store, "net", ANY), 0);
    ln_work_free(&lost);
    ln_work_free(&work);
    ln_store_close(store);
}

static void counters_of_the_newest_frames_are_found(void **state)
{
    ln_store *store = new_store();
    ln_counter_row rows[4];
    size_t count;
    (void)state;
    for (long i = 0; i < 8; i++)
        add(store, "a", "s", i == 5 ? UNCOUNTED : 4090 + i, "x", NOW);
    const int64_t device = ln_store_device("net", "a");
    assert_done(ln_store_counters(store, device, 7, rows, 4, &count, &error));
    assert_int_equal(count, 3);
    assert_true(rows[0].counter == 4093 && rows[1].counter == 4094 && rows[2].counter == 4096);
    assert_int_equal(rows[0].counter_bits, 32);
    assert_done(ln_store_counters(store, device, 2, rows, 4, &count, &error));
    assert_int_equal(count, 2);
    assert_done(ln_store_counters(store, device + 1, 7, rows, 4, &count, &error));
    assert_int_equal(count, 0);
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hint_is_taken_once),
        cmocka_unit_test(the_newest_counts),
        cmocka_unit_test(what_was_told_is_known_to_the_next_worker),
        cmocka_unit_test(old_hints_and_those_of_other_sources_stay),
        cmocka_unit_test(a_device_that_was_told_lately_waits),
        cmocka_unit_test(those_that_wait_longest_come_first),
        cmocka_unit_test(a_worker_that_lost_the_device_leaves_no_hint),
        cmocka_unit_test(counters_of_the_newest_frames_are_found),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
