/* A store for a test: in a file of a folder of its own, or in the PostgreSQL that LN_TEST_DATABASE names
 * (started by postgres.sh). Each test begins with an empty one. */
#ifndef LN_TESTS_SUPPORT_STORE_H
#define LN_TESTS_SUPPORT_STORE_H

#include "service/store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR 3600000u
#define DAY (24 * (uint64_t)HOUR)
#define LEASE 60000u
#define NOW 1800000000000u

static char folder[] = "/tmp/limitnet-store-XXXXXX", where[512];

static inline int make_folder(void **state)
{
    const char *url = getenv("LN_TEST_DATABASE");
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    if (url)
        snprintf(where, sizeof where, "%s", url);
    else
        snprintf(where, sizeof where, "%s/store.db", folder);
    return 0;
}

static inline int remove_folder(void **state)
{
    char command[600];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

#define assert_done(call)                                                                                    \
    do {                                                                                                     \
        ln_error error = {0};                                                                                \
        if ((call) != LN_DB_DONE)                                                                            \
            fail_msg("%s: %s", #call, error.text);                                                           \
    } while (0)

/* Removes all that the last test left. */
static inline void empty(void)
{
    char path[600];
    ln_db *db;
    static const char *const ends[] = {"", "-wal", "-shm"};
    if (strncmp(where, folder, strlen(folder)) == 0) {
        for (size_t i = 0; i < 3; i++) {
            snprintf(path, sizeof path, "%s%s", where, ends[i]);
            unlink(path);
        }
        return;
    }
    assert_done(ln_db_open(&db, where, &error));
    assert_done(ln_db_script(db, "DROP SCHEMA public CASCADE; CREATE SCHEMA public", &error));
    ln_db_close(db);
}

static inline ln_store *open_store(void)
{
    ln_store *store;
    assert_done(ln_store_open(&store, where, &error));
    return store;
}

static inline ln_store *new_store(void)
{
    empty();
    return open_store();
}

/* ---- Looking without the store --------------------------------------------------------------- */

static inline void take_count(void *context, const ln_db_value *values, size_t count)
{
    (void)count;
    *(int64_t *)context = values->integer;
}

/* The integer that a query gives. */
static inline int64_t query(const char *sql)
{
    ln_db *db;
    int64_t value = -1;
    assert_done(ln_db_open(&db, where, &error));
    assert_done(ln_db_run(db, sql, NULL, 0, take_count, &value, NULL, &error));
    ln_db_close(db);
    return value;
}

static inline void change(const char *sql)
{
    ln_db *db;
    assert_done(ln_db_open(&db, where, &error));
    assert_done(ln_db_script(db, sql, &error));
    ln_db_close(db);
}

/* ---- Frames and outcomes --------------------------------------------------------------------- */

#define UNCOUNTED (-1)

static inline ln_uplink frame_of(const char *device, const char *session, long counter, const char *payload)
{
    ln_uplink frame = {.counter_bits = counter != UNCOUNTED ? 32 : 0, .battery = LN_NO_BATTERY};
    snprintf(frame.device, sizeof frame.device, "%s", device);
    snprintf(frame.session, sizeof frame.session, "%s", session);
    frame.counter = frame.counter_bits ? (uint32_t)counter : 0;
    frame.size = strlen(payload);
    memcpy(frame.payload, payload, frame.size);
    return frame;
}

/* Returns whether the frame was new. */
static inline int add(ln_store *store, const char *device, const char *session, long counter,
                      const char *payload, uint64_t now_ms)
{
    ln_uplink frame = frame_of(device, session, counter, payload);
    uint8_t is_new;
    assert_done(ln_store_add(store, "net", &frame, 1, now_ms, &is_new, &error));
    return is_new;
}

static inline ln_work take(ln_store *store, uint64_t now_ms)
{
    ln_work work;
    assert_done(ln_store_take(store, now_ms, LEASE, &work, &error));
    return work;
}

/* Of the targets that finish_as_picture gives alarms to. */
static inline ln_outbox_row next(ln_store *store, uint64_t now_ms)
{
    static const char *const targets[] = {"mail", "web"};
    ln_outbox_row entry = {0};
    for (size_t i = 0; i < 2 && !entry.id; i++)
        assert_done(ln_store_next(store, targets[i], now_ms, LEASE, &entry, &error));
    return entry;
}

/* All frames of the work are one picture, which an alarm may be raised for. */
static inline ln_db_result finish_as_picture(ln_store *store, const ln_work *work, int64_t picture, int final,
                                             int alarm, uint64_t now_ms, uint8_t *raised)
{
    int64_t of[64];
    const ln_picture_row row = {.id = picture,
                                .first_ms = work->frames[0].time_ms,
                                .last_ms = work->frames[work->count - 1].time_ms,
                                .deadline_ms = work->frames[0].time_ms + HOUR,
                                .packets = (uint32_t)work->count,
                                .final = final,
                                .answer = "{}",
                                .label = "cat",
                                .model = UINT32_MAX};
    static const char *const targets[] = {"mail", "web"};
    const ln_alarm_row raise = {"cats",  picture, picture, now_ms, "cat", 9000, "{\"label\": \"cat\"}",
                                targets, 2};
    for (size_t i = 0; i < work->count; i++)
        of[i] = picture;
    const ln_found found = {&row, 1, of, &raise, alarm ? 1 : 0, "{\"event\": 1}"};
    return ln_store_finish(store, work, &found, now_ms, raised, NULL);
}

/* Nothing in this work is a picture. */
static inline void finish_without(ln_store *store, ln_work *work, uint64_t now_ms)
{
    const ln_found nothing = {0};
    assert_done(ln_store_finish(store, work, &nothing, now_ms, NULL, &error));
    ln_work_free(work);
}

#endif
