/* Frames: repeats, counters, devices. Runs against SQLite, and against PostgreSQL (postgres.sh). */
#include "service/support_store.h"

static void a_repeat_is_kept_once(void **state)
{
    ln_store *store = new_store();
    (void)state;
    assert_true(add(store, "a", "s", 7, "one", NOW));
    assert_false(add(store, "a", "s", 7, "one", NOW));
    assert_false(add(store, "a", "s", 7, "one", NOW + 400 * DAY));
    assert_true(add(store, "a", "s", 8, "one", NOW));
    ln_store_close(store);
    store = open_store();
    assert_false(add(store, "a", "s", 8, "one", NOW));
    ln_work work = take(store, NOW);
    assert_int_equal(work.count, 2);
    assert_int_equal(work.version, 2);
    ln_work_free(&work);
    ln_store_close(store);
}

static void counters_may_restart(void **state)
{
    ln_store *store = new_store();
    (void)state;
    assert_true(add(store, "a", "s", 0, "one", NOW));
    assert_true(add(store, "a", "s", 1, "two", NOW));
    assert_true(add(store, "a", "s", 0, "three", NOW)); /* in the same session */
    assert_true(add(store, "a", "t", 0, "one", NOW));   /* after a join */
    assert_false(add(store, "a", "t", 0, "one", NOW));
    ln_store_close(store);
}

static void without_counter_a_repeat_is_an_equal_payload_within_an_hour(void **state)
{
    ln_store *store = new_store();
    (void)state;
    assert_true(add(store, "a", "", UNCOUNTED, "one", NOW));
    assert_true(add(store, "a", "", UNCOUNTED, "two", NOW));
    assert_false(add(store, "a", "", UNCOUNTED, "one", NOW + LN_STORE_REPEAT_MS - 1));
    assert_true(add(store, "a", "", UNCOUNTED, "one", NOW + LN_STORE_REPEAT_MS));
    assert_true(add(store, "a", "", 0, "one", NOW + LN_STORE_REPEAT_MS));
    ln_store_close(store);
}

/* A camera whose pictures all have two frames sends number, counter and a dark picture again in the end. */
static void with_a_narrow_counter_a_repeat_is_of_the_same_day(void **state)
{
    ln_store *store = new_store();
    ln_uplink frame = frame_of("a", "", 7, "dark");
    uint8_t is_new;
    (void)state;
    frame.counter_bits = 12;
    assert_done(ln_store_add(store, "net", &frame, 1, NOW, &is_new, &error));
    assert_true(is_new);
    assert_done(ln_store_add(store, "net", &frame, 1, NOW + DAY - 1, &is_new, &error));
    assert_false(is_new);
    assert_done(ln_store_add(store, "net", &frame, 1, NOW + DAY, &is_new, &error));
    assert_true(is_new);
    ln_store_close(store);
}

static void devices_of_two_sources_are_two(void **state)
{
    ln_store *store = new_store();
    ln_uplink frame = frame_of("a", "s", 1, "one");
    uint8_t is_new;
    (void)state;
    assert_true(add(store, "a", "s", 1, "one", NOW));
    assert_done(ln_store_add(store, "other", &frame, 1, NOW + 1, &is_new, &error));
    assert_true(is_new);
    assert_int_not_equal(ln_store_device("net", "a"), ln_store_device("other", "a"));
    assert_int_not_equal(ln_store_device("ab", "c"), ln_store_device("a", "bc"));
    ln_work first = take(store, NOW + 1), second = take(store, NOW + 1);
    assert_int_equal(first.device, ln_store_device("net", "a"));
    assert_int_equal(second.device, ln_store_device("other", "a"));
    assert_string_equal(second.source, "other");
    assert_string_equal(second.name, "a");
    ln_work_free(&first);
    ln_work_free(&second);
    ln_store_close(store);
}

static void two_names_with_one_number_are_refused(void **state)
{
    ln_store *store = new_store();
    ln_uplink frame = frame_of("a", "s", 2, "two");
    ln_error error = {0};
    uint8_t is_new;
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    change("UPDATE device SET name = 'b'");
    assert_int_equal(ln_store_add(store, "net", &frame, 1, NOW, &is_new, &error), LN_DB_FAILED);
    assert_non_null(strstr(error.text, "device a has the number of another one"));
    assert_int_equal(query("SELECT count(*) FROM frame"), 1);
    assert_int_equal(query("SELECT max(version) FROM device"), 1);
    ln_store_close(store);
}

/* Many devices and repeats in one call: numbers rise by one, in the order of the call. */
static void a_call_keeps_the_order_of_each_device(void **state)
{
    ln_store *store = new_store();
    ln_uplink frames[40];
    uint8_t is_new[40];
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        char name[8], payload[8];
        snprintf(name, sizeof name, "d%u", i % 3);
        snprintf(payload, sizeof payload, "%u", i % 10 == 9 ? i - 3 : i);
        frames[i] = frame_of(name, "s", i % 10 == 9 ? (int)i - 3 : (int)i, payload);
    }
    assert_done(ln_store_add(store, "net", frames, 40, NOW, is_new, &error));
    for (unsigned i = 0; i < 40; i++)
        assert_int_equal(is_new[i], i % 10 != 9);
    size_t total = 0;
    for (ln_work work = take(store, NOW); work.device; work = take(store, NOW)) {
        for (size_t i = 0; i < work.count; i++) {
            assert_int_equal(work.frames[i].id, i + 1);
            assert_true(i == 0 || work.frames[i].counter > work.frames[i - 1].counter);
            assert_int_equal(work.frames[i].payload[work.frames[i].size - 1] - '0',
                             work.frames[i].counter % 10);
        }
        assert_int_equal(work.version, work.count);
        total += work.count;
        ln_work_free(&work);
    }
    assert_int_equal(total, 36);
    ln_store_close(store);
}

static void any_bytes_and_an_empty_call_are_fine(void **state)
{
    ln_store *store = new_store();
    ln_uplink frame = frame_of("a\xc3\xa9'\"$1", "", 4294967295, "");
    uint8_t is_new;
    (void)state;
    frame.size = LN_MAX_PAYLOAD;
    for (size_t i = 0; i < frame.size; i++)
        frame.payload[i] = (uint8_t)i;
    assert_done(ln_store_add(store, "net", NULL, 0, NOW, NULL, &error));
    assert_done(ln_store_add(store, "net", &frame, 1, NOW, &is_new, &error));
    ln_uplink empty_frame = frame_of("a\xc3\xa9'\"$1", "", 0, "");
    assert_done(ln_store_add(store, "net", &empty_frame, 1, NOW, &is_new, &error));
    ln_work work = take(store, NOW);
    assert_string_equal(work.name, frame.device);
    assert_int_equal(work.count, 2);
    assert_int_equal(work.frames[0].counter, 4294967295u);
    assert_int_equal(work.frames[0].size, LN_MAX_PAYLOAD);
    assert_memory_equal(work.frames[0].payload, frame.payload, frame.size);
    assert_int_equal(work.frames[1].size, 0);
    ln_work_free(&work);
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeat_is_kept_once),
        cmocka_unit_test(counters_may_restart),
        cmocka_unit_test(without_counter_a_repeat_is_an_equal_payload_within_an_hour),
        cmocka_unit_test(with_a_narrow_counter_a_repeat_is_of_the_same_day),
        cmocka_unit_test(devices_of_two_sources_are_two),
        cmocka_unit_test(two_names_with_one_number_are_refused),
        cmocka_unit_test(a_call_keeps_the_order_of_each_device),
        cmocka_unit_test(any_bytes_and_an_empty_call_are_fine),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
