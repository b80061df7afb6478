/* A real disk that is full: a small file system in memory, which only root can make. Runs against SQLite, and
 * against PostgreSQL (postgres.sh), whose tables are put there. */
#include "service/support_store.h"

#include "service/web/health.h"
#include "service/sources/ingest.h"
#include "service/store/retention.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

static int run_command(const char *format, const char *path)
{
    char command[700];
    snprintf(command, sizeof command, format, path);
    return system(command);
}

/* Makes a file system of this size; without the right to do so the test is left out. */
static void make_small(char small[600], const char *size)
{
    char format[100];
    snprintf(small, 600, "%s/small", folder);
    snprintf(format, sizeof format, "mount -t tmpfs -o size=%s none %%s 2>/dev/null", size);
    if (chmod(folder, 0755) || mkdir(small, 0755) || run_command(format, small))
        skip();
}

static void remove_small(const char *small)
{
    assert_int_equal(run_command("umount %s", small), 0);
    assert_int_equal(rmdir(small), 0);
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
    make_small(small, "5m");
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
    if (!getenv("LN_TEST_DATABASE"))
        remove_small(small);
}

/* ---- Before it is full ------------------------------------------------------------------------ */

#define BATCH LN_INGEST_BATCH

static const ln_ingest_source source = {"net", ln_event_chirpstack_json, 0};

/* Gives new events of 240 bytes each to the ingest. They are all stored, or none is. */
static ln_taken take_many(ln_ingest *ingest)
{
    static unsigned counter;
    static ln_ingest_event events[BATCH];
    ln_ingest_event *all[BATCH];
    char text[600];
    char data[321];
    memset(data, 'A', 320);
    data[320] = 0;
    for (unsigned i = 0; i < BATCH; i++) {
        const int size =
            snprintf(text, sizeof text, "{\"deviceInfo\":{\"devEui\":\"%016x\"},\"fCnt\":%u,\"data\":\"%s\"}",
                     i % 8, counter + i, data);
        assert_int_equal(ln_ingest_read(&events[i], &source, text, (size_t)size, NULL), 1);
        all[i] = &events[i];
    }
    ln_ingest_store(ingest, all, BATCH);
    for (unsigned i = 1; i < BATCH; i++)
        assert_int_equal(events[i].taken, events[0].taken);
    counter += events[0].taken == LN_TAKEN ? BATCH : 0;
    return events[0].taken;
}

static void fill(ln_ingest *ingest)
{
    unsigned calls = 0;
    while (take_many(ingest) == LN_TAKEN)
        calls++;
    assert_true(calls > 10);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(take_many(ingest), LN_LATER);
}

/* All of it belongs to nothing. */
static void look_at_all(ln_store *store, uint64_t now_ms)
{
    for (ln_work work = take(store, now_ms); work.device; work = take(store, now_ms))
        finish_without(store, &work, now_ms);
}

static void check_health(ln_health *health, unsigned status, const char *says, const char *metric)
{
    ln_web_answer answer = {.status = 0};
    ln_text text = {0};
    assert_done(ln_health_look_at_disk(health, &error));
    ln_health_ready(health, NULL, &answer);
    assert_int_equal(answer.status, status);
    assert_string_equal(answer.body.bytes, says);
    ln_metrics_print(health->metrics, &text);
    assert_non_null(strstr(text.bytes, metric));
    free(answer.body.bytes);
    free(text.bytes);
}

static void forget_until_there_is_room(ln_store *store, uint64_t now_ms)
{
    const ln_service_settings settings = {.keep_alarms = 1, .disk = (uint64_t)1 << 40};
    ln_retained retained = {.deleted = 1};
    for (unsigned steps = 0; retained.deleted; steps++) {
        assert_true(steps < 1000);
        assert_done(ln_retention_step(store, &settings, now_ms, &retained, &error));
    }
    assert_false(retained.is_over); /* it ended since there is room, not since all was gone */
    assert_true(query("SELECT count(*) FROM frame") > 0);
}

/* How often a text stands in what was logged. */
static unsigned logged(const char *path, const char *text)
{
    char line[1000];
    unsigned count = 0;
    FILE *file = fopen(path, "r");
    while (fgets(line, sizeof line, file))
        count += strstr(line, text) != NULL;
    fclose(file);
    return count;
}

/* Frames are refused while there is still room to work and to delete, and are taken again when there is. */
static void new_frames_wait_before_the_disk_is_full(void **state)
{
    char small[600], log[600];
    (void)state;
    if (getenv("LN_TEST_DATABASE"))
        skip();
    make_small(small, "16m");
    snprintf(where, sizeof where, "%s/store.db", small);
    snprintf(log, sizeof log, "%s/log", folder);
    const int usual = dup(2), file = open(log, O_WRONLY | O_CREAT, 0600);
    ln_health health = {.where = where, .metrics = ln_metrics_new()};
    ln_ingest *ingest = ln_ingest_open(where, NULL);
    const uint64_t later = (uint64_t)time(NULL) * 1000 + 2 * HOUR;
    assert_done(ln_health_look(&health, &error));
    check_health(&health, 200, "ready\n", "\nlimitnet_store_full 0\n");
    dup2(file, 2);
    for (unsigned i = 1; i <= 3; i++) {
        fill(ingest);
        check_health(&health, 503, "the disk is full\n", "\nlimitnet_store_full 1\n");
        ln_store *store = open_store();
        look_at_all(store, later);
        if (i < 3)
            forget_until_there_is_room(store, later);
        else
            assert_int_equal(run_command("mount -o remount,size=50m %s", small), 0);
        ln_store_close(store);
        check_health(&health, 200, "ready\n", "\nlimitnet_store_full 0\n");
        assert_int_equal(take_many(ingest), LN_TAKEN);
        assert_int_equal(logged(log, "the store takes no frames"), i);
        assert_int_equal(logged(log, "the store takes frames again"), i);
    }
    dup2(usual, 2);
    close(usual);
    close(file);
    ln_ingest_close(ingest);
    ln_store_close(health.store);
    ln_metrics_free(health.metrics);
    remove_small(small);
}

/* ---- SQLite's log ----------------------------------------------------------------------------- */

static off_t log_size(void)
{
    char path[600];
    struct stat status;
    snprintf(path, sizeof path, "%s-wal", where);
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

/* While somebody reads, the log of SQLite only grows. It is short again when they have ended. */
static void a_long_reader_leaves_no_long_log(void **state)
{
    const off_t most = 16 << 20;
    unsigned call = 0;
    ln_db *reader;
    (void)state;
    if (getenv("LN_TEST_DATABASE"))
        skip();
    snprintf(where, sizeof where, "%s/store.db", folder);
    ln_store *store = new_store();
    assert_done(ln_db_open(&reader, where, &error));
    assert_done(ln_db_script(reader, "BEGIN; SELECT count(*) FROM frame", &error));
    while (log_size() < most + most / 8)
        assert_done(add_many(store, call++, &error));
    assert_done(ln_db_script(reader, "COMMIT", &error));
    for (unsigned i = 0; i < 3; i++)
        assert_done(add_many(store, call++, &error));
    assert_true(log_size() <= most);
    ln_db_close(reader);
    ln_store_close(store);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_takes_frames_again_when_it_has_room),
        cmocka_unit_test(new_frames_wait_before_the_disk_is_full),
        cmocka_unit_test(a_long_reader_leaves_no_long_log),
    };
    return cmocka_run_group_tests(tests, make_folder, end);
}
