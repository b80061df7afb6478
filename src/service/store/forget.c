/* Room: what is old enough goes. */
#include "service/store/own.h"

#include <stdlib.h>

static const char OLD_PICTURES[] = "SELECT device, id FROM picture WHERE final = 1 AND evidence = 0"
                                   " AND last_ms < $1 ORDER BY last_ms LIMIT $2";

/* Only these have something to deliver. */
static const char OLD_EVIDENCE[] =
    "SELECT device, id FROM picture WHERE final = 1 AND evidence = 1 AND last_ms < $1 AND NOT EXISTS"
    " (SELECT 1 FROM outbox WHERE outbox.device = picture.device AND outbox.picture = picture.id"
    " AND outbox.done = 0) ORDER BY last_ms LIMIT $2";

static const char *const DELETE_PICTURE[] = {
    "DELETE FROM frame WHERE device = $1 AND picture = $2 AND picture <> 0",
    "DELETE FROM outbox WHERE device = $1 AND picture = $2 AND done <> 0",
    "DELETE FROM picture WHERE device = $1 AND id = $2", NULL};

/* A worker that has the device finds out when it gives it back: it would bring the picture again. */
static const char TAKE_BACK[] =
    "UPDATE device SET lease = 0, due_ms = CASE WHEN lease = 0 THEN due_ms ELSE $2"
    " END WHERE device = $1";

static const char SEND_WITHOUT[] =
    "UPDATE outbox SET picture = 0 WHERE device = $1 AND picture = $2 AND done = 0";

/* A frame of no picture may still become part of one that is open and began before it. */
static const char OLD_STRAYS[] =
    "SELECT frame.device, frame.id FROM frame JOIN device ON device.device = frame.device"
    " WHERE frame.picture = 0 AND frame.time_ms < $1 AND frame.id <= device.seen AND NOT EXISTS"
    " (SELECT 1 FROM picture WHERE picture.device = frame.device AND picture.final = 0"
    " AND picture.id <= frame.id) ORDER BY frame.time_ms LIMIT $2";

static const char *const DELETE_STRAY[] = {"DELETE FROM frame WHERE device = $1 AND id = $2 AND picture = 0",
                                           NULL};

/* Those of pictures go with these. The time is that of the last attempt, to within a lease. */
static const char OLD_DELIVERIES[] = "SELECT device, id FROM outbox WHERE done <> 0 AND picture = 0"
                                     " AND due_ms < $1 ORDER BY due_ms LIMIT $2";

static const char *const DELETE_DELIVERY[] = {
    "DELETE FROM outbox WHERE device = $1 AND id = $2 AND done <> 0", NULL};

typedef struct forgetting {
    ln_store *store;
    ln_db_value values[2]; /* before, most */
    ln_store_keys old;
    size_t *deleted;
    ln_error *error;
} forgetting;

/* A transaction. */
static ln_db_result delete_keys(const forgetting *f, const ln_store_key *keys, size_t count,
                                const char *const *statements)
{
    ln_db *db = f->store->db;
    ln_db_result result = ln_db_begin(db, f->error);
    if (result != LN_DB_DONE)
        return result;
    for (size_t i = 0; i < count; i++)
        for (const char *const *sql = statements; *sql && result == LN_DB_DONE; sql++)
            result =
                ln_db_run(db, *sql, LN_DB_VALUES(ln_db_integer(keys[i].device), ln_db_integer(keys[i].id)),
                          NULL, NULL, NULL, f->error);
    result = ln_store_end(f->store, result, f->error);
    *f->deleted += result == LN_DB_DONE ? count : 0;
    return result;
}

/* Deletes what a statement finds. SQLite flushes for each commit, and its only
 * writer must not wait for many of them, so there it is one transaction. */
static ln_db_result forget(forgetting *f, const char *find, const char *const *statements)
{
    f->old.count = 0;
    ln_db_result result =
        ln_db_run(f->store->db, find, f->values, 2, ln_store_take_key, &f->old, NULL, f->error);
    const size_t part = ln_db_kind_of(f->store->db) == LN_DB_SQLITE ? f->old.count : 1;
    for (size_t at = 0; at < f->old.count && result == LN_DB_DONE; at += part)
        result = delete_keys(f, f->old.keys + at, part, statements);
    return result;
}

/* The device's row comes first, as for a worker that gives it back: then one of both waits, and neither
 * undoes the other's work. */
static ln_db_result delete_picture(ln_db *db, const ln_db_value key[2], uint64_t now_ms, int *found,
                                   ln_error *error)
{
    uint64_t changed = 0;
    ln_db_result result = ln_db_run(db, TAKE_BACK, LN_DB_VALUES(key[0], ln_db_integer((int64_t)now_ms)), NULL,
                                    NULL, NULL, error);
    if (result == LN_DB_DONE)
        result = ln_db_run(db, SEND_WITHOUT, key, 2, NULL, NULL, NULL, error);
    for (const char *const *sql = DELETE_PICTURE; *sql && result == LN_DB_DONE; sql++)
        result = ln_db_run(db, *sql, key, 2, NULL, NULL, &changed, error);
    *found = changed > 0; /* by the last one */
    return result;
}

ln_db_result ln_store_delete(ln_store *store, int64_t device, int64_t id, uint64_t now_ms, int *found,
                             ln_error *error)
{
    const ln_db_value key[] = {ln_db_integer(device), ln_db_integer(id)};
    *found = 0;
    ln_db_result result = ln_db_begin(store->db, error);
    if (result != LN_DB_DONE)
        return result;
    return ln_store_end(store, delete_picture(store->db, key, now_ms, found, error), error);
}

ln_db_result ln_store_forget(ln_store *store, uint64_t before_ms, size_t most, int keep_alarms,
                             size_t *deleted, ln_error *error)
{
    forgetting f = {store,
                    {ln_db_integer((int64_t)before_ms), ln_db_integer((int64_t)most)},
                    {calloc(most ? most : 1, sizeof(ln_store_key)), 0, most},
                    deleted,
                    error};
    *deleted = 0;
    if (!f.old.keys) {
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    ln_db_result result = forget(&f, OLD_PICTURES, DELETE_PICTURE);
    if (result == LN_DB_DONE)
        result = forget(&f, OLD_STRAYS, DELETE_STRAY);
    if (result == LN_DB_DONE)
        result = forget(&f, OLD_DELIVERIES, DELETE_DELIVERY);
    if (result == LN_DB_DONE && !keep_alarms)
        result = forget(&f, OLD_EVIDENCE, DELETE_PICTURE);
    free(f.old.keys);
    return result;
}
