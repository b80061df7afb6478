/* The list of what is kept. Runs against SQLite, and against PostgreSQL (postgres.sh). */
#include "service/support_store.h"

#include "service/store/list.h"

static void keep(ln_store *store, const char *device, int counter, const char *payload, int final,
                 uint64_t time_ms)
{
    add(store, device, "s", counter, payload, time_ms);
    ln_work work = take(store, time_ms);
    const int64_t id = work.frames[work.count - 1].id;
    work.frames[0].time_ms = time_ms;
    assert_int_equal(finish_as_picture(store, &work, id, final, 0, time_ms, NULL), LN_DB_DONE);
    ln_work_free(&work);
}

static void the_newest_come_first(void **state)
{
    ln_store *store = new_store();
    ln_list list;
    (void)state;
    keep(store, "a", 1, "one", 1, NOW);
    keep(store, "b", 1, "two", 1, NOW + 2);
    keep(store, "a", 2, "three", 0, NOW + 1);
    assert_done(ln_store_list(store, NULL, NULL, 10, &list, &error));
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0].device, "b");
    assert_string_equal(list.items[0].source, "net");
    assert_string_equal(list.items[0].label, "cat");
    assert_int_equal(list.items[0].last_ms, NOW + 2);
    assert_int_equal(list.items[0].packets, 1);
    assert_true(list.items[0].final);
    assert_string_equal(list.items[1].device, "a");
    assert_int_equal(list.items[1].id, 2);
    assert_false(list.items[1].final);
    assert_int_equal(list.items[2].id, 1);
    ln_list_free(&list);
    assert_done(ln_store_list(store, NULL, NULL, 2, &list, &error));
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[1].last_ms, NOW + 1);
    ln_list_free(&list);
    ln_store_close(store);
}

static void a_device_has_a_list_of_its_own(void **state)
{
    ln_store *store = new_store();
    ln_list list;
    (void)state;
    keep(store, "a", 1, "one", 1, NOW);
    keep(store, "b", 1, "two", 1, NOW + 2);
    assert_done(ln_store_list(store, "net", "a", 10, &list, &error));
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].device, "a");
    ln_list_free(&list);
    assert_done(ln_store_list(store, "other", "a", 10, &list, &error));
    assert_int_equal(list.count, 0);
    ln_list_free(&list);
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_come_first),
        cmocka_unit_test(a_device_has_a_list_of_its_own),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
