/* Every allocation of the store fails once, SQLite's too: it says so, keeps all or nothing, leaks nothing,
 * and the same connection goes on. */
#include "service/support_store.h"

#include "faults/fault.h"
#include "service/pictures/gallery.h"
#include "service/deliver/outbox.h"
#include "service/store/retention.h"
#include "service/store/list.h"

#include <errno.h>

static ln_error said;

static ln_db_result open_and_close(void)
{
    ln_store *store;
    ln_db_result result = ln_store_open(&store, where, &said);
    ln_store_close(store);
    return result;
}

static ln_store *store;
static unsigned round;

static ln_db_result add_frames(void)
{
    ln_uplink frames[3] = {frame_of("a", "s", (int)round, "x"), frame_of("b", "s", (int)round, "y"),
                           frame_of("a", "s", (int)round + 10000, "z")};
    uint8_t is_new[3];
    return ln_store_add(store, "net", frames, 3, NOW, is_new, &said);
}

/* A worker that dies without memory loses its lease, so each time is later than the last. */
static ln_db_result look(void)
{
    ln_work work;
    const uint64_t now = NOW + (uint64_t)round * LEASE;
    ln_db_result result = ln_store_take(store, now, LEASE, &work, &said);
    const ln_alarm_row alarm = {"cats", round, 1, now, "cat", 9000, "{}", (const char *const[]){"mail"}, 1};
    const ln_found found = {.alarms = &alarm, .alarm_count = 1, .state = "{}"};
    if (result == LN_DB_DONE) { /* there is always something: frames are added each time */
        assert_true(work.count > 0);
        assert_int_equal(work.frames[0].id + (int64_t)work.count - 1, work.version);
        assert_non_null(work.name);
        result = ln_store_finish(store, &work, &found, now, NULL, &said);
    }
    ln_work_free(&work);
    return result;
}

/* Does what the last failure has left, and gives new work. */
static ln_db_result give_work(void)
{
    const uint64_t now = NOW + (uint64_t)round * LEASE;
    for (ln_work work = take(store, now); work.device; work = take(store, now))
        finish_without(store, &work, now);
    return add_frames();
}

/* Leaves a hint for the device. */
static ln_db_result give_hint(void)
{
    change("UPDATE device SET hint = 4194305, told_ms = 0");
    return LN_DB_DONE;
}

static ln_db_result tell(void)
{
    const ln_hint_limits any = {0, NOW};
    ln_counter_row counters[4];
    char name[LN_DEVICE_NAME + 1];
    int64_t devices[2];
    uint32_t hint;
    size_t count;
    ln_db_result result = ln_store_hints(store, "net", &any, devices, 2, &count, &said);
    if (result == LN_DB_DONE)
        result = ln_store_counters(store, devices[0], 4, counters, 4, &count, &said);
    if (result == LN_DB_DONE)
        result = ln_store_take_hint(store, devices[0], &any, NOW, name, &hint, &said);
    if (result == LN_DB_DONE)
        assert_true(hint == 4194305 && name[0]);
    return result;
}

static ln_db_result deliver(void)
{
    ln_outbox_row entry;
    ln_db_result result = ln_store_next(store, "mail", NOW + (uint64_t)round * LEASE, LEASE, &entry, &said);
    if (result == LN_DB_DONE && entry.id)
        result = ln_store_delivered(store, &entry, "no answer", NOW, &said);
    ln_outbox_free(&entry);
    return result;
}

static ln_db_result forget(void)
{
    size_t deleted;
    return ln_store_forget(store, NOW, 5, 0, &deleted, &said);
}

static ln_db_result measure(void)
{
    uint64_t bytes;
    ln_db_result result = ln_store_size(store, &bytes, &said);
    return result == LN_DB_DONE ? ln_store_used(store, &bytes, &said) : result;
}

static ln_db_result look_around(void)
{
    ln_store_counts counts;
    ln_db_result result = ln_store_check_room(store, &said);
    return result == LN_DB_DONE ? ln_store_count(store, NOW, &counts, &said) : result;
}

static ln_db_result list(void)
{
    ln_list all;
    ln_db_result result = ln_store_list(store, NULL, NULL, 10, &all, &said);
    ln_list_free(&all);
    return result;
}

static ln_db_result retain(void)
{
    const ln_service_settings settings = {.age = HOUR, .disk = 1};
    ln_retained retained;
    return ln_retention_step(store, &settings, NOW + DAY, &retained, &said);
}

/* Ends at once. */
static ln_db_result run_outbox(void)
{
    static const atomic_int stop = 1;
    const ln_service_settings settings = {.store = where, .model = "none"};
    return ln_outbox_run(&settings, NULL, &stop, &said) == LN_OK ? LN_DB_DONE : LN_DB_FAILED;
}

/* There is no such model, but looking for it takes memory. */
static ln_db_result show(void)
{
    const ln_kept kept = {.picture = {.row = {.id = 1, .model = 5}}};
    uint8_t *png;
    size_t size;
    ln_gallery *gallery = ln_gallery_open(&(ln_service_settings){.model = "none"});
    const ln_status status =
        gallery ? ln_gallery_show(gallery, &kept, 0, &png, &size, &said) : ln_fail_memory(&said);
    ln_gallery_close(gallery);
    assert_int_not_equal(status, LN_OK);
    return status == LN_ERR_MEMORY ? LN_DB_FAILED : LN_DB_DONE;
}

/* Lets the first allocation fail, then the second, until none does. */
static void each_allocation_fails(const char *name, ln_db_result before(void), ln_db_result call(void))
{
    unsigned n = 0, refused = 0;
    for (int failed = 1; failed;) {
        said = (ln_error){0};
        round++;
        assert_true(!before || before() == LN_DB_DONE);
        fault_arm(FAULT_MEMORY, ++n, ENOMEM);
        ln_db_result result = call();
        failed = fault_disarm();
        refused += result != LN_DB_DONE;
        if (result != LN_DB_DONE && (result != LN_DB_FAILED || !strstr(said.text, "not enough memory")))
            fail_msg("%s: allocation %u: result %u, '%s'", name, n, result, said.text);
        if (result != LN_DB_DONE && !failed)
            fail_msg("%s: fails without a fault", name);
    }
    print_message("%s: %u of %u allocations\n", name, refused, n - 1);
    assert_true(n > 1);
}

static void memory_may_be_short_anywhere(void **state)
{
    (void)state;
    empty();
    each_allocation_fails("open", NULL, open_and_close);
    store = open_store();
    each_allocation_fails("add", NULL, add_frames);
    assert_int_equal(query("SELECT count(*) % 3 FROM frame"), 0);
    assert_int_equal(query("SELECT sum(version) - (SELECT count(*) FROM frame) FROM device"), 0);
    each_allocation_fails("look", give_work, look);
    round = 20000;
    assert_int_equal(add_frames(), LN_DB_DONE);
    assert_int_equal(look(), LN_DB_DONE);
    assert_int_equal(query("SELECT (SELECT count(*) FROM alarm) - (SELECT count(*) FROM outbox)"), 0);
    each_allocation_fails("tell", give_hint, tell);
    each_allocation_fails("deliver", NULL, deliver);
    each_allocation_fails("forget", NULL, forget);
    each_allocation_fails("measure", NULL, measure);
    change("INSERT INTO picture (device, id, number, first_ms, last_ms, deadline_ms, packets, bytes, final,"
           " label, score, model, open, seen, evidence)"
           " SELECT device, 1, 0, 1, 1, 1, 1, 1, 1, 'cat', 1, 1, 0, 1, 0 FROM device");
    each_allocation_fails("list", NULL, list);
    each_allocation_fails("look around", NULL, look_around);
    each_allocation_fails("retain", NULL, retain);
    each_allocation_fails("run the outbox", NULL, run_outbox);
    each_allocation_fails("show", NULL, show);
    ln_store_close(store);
}

static int begin(void **state)
{
    unsetenv("LN_TEST_DATABASE");
    return make_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_may_be_short_anywhere)};
    return cmocka_run_group_tests(tests, begin, remove_folder);
}
