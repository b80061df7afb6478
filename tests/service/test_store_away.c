/* A server that goes away, hangs, or is busy. For PostgreSQL only (postgres.sh). */
#include "service/support_store.h"

#include <signal.h>
#include <time.h>

static ln_db_result add_one(ln_store *store, long counter, ln_error *error)
{
    ln_uplink frame = frame_of("a", "s", counter, "x");
    uint8_t is_new;
    return ln_store_add(store, "net", &frame, 1, NOW, &is_new, error);
}

/* Ends all connections but the one that asks. */
static void cut_connections(void)
{
    query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
          " WHERE application_name = 'limitnet' AND pid <> pg_backend_pid()");
}

static void a_connection_that_broke_is_made_again(void **state)
{
    ln_error error = {0};
    ln_store *store = new_store();
    (void)state;
    assert_done(add_one(store, 1, &error));
    cut_connections();
    assert_int_equal(add_one(store, 2, &error), LN_DB_AWAY);
    assert_true(strlen(error.text) > 0 && !strchr(error.text, '\n'));
    assert_done(add_one(store, 2, &error));
    assert_int_equal(query("SELECT count(*) FROM frame"), 2);
    ln_store_close(store);
}

static void a_transaction_does_not_go_on_in_a_new_connection(void **state)
{
    static const char insert[] = "INSERT INTO schema_version (version) VALUES (7)";
    ln_error error = {0};
    ln_db *db;
    (void)state;
    ln_store_close(new_store());
    assert_done(ln_db_open(&db, where, &error));
    assert_done(ln_db_begin(db, &error));
    assert_done(ln_db_script(db, insert, &error));
    cut_connections();
    assert_int_equal(ln_db_script(db, insert, &error), LN_DB_AWAY);
    assert_int_equal(ln_db_script(db, insert, &error), LN_DB_AWAY);
    assert_int_equal(ln_db_commit(db, &error), LN_DB_AWAY);
    assert_int_equal(query("SELECT count(*) FROM schema_version"), 1);
    assert_done(ln_db_script(db, insert, &error));
    assert_done(ln_db_begin(db, &error));
    cut_connections();
    assert_int_equal(ln_db_commit(db, &error), LN_DB_AWAY);
    ln_db_close(db);
}

/* The test is a user who may stop the server's processes: root, or the server's own. */
static void a_server_that_hangs_is_away(void **state)
{
    ln_error error = {0};
    ln_store *store = new_store();
    (void)state;
    assert_done(add_one(store, 1, &error));
    pid_t pid = (pid_t)query("SELECT pid FROM pg_stat_activity"
                             " WHERE application_name = 'limitnet' AND pid <> pg_backend_pid()");
    time_t begin = time(NULL);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    assert_int_equal(add_one(store, 2, &error), LN_DB_AWAY);
    assert_non_null(strstr(error.text, "does not answer"));
    assert_true(time(NULL) - begin < 60);
    assert_done(add_one(store, 3, &error)); /* by another process of the server */
    kill(pid, SIGCONT);
    assert_done(add_one(store, 2, &error));
    assert_int_equal(query("SELECT count(*) FROM frame"), 3);
    ln_store_close(store);
}

static void a_row_that_another_keeps_locked_is_busy(void **state)
{
    ln_error error = {0};
    ln_store *store = new_store();
    ln_work work;
    ln_db *other;
    (void)state;
    assert_done(add_one(store, 1, &error));
    assert_done(ln_db_open(&other, where, &error));
    assert_done(ln_db_begin(other, &error));
    assert_done(ln_db_script(other, "UPDATE device SET seen = seen", &error));
    assert_int_equal(add_one(store, 2, &error), LN_DB_BUSY);
    /* Whoever looks for work does not wait for it. */
    assert_done(ln_store_take(store, NOW, LEASE, &work, &error));
    assert_int_equal(work.device, 0);
    ln_db_roll_back(other);
    assert_done(add_one(store, 2, &error));
    assert_done(ln_store_take(store, NOW, LEASE, &work, &error));
    assert_int_equal(work.count, 2);
    ln_work_free(&work);
    ln_db_close(other);
    ln_store_close(store);
}

/* What was acknowledged is on the server's disk, whatever it was set up for. */
static void commits_are_flushed(void **state)
{
    ln_error error = {0};
    ln_db *db;
    int64_t is_on = 0;
    (void)state;
    change("ALTER DATABASE postgres SET synchronous_commit = off");
    assert_done(ln_db_open(&db, where, &error));
    assert_done(ln_db_run(db,
                          "SELECT CASE WHEN current_setting('synchronous_commit') = 'on' THEN 1 ELSE 0 END",
                          NULL, 0, take_count, &is_on, NULL, &error));
    ln_db_close(db);
    change("ALTER DATABASE postgres RESET synchronous_commit");
    assert_int_equal(is_on, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_connection_that_broke_is_made_again),
        cmocka_unit_test(a_transaction_does_not_go_on_in_a_new_connection),
        cmocka_unit_test(a_server_that_hangs_is_away),
        cmocka_unit_test(a_row_that_another_keeps_locked_is_busy),
        cmocka_unit_test(commits_are_flushed),
    };
    if (!getenv("LN_TEST_DATABASE"))
        return 77; /* skipped */
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
