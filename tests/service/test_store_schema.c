/* How a store gets from one version of its tables to the next, and transactions. Runs against SQLite, and
 * against PostgreSQL (postgres.sh). */
#include "service/support_store.h"

#include "service/store/schema.h"

static const char NOTES[] = "CREATE TABLE note (device BIGINT NOT NULL, text {bytes}, -- {by device} {\n"
                            " PRIMARY KEY (device)) {by device};\n{parts of note}\n"
                            "ALTER TABLE frame ADD COLUMN loud BIGINT NOT NULL DEFAULT 7;";

static ln_db *open_database(void)
{
    ln_db *db;
    assert_done(ln_db_open(&db, where, &error));
    return db;
}

static void a_store_with_frames_gets_new_tables(void **state)
{
    ln_store *store = new_store();
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        add(store, i % 2 ? "a" : "b", "s", (int)i, "x", NOW);
    ln_store_close(store);

    const char *const steps[] = {ln_schema[0], NOTES, NULL};
    ln_db *db = open_database();
    assert_done(ln_schema_update(db, steps, &error));
    assert_done(ln_schema_update(db, steps, &error)); /* and once only */
    ln_db_close(db);
    assert_int_equal(query("SELECT max(version) FROM schema_version"), 2);
    assert_int_equal(query("SELECT count(*) FROM frame WHERE loud = 7"), 100);
    change("INSERT INTO note (device) VALUES (-3), (5)");
}

static void a_step_that_fails_changes_nothing(void **state)
{
    const char *const steps[] = {ln_schema[0], NOTES, "CREATE TABLE more (a BIGINT); SELECT * FROM nowhere",
                                 NULL};
    ln_error error = {0};
    (void)state;
    ln_store_close(new_store());
    ln_db *db = open_database();
    assert_int_equal(ln_schema_update(db, steps, &error), LN_DB_FAILED);
    assert_non_null(strstr(error.text, "nowhere"));
    ln_db_close(db);
    assert_int_equal(query("SELECT max(version) FROM schema_version"), 1);
    ln_store_close(open_store());
    change("CREATE TABLE more (a BIGINT); CREATE TABLE note (a BIGINT)"); /* they are not there */
    change("DROP TABLE more; DROP TABLE note");
}

static void a_newer_store_is_refused(void **state)
{
    ln_store *store = new_store();
    ln_error error = {0};
    (void)state;
    ln_store_close(store);
    change("INSERT INTO schema_version (version) VALUES (2)");
    assert_int_equal(ln_store_open(&store, where, &error), LN_DB_FAILED);
    assert_null(store);
    assert_string_equal(error.text,
                        "the database has version 2 of the tables, and this program knows 1: use a "
                        "newer program");
}

static void what_is_no_database_is_refused(void **state)
{
    ln_store *store;
    ln_error error = {0};
    char path[600];
    (void)state;
    snprintf(path, sizeof path, "%s/missing/store.db", folder);
    assert_int_equal(ln_store_open(&store, path, &error), LN_DB_FAILED);
    assert_null(store);
    assert_non_null(strstr(error.text, "is its folder there"));
    assert_int_equal(ln_store_open(&store, "README.md", &error), LN_DB_FAILED);
    assert_string_equal(error.text, "README.md: file is not a database");
    assert_int_equal(ln_store_open(&store, "postgresql:///x?host=/nowhere&password=secret", &error),
                     LN_DB_AWAY);
    assert_null(store);
    assert_non_null(strstr(error.text, "PostgreSQL at /nowhere: "));
    assert_null(strstr(error.text, "secret"));
}

/* After a statement that failed nothing of its transaction is kept, whatever the caller does. */
static void a_broken_transaction_keeps_nothing(void **state)
{
    ln_error error = {0}, again = {0};
    (void)state;
    ln_store_close(new_store());
    ln_db *db = open_database();
    assert_done(ln_db_begin(db, &error));
    assert_done(ln_db_script(db, "INSERT INTO schema_version (version) VALUES (8)", &error));
    assert_int_equal(ln_db_script(db, "INSERT INTO nowhere VALUES (1)", &error), LN_DB_FAILED);
    assert_int_equal(ln_db_script(db, "INSERT INTO schema_version (version) VALUES (9)", &again),
                     LN_DB_FAILED);
    assert_string_equal(error.text, again.text);
    assert_int_equal(ln_db_commit(db, &error), LN_DB_FAILED);
    assert_done(ln_db_script(db, "INSERT INTO schema_version (version) VALUES (10)", &error));
    assert_done(ln_db_begin(db, &error));
    assert_done(ln_db_script(db, "INSERT INTO schema_version (version) VALUES (11)", &error));
    ln_db_close(db);
    assert_int_equal(query("SELECT count(*) FROM schema_version WHERE version < 10"), 1);
    assert_int_equal(query("SELECT max(version) FROM schema_version"), 10);
}

static void take_values(void *context, const ln_db_value *values, size_t count)
{
    assert_int_equal(count, 5);
    assert_int_equal(values[0].integer, INT64_MIN);
    assert_int_equal(values[1].type, LN_DB_TEXT);
    assert_string_equal(values[1].bytes, "");
    assert_int_equal(values[2].type, LN_DB_BYTES);
    assert_int_equal(values[2].size, 3);
    assert_memory_equal(values[2].bytes, "\0\xff'", 3);
    assert_int_equal(values[3].type, LN_DB_NULL);
    assert_int_equal(values[4].type, LN_DB_BYTES);
    assert_int_equal(values[4].size, 0);
    ++*(unsigned *)context;
}

static void values_come_back_as_they_went_in(void **state)
{
    unsigned rows = 0;
    (void)state;
    ln_store_close(new_store());
    ln_db *db = open_database();
    const int is_sqlite = ln_db_kind_of(db) == LN_DB_SQLITE;
    assert_done(ln_db_script(db,
                             is_sqlite ? "CREATE TABLE v (i BIGINT, t TEXT, b BLOB, n TEXT, e BLOB)"
                                       : "CREATE TABLE v (i BIGINT, t TEXT, b BYTEA, n TEXT, e BYTEA)",
                             &error));
    /* $5 is met first, and $2 twice. */
    assert_done(ln_db_run(db, "INSERT INTO v (e, i, t, b, n) SELECT $5, $1, $2, $3, $4 WHERE $2 = ''",
                          LN_DB_VALUES(ln_db_integer(INT64_MIN), ln_db_text(""), ln_db_bytes("\0\xff'", 3),
                                       ln_db_text(NULL), ln_db_bytes(NULL, 0)),
                          NULL, NULL, NULL, &error));
    assert_done(ln_db_run(db, "SELECT i, t, b, n, e FROM v", NULL, 0, take_values, &rows, NULL, &error));
    assert_int_equal(rows, 1);
    assert_done(ln_db_script(db, "DROP TABLE v", &error));
    ln_db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_with_frames_gets_new_tables),
        cmocka_unit_test(a_step_that_fails_changes_nothing),
        cmocka_unit_test(a_newer_store_is_refused),
        cmocka_unit_test(what_is_no_database_is_refused),
        cmocka_unit_test(a_broken_transaction_keeps_nothing),
        cmocka_unit_test(values_come_back_as_they_went_in),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
