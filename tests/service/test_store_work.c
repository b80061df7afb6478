/* Work: who gets which device, when, with which frames. Runs against SQLite, and against PostgreSQL
 * (postgres.sh). */
#include "service/support_store.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_that_waits_longest_comes_first),
        cmocka_unit_test(a_lease_that_is_over_goes_to_another_worker),
        cmocka_unit_test(an_old_lease_is_good_while_nobody_has_the_device),
        cmocka_unit_test(frames_that_came_meanwhile_make_the_device_due),
        cmocka_unit_test(an_open_picture_comes_again_with_all_its_frames),
        cmocka_unit_test(what_is_final_stays),
        cmocka_unit_test(an_overdue_picture_does_not_keep_others_waiting),
        cmocka_unit_test(a_long_queue_is_looked_at_in_parts),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
