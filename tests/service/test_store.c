/* The store: repeats, leases, alarms, the outbox and forgetting. Runs against SQLite, and against PostgreSQL
 * (postgres.sh). */
#include "service/support_store.h"

#define DAY (24 * (uint64_t)HOUR)

/* ---- Frames ---------------------------------------------------------------------------------- */

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

/* ---- Work ------------------------------------------------------------------------------------ */

static void the_device_that_waits_longest_comes_first(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "b", "s", 1, "one", NOW);
    add(store, "a", "s", 1, "one", NOW + 1);
    add(store, "b", "s", 2, "two", NOW + 2);
    assert_int_equal(take(store, NOW - 1).device, 0);
    ln_work first = take(store, NOW + 3), second = take(store, NOW + 3), none = take(store, NOW + 3);
    assert_string_equal(first.name, "b");
    assert_string_equal(second.name, "a");
    assert_int_equal(none.device, 0);
    /* One that gets frames all the time goes behind the others. */
    add(store, "b", "s", 3, "three", NOW + 4);
    add(store, "c", "s", 1, "one", NOW + 5);
    finish_without(store, &first, NOW + 6);
    first = take(store, NOW + 6);
    assert_string_equal(first.name, "c");
    ln_work_free(&first);
    ln_work_free(&second);
    ln_store_close(store);
}

static void a_lease_that_is_over_goes_to_another_worker(void **state)
{
    ln_store *store = new_store();
    uint8_t raised;
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work lost = take(store, NOW);
    add(store, "a", "s", 2, "two", NOW); /* does not make it due before its time */
    assert_int_equal(take(store, NOW + LEASE - 1).device, 0);
    ln_work work = take(store, NOW + LEASE);
    assert_int_equal(work.count, 2);
    assert_int_equal(finish_as_picture(store, &lost, 1, 1, 1, NOW, &raised), LN_DB_LOST);
    assert_int_equal(query("SELECT count(*) FROM picture"), 0);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 0);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 1, NOW, &raised), LN_DB_DONE);
    assert_true(raised);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 1, NOW, &raised), LN_DB_LOST);
    ln_work_free(&lost);
    ln_work_free(&work);
    ln_store_close(store);
}

static void an_old_lease_is_good_while_nobody_has_the_device(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 0, NOW + 5 * LEASE, NULL), LN_DB_DONE);
    ln_work_free(&work);
    ln_store_close(store);
}

static void frames_that_came_meanwhile_make_the_device_due(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    add(store, "a", "s", 2, "two", NOW + 1);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 0, NOW + 2, NULL), LN_DB_DONE);
    ln_work_free(&work);
    work = take(store, NOW + 2);
    assert_int_equal(work.count, 1);
    assert_int_equal(work.frames[0].id, 2);
    assert_string_equal(work.state, "{\"event\": 1}");
    finish_without(store, &work, NOW + 3);
    assert_int_equal(take(store, NOW + DAY).device, 0);
    /* A repeat is no reason to look again, and no other state is the same state. */
    assert_false(add(store, "a", "s", 2, "two", NOW + 4));
    assert_int_equal(take(store, NOW + DAY).device, 0);
    add(store, "a", "s", 3, "three", NOW + 5);
    work = take(store, NOW + 5);
    assert_string_equal(work.state, "{\"event\": 1}");
    ln_work_free(&work);
    ln_store_close(store);
}

static void an_open_picture_comes_again_with_all_its_frames(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 0, 0, NOW, NULL), LN_DB_DONE);
    ln_work_free(&work);
    assert_int_equal(take(store, NOW + 1).device, 0);
    add(store, "a", "s", 2, "two", NOW + 2);
    work = take(store, NOW + 2);
    assert_int_equal(work.count, 2);
    assert_int_equal(work.frames[0].picture, 1);
    assert_int_equal(work.frames[1].picture, 0);
    assert_int_equal(finish_as_picture(store, &work, 1, 0, 0, NOW, NULL), LN_DB_DONE);
    ln_work_free(&work);
    assert_int_equal(query("SELECT packets FROM picture"), 2);
    assert_int_equal(query("SELECT count(*) FROM frame WHERE picture = 1"), 2);
    /* Its deadline makes the device due, and a repeat changes nothing about that. */
    assert_false(add(store, "a", "s", 2, "two", NOW + 3));
    assert_int_equal(take(store, NOW + HOUR - 1).device, 0);
    work = take(store, NOW + HOUR);
    assert_int_equal(work.count, 2);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 0, NOW + HOUR, NULL), LN_DB_DONE);
    ln_work_free(&work);
    assert_int_equal(take(store, NOW + DAY).device, 0);
    ln_store_close(store);
}

static void what_is_final_stays(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 0, NOW, NULL), LN_DB_DONE);
    ln_work_free(&work);
    add(store, "a", "s", 2, "two", NOW);
    work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 0, 0, NOW + 9, NULL), LN_DB_DONE);
    ln_work_free(&work);
    assert_int_equal(query("SELECT final FROM picture"), 1);
    assert_int_equal(query("SELECT packets FROM picture"), 1);
    assert_int_equal(query("SELECT model FROM picture"), UINT32_MAX);
    ln_store_close(store);
}

static void an_overdue_picture_does_not_keep_others_waiting(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    /* A worker that does not end it at its deadline. */
    assert_int_equal(finish_as_picture(store, &work, 1, 0, 0, NOW + 2 * HOUR, NULL), LN_DB_DONE);
    ln_work_free(&work);
    add(store, "b", "s", 1, "one", NOW + HOUR + 1);
    work = take(store, NOW + 2 * HOUR);
    assert_string_equal(work.name, "b");
    ln_work_free(&work);
    work = take(store, NOW + 2 * HOUR);
    assert_string_equal(work.name, "a");
    ln_work_free(&work);
    ln_store_close(store);
}

static void a_long_queue_is_looked_at_in_parts(void **state)
{
    ln_store *store = new_store();
    static ln_uplink frames[LN_STORE_MOST_NEW + 10];
    static uint8_t is_new[LN_STORE_MOST_NEW + 10];
    (void)state;
    for (unsigned i = 0; i < LN_STORE_MOST_NEW + 10; i++)
        frames[i] = frame_of("a", "s", (int)i, "x");
    assert_done(ln_store_add(store, "net", frames, LN_STORE_MOST_NEW + 10, NOW, is_new, &error));
    ln_work work = take(store, NOW);
    assert_int_equal(work.count, LN_STORE_MOST_NEW);
    finish_without(store, &work, NOW);
    work = take(store, NOW);
    assert_int_equal(work.count, 10);
    finish_without(store, &work, NOW);
    assert_int_equal(take(store, NOW).device, 0);
    ln_store_close(store);
}

/* ---- Alarms and outbox ----------------------------------------------------------------------- */

static void an_event_has_one_alarm(void **state)
{
    ln_store *store = new_store();
    uint8_t raised;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        add(store, "a", "s", (int)i, "one", NOW);
        ln_work work = take(store, NOW);
        assert_int_equal(finish_as_picture(store, &work, 1, 0, 1, NOW, &raised), LN_DB_DONE);
        assert_int_equal(raised, i == 0);
        ln_work_free(&work);
    }
    assert_int_equal(query("SELECT count(*) FROM alarm"), 1);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 2);
    /* The same event of another device is another one. */
    add(store, "b", "s", 0, "one", NOW);
    ln_work work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 1, NOW, &raised), LN_DB_DONE);
    assert_true(raised);
    ln_work_free(&work);
    ln_store_close(store);
}

static ln_store *store_with_alarm(void)
{
    ln_store *store = new_store();
    add(store, "a", "s", 1, "one", NOW);
    ln_work work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 1, 1, NOW, NULL), LN_DB_DONE);
    ln_work_free(&work);
    return store;
}

static ln_outbox_row next(ln_store *store, uint64_t now_ms)
{
    ln_outbox_row entry;
    assert_done(ln_store_next(store, now_ms, LEASE, &entry, &error));
    return entry;
}

static void an_entry_is_delivered_once(void **state)
{
    ln_store *store = store_with_alarm();
    (void)state;
    ln_outbox_row first = next(store, NOW), second = next(store, NOW);
    assert_int_equal(first.device, ln_store_device("net", "a"));
    assert_string_not_equal(first.target, second.target);
    assert_string_equal(first.body, "{\"label\": \"cat\"}");
    assert_int_equal(first.picture, 1);
    assert_int_equal(first.attempts, 1);
    assert_int_equal(next(store, NOW + LEASE - 1).id, 0);
    assert_done(ln_store_delivered(store, &first, NULL, 0, &error));
    assert_done(ln_store_delivered(store, &second, NULL, 0, &error));
    assert_done(ln_store_delivered(store, &second, "too late", NOW, &error));
    assert_int_equal(next(store, NOW + DAY).id, 0);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 1"), 2);
    ln_outbox_free(&first);
    ln_outbox_free(&second);
    ln_store_close(store);
}

static void what_fails_is_tried_again(void **state)
{
    ln_store *store = store_with_alarm();
    (void)state;
    ln_outbox_row first = next(store, NOW), second = next(store, NOW);
    assert_done(ln_store_delivered(store, &first, "refused", NOW + HOUR, &error));
    /* Nobody says what became of the second, so its lease ends. */
    assert_int_equal(next(store, NOW + LEASE - 1).id, 0);
    ln_outbox_row again = next(store, NOW + LEASE);
    assert_int_equal(again.id, second.id);
    assert_int_equal(again.attempts, 2);
    /* Who comes too late with a problem does not disturb the other one. */
    assert_done(ln_store_delivered(store, &second, "slow", NOW, &error));
    assert_int_equal(next(store, NOW + LEASE).id, 0);
    ln_outbox_free(&again);
    assert_done(ln_store_delivered(store, &second, NULL, 0, &error));
    again = next(store, NOW + HOUR);
    assert_int_equal(again.id, first.id);
    assert_int_equal(next(store, NOW + HOUR).id, 0);
    ln_outbox_free(&again);
    ln_outbox_free(&first);
    ln_outbox_free(&second);
    ln_store_close(store);
}

/* ---- Room ------------------------------------------------------------------------------------ */

/* Pictures of one frame each, of device a, one an hour; an alarm for each second one. */
static void add_pictures(ln_store *store, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        add(store, "a", "s", (int)i, "one", NOW + i * HOUR);
        ln_work work = take(store, NOW + i * HOUR);
        assert_int_equal(finish_as_picture(store, &work, work.frames[0].id, 1, i % 2, NOW + i * HOUR, NULL),
                         LN_DB_DONE);
        ln_work_free(&work);
    }
}

static void deliver_all(ln_store *store)
{
    for (ln_outbox_row entry = next(store, NOW + DAY); entry.id; entry = next(store, NOW + DAY)) {
        assert_done(ln_store_delivered(store, &entry, NULL, 0, &error));
        ln_outbox_free(&entry);
    }
}

static size_t forget(ln_store *store, uint64_t before_ms, size_t most, int keep_alarms)
{
    size_t deleted;
    assert_done(ln_store_forget(store, before_ms, most, keep_alarms, &deleted, &error));
    return deleted;
}

static void old_pictures_are_forgotten(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_pictures(store, 8);
    deliver_all(store);
    assert_int_equal(forget(store, NOW, 10, 0), 0);
    assert_int_equal(forget(store, NOW + 4 * HOUR, 3, 0), 3);
    assert_int_equal(query("SELECT min(id) FROM picture"), 4);
    assert_int_equal(query("SELECT min(id) FROM frame"), 4);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 6);
    assert_int_equal(forget(store, NOW + 4 * HOUR, 3, 0), 1);
    assert_int_equal(query("SELECT count(*) FROM picture"), 4);
    assert_int_equal(query("SELECT count(*) FROM frame"), 4);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 4);
    ln_store_close(store);
}

static void pictures_of_alarms_can_stay(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_pictures(store, 8);
    deliver_all(store);
    assert_int_equal(forget(store, NOW + DAY, 3, 1), 3);
    assert_int_equal(forget(store, NOW + DAY, 3, 1), 1);
    assert_int_equal(forget(store, NOW + DAY, 3, 1), 0);
    assert_int_equal(query("SELECT count(*) FROM frame"), 4);
    assert_int_equal(query("SELECT min(id) FROM picture"), 2);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 8);
    ln_store_close(store);
}

static void what_is_not_delivered_is_not_forgotten(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_pictures(store, 4);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 2);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 4);
    deliver_all(store);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 2);
    assert_int_equal(query("SELECT count(*) FROM outbox"), 0);
    assert_int_equal(query("SELECT count(*) FROM frame"), 0);
    ln_store_close(store);
}

static void frames_of_no_picture_are_forgotten_too(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add(store, "a", "s", 1, "stray", NOW);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 0);
    assert_int_equal(query("SELECT count(*) FROM frame"), 1); /* nobody has looked at it */
    ln_work work = take(store, NOW);
    finish_without(store, &work, NOW);
    add(store, "b", "s", 1, "of an open picture", NOW);
    work = take(store, NOW);
    assert_int_equal(finish_as_picture(store, &work, 1, 0, 0, NOW, NULL), LN_DB_DONE);
    ln_work_free(&work);
    add(store, "b", "s", 2, "perhaps of it too", NOW + 1);
    work = take(store, NOW + 1);
    finish_without(store, &work, NOW + 1);
    assert_int_equal(forget(store, NOW + DAY, 9, 0), 0);
    assert_int_equal(query("SELECT count(*) FROM frame"), 2);
    assert_int_equal(query("SELECT max(id) FROM frame"), 2);
    ln_store_close(store);
}

static void the_size_is_that_of_what_is_kept(void **state)
{
    ln_store *store = new_store();
    static ln_uplink frames[3000];
    static uint8_t is_new[3000];
    uint64_t before, after;
    (void)state;
    assert_done(ln_store_size(store, &before, &error));
    for (unsigned i = 0; i < 3000; i++) {
        frames[i] = frame_of("a", "s", (int)i, "");
        frames[i].size = 200;
    }
    assert_done(ln_store_add(store, "net", frames, 3000, NOW, is_new, &error));
    assert_done(ln_store_size(store, &after, &error));
    assert_true(before > 0 && after > before + 3000 * 200 && after < before + 3000 * 200 * 5);
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_repeat_is_kept_once),
        cmocka_unit_test(counters_may_restart),
        cmocka_unit_test(without_counter_a_repeat_is_an_equal_payload_within_an_hour),
        cmocka_unit_test(devices_of_two_sources_are_two),
        cmocka_unit_test(two_names_with_one_number_are_refused),
        cmocka_unit_test(a_call_keeps_the_order_of_each_device),
        cmocka_unit_test(any_bytes_and_an_empty_call_are_fine),
        cmocka_unit_test(the_device_that_waits_longest_comes_first),
        cmocka_unit_test(a_lease_that_is_over_goes_to_another_worker),
        cmocka_unit_test(an_old_lease_is_good_while_nobody_has_the_device),
        cmocka_unit_test(frames_that_came_meanwhile_make_the_device_due),
        cmocka_unit_test(an_open_picture_comes_again_with_all_its_frames),
        cmocka_unit_test(what_is_final_stays),
        cmocka_unit_test(an_overdue_picture_does_not_keep_others_waiting),
        cmocka_unit_test(a_long_queue_is_looked_at_in_parts),
        cmocka_unit_test(an_event_has_one_alarm),
        cmocka_unit_test(an_entry_is_delivered_once),
        cmocka_unit_test(what_fails_is_tried_again),
        cmocka_unit_test(old_pictures_are_forgotten),
        cmocka_unit_test(pictures_of_alarms_can_stay),
        cmocka_unit_test(what_is_not_delivered_is_not_forgotten),
        cmocka_unit_test(frames_of_no_picture_are_forgotten_too),
        cmocka_unit_test(the_size_is_that_of_what_is_kept),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
