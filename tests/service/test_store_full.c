/* A real disk that is full: a small file system in memory, which only root can make. Runs against SQLite, and
 * against PostgreSQL (postgres.sh), whose tables are put there. */
#include "service/support_store.h"

#include <sys/stat.h>

static int run_command(const char *format, const char *path)
{
    char command[700];
    snprintf(command, sizeof command, format, path);
    return system(command);
}

/* Puts the store into the file system. */
static void move_store(const char *small)
{
    char text[700];
    if (!getenv("LN_TEST_DATABASE")) {
        snprintf(where, sizeof where, "%s/store.db", small);
        return;
    }
    assert_int_equal(run_command("chown --reference=$LN_TEST_DATA %s", small), 0);
    snprintf(text, sizeof text, "CREATE TABLESPACE small LOCATION '%s'", small);
    change(text);
    snprintf(where, sizeof where, "%s&options=-c%%20default_tablespace%%3Dsmall", getenv("LN_TEST_DATABASE"));
}

static ln_db_result add_many(ln_store *store, unsigned call, ln_error *error)
{
    enum { MANY = 50 };
    static ln_uplink frames[MANY];
    uint8_t is_new[MANY];
    for (unsigned i = 0; i < MANY; i++) {
        frames[i] = frame_of("a", "s", (int)(call * MANY + i), "");
        frames[i].size = 200;
    }
    return ln_store_add(store, "net", frames, MANY, NOW, is_new, error);
}

static void a_full_disk_takes_frames_again_when_it_has_room(void **state)
{
    char small[600];
    ln_error error = {0};
    ln_db_result result;
    unsigned calls = 0;
    (void)state;
    snprintf(small, sizeof small, "%s/small", folder);
    if (chmod(folder, 0755) || mkdir(small, 0755) ||
        run_command("mount -t tmpfs -o size=5m none %s 2>/dev/null", small))
        skip();
    empty();
    move_store(small);
    ln_store *store = open_store();
    while ((result = add_many(store, calls, &error)) == LN_DB_DONE)
        calls++;
    if (result != LN_DB_FULL)
        fail_msg("result %u: %s", result, error.text);
    assert_true(calls > 2);
    assert_int_equal(add_many(store, calls, &error), LN_DB_FULL);
    ln_work work = {0};
    result = ln_store_take(store, NOW, LEASE, &work, &error); /* this may find room */
    assert_true(result == LN_DB_DONE || result == LN_DB_FULL);
    ln_work_free(&work);

    assert_int_equal(run_command("mount -o remount,size=50m %s", small), 0);
    assert_done(add_many(store, calls, &error));
    ln_store_close(store);
    assert_int_equal(query("SELECT count(*) FROM frame"), 50 * (calls + 1));
    assert_int_equal(query("SELECT max(version) FROM device"), 50 * (calls + 1));
    print_message("full after %u frames\n", 50 * calls);
}

static int end(void **state)
{
    if (getenv("LN_TEST_DATABASE")) {
        empty();
        change("DROP TABLESPACE IF EXISTS small");
    }
    run_command("umount %s/small 2>/dev/null", folder);
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_full_disk_takes_frames_again_when_it_has_room)};
    return cmocka_run_group_tests(tests, make_folder, end);
}
