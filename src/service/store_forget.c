/* Room: pictures that are old enough go, each in a transaction of its own. */
#include "service/store_own.h"

#include <stdlib.h>

static const char OLD_PICTURES[] =
    "SELECT device, id FROM picture WHERE final = 1 AND last_ms < $1 AND NOT EXISTS"
    " (SELECT 1 FROM outbox WHERE outbox.device = picture.device AND outbox.picture = picture.id"
    " AND outbox.done = 0) AND ($2 = 0 OR NOT EXISTS"
    " (SELECT 1 FROM alarm WHERE alarm.device = picture.device AND alarm.picture = picture.id))"
    " ORDER BY last_ms LIMIT $3";

/* A frame of no picture may still become part of one that is open and began before it. */
static const char OLD_STRAYS[] =
    "SELECT frame.device, frame.id FROM frame JOIN device ON device.device = frame.device"
    " WHERE frame.picture = 0 AND frame.time_ms < $1 AND frame.id <= device.seen AND NOT EXISTS"
    " (SELECT 1 FROM picture WHERE picture.device = frame.device AND picture.final = 0"
    " AND picture.id <= frame.id) ORDER BY frame.time_ms LIMIT $2";

static const char FRAMES[] = "DELETE FROM frame WHERE device = $1 AND picture = $2 AND picture <> 0";
static const char ENTRIES[] = "DELETE FROM outbox WHERE device = $1 AND picture = $2 AND done = 1";
static const char PICTURE[] = "DELETE FROM picture WHERE device = $1 AND id = $2";
static const char STRAY[] = "DELETE FROM frame WHERE device = $1 AND id = $2 AND picture = 0";

static ln_db_result delete_by(ln_store *store, const char *sql, const ln_store_key *key, ln_error *error)
{
    return ln_db_run(store->db, sql, LN_DB_VALUES(ln_db_integer(key->device), ln_db_integer(key->id)), NULL,
                     NULL, NULL, error);
}

static ln_db_result forget_picture(ln_store *store, const ln_store_key *key, ln_error *error)
{
    ln_db_result result = ln_db_begin(store->db, error);
    if (result != LN_DB_DONE)
        return result;
    result = delete_by(store, FRAMES, key, error);
    if (result == LN_DB_DONE)
        result = delete_by(store, ENTRIES, key, error);
    if (result == LN_DB_DONE)
        result = delete_by(store, PICTURE, key, error);
    return ln_store_end(store, result, error);
}

static ln_db_result forget_strays(ln_store *store, int64_t before_ms, ln_store_keys *old, ln_error *error)
{
    old->count = 0;
    ln_db_result result = ln_db_run(store->db, OLD_STRAYS,
                                    LN_DB_VALUES(ln_db_integer(before_ms), ln_db_integer((int64_t)old->room)),
                                    ln_store_take_key, old, NULL, error);
    for (size_t i = 0; i < old->count && result == LN_DB_DONE; i++)
        result = delete_by(store, STRAY, &old->keys[i], error);
    return result;
}

ln_db_result ln_store_forget(ln_store *store, uint64_t before_ms, size_t most, int keep_alarms,
                             size_t *deleted, ln_error *error)
{
    ln_store_keys old = {.keys = calloc(most ? most : 1, sizeof *old.keys), .room = most};
    *deleted = 0;
    if (!old.keys) {
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    ln_db_result result = ln_db_run(store->db, OLD_PICTURES,
                                    LN_DB_VALUES(ln_db_integer((int64_t)before_ms),
                                                 ln_db_integer(keep_alarms), ln_db_integer((int64_t)most)),
                                    ln_store_take_key, &old, NULL, error);
    for (size_t i = 0; i < old.count && result == LN_DB_DONE; i++) {
        result = forget_picture(store, &old.keys[i], error);
        *deleted += result == LN_DB_DONE;
    }
    if (result == LN_DB_DONE)
        result = forget_strays(store, (int64_t)before_ms, &old, error);
    free(old.keys);
    return result;
}
