/* The power fails, or the disk is full, at each change of SQLite's files in turn. */
#include "service/support_disk.h"
#include "service/support_store.h"

#define CALLS 8 /* of ln_store_add */
#define EACH 3  /* frames of a call */

/* What the store said it has done. */
typedef struct told {
    unsigned added;      /* calls */
    unsigned pictures;   /* of device 0, one for each call, with an alarm */
    ln_db_result result; /* of the first call that failed */
} told;

static ln_db_result add_call(ln_store *store, unsigned call)
{
    ln_uplink frames[EACH];
    uint8_t is_new[EACH];
    for (unsigned i = 0; i < EACH; i++) {
        char name[8];
        snprintf(name, sizeof name, "%u", i);
        frames[i] = frame_of(name, "s", (int)call, "payload");
    }
    return ln_store_add(store, "net", frames, EACH, NOW + call, is_new, NULL);
}

/* A picture of the frames that are new. */
static ln_db_result work_call(ln_store *store, unsigned call)
{
    ln_work work;
    ln_db_result result = ln_store_take(store, NOW + call, LEASE, &work, NULL);
    if (result == LN_DB_DONE && work.device)
        result = finish_as_picture(store, &work, work.frames[0].id, 1, 1, NOW + call, NULL);
    ln_work_free(&work);
    return result;
}

/* Adds and works, and closes the store once in between, until something fails. The store stays open. */
static ln_store *use(told *t)
{
    ln_store *store = NULL;
    *t = (told){.result = ln_store_open(&store, where, NULL)};
    for (unsigned call = 0; call < CALLS && t->result == LN_DB_DONE; call++) {
        if (call == CALLS / 2) {
            ln_store_close(store);
            t->result = ln_store_open(&store, where, NULL);
        }
        if (t->result == LN_DB_DONE)
            t->result = add_call(store, call);
        t->added += t->result == LN_DB_DONE;
        if (t->result == LN_DB_DONE)
            t->result = work_call(store, call);
        t->pictures += t->result == LN_DB_DONE;
    }
    return store;
}

/* What a file holds, or what is wrong with it. */
enum { BROKEN, UNOWNED, FRAMES, PICTURES, ALARMS, ENTRIES, COUNTS };

static void take_counts(void *context, const ln_db_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ((int64_t *)context)[i] = values[i].integer;
}

static void count_all(int64_t counts[COUNTS])
{
    static const char sql[] =
        "SELECT (SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'),"
        " (SELECT count(*) FROM pragma_foreign_key_check),"
        " (SELECT count(*) FROM frame), (SELECT count(*) FROM picture), (SELECT count(*) FROM alarm),"
        " (SELECT count(*) FROM outbox)";
    ln_db *db;
    assert_done(ln_db_open(&db, where, &error));
    assert_done(ln_db_run(db, sql, NULL, 0, take_counts, counts, NULL, &error));
    ln_db_close(db);
    assert_int_equal(counts[BROKEN], 0);
    assert_int_equal(counts[UNOWNED], 0);
}

/* What was told is there, once; of the call that failed, all or nothing (`more` is 1) or nothing. */
static void check_told(const told *t, unsigned more)
{
    int64_t counts[COUNTS];
    count_all(counts);
    assert_in_range(counts[FRAMES], EACH * t->added, EACH * (t->added + more));
    assert_int_equal(counts[FRAMES] % EACH, 0);
    assert_in_range(counts[PICTURES], t->pictures, t->pictures + more);
    assert_int_equal(counts[ALARMS], counts[PICTURES]);
    assert_int_equal(counts[ENTRIES], 2 * counts[ALARMS]);
}

/* Everything can be added again, and is there once. */
static void check_goes_on(ln_store *store)
{
    for (unsigned call = 0; call < CALLS; call++)
        assert_done(add_call(store, call));
    ln_store_close(store);
    int64_t counts[COUNTS];
    count_all(counts);
    assert_int_equal(counts[FRAMES], EACH * CALLS);
}

static void nothing_that_was_told_is_lost_when_the_power_fails(void **state)
{
    (void)state;
    for (unsigned fate = 0; fate < DISK_FATES; fate++) {
        unsigned n = 0;
        for (told t = {.result = LN_DB_FAILED}; t.result != LN_DB_DONE;) {
            empty();
            disk_renew(DISK_CUT, ++n);
            ln_store_close(use(&t));
            disk_restart(fate, n);
            ln_store *store = open_store(); /* which makes the tables, if it came to none */
            check_told(&t, 1);
            check_goes_on(store);
        }
        print_message("%u changes\n", n - 1);
        assert_true(n > 100);
    }
}

static void a_full_disk_changes_nothing_and_works_again(void **state)
{
    unsigned n = 0;
    (void)state;
    for (told t = {.result = LN_DB_FULL}; t.result != LN_DB_DONE;) {
        empty();
        disk_renew(DISK_FULL, ++n);
        ln_store *store = use(&t);
        assert_true(t.result == LN_DB_FULL || t.result == LN_DB_DONE);
        if (store && t.result == LN_DB_FULL)
            assert_int_equal(add_call(store, t.added), LN_DB_FULL); /* as long as it is full */
        disk.fault = DISK_FINE;
        if (!store)
            store = open_store();
        check_told(&t, 0);
        check_goes_on(store); /* the same connection */
    }
    print_message("%u changes\n", n - 1);
    assert_true(n > 100);
}

static int begin(void **state)
{
    unsetenv("LN_TEST_DATABASE");
    disk_begin();
    return make_folder(state);
}

static int end(void **state)
{
    disk_end();
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_was_told_is_lost_when_the_power_fails),
        cmocka_unit_test(a_full_disk_changes_nothing_and_works_again),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
