/* Work: a lease on a device, and the frames that a worker needs. A lease is a number in the device's row, and
 * its end is the time at which the device is due again: no transaction stays open while a worker computes,
 * and whoever dies is found out by the clock alone. */
#include "service/store/rows.h"

#include <stdlib.h>

static const char DUE[] = "SELECT device FROM device WHERE due_ms <= $1 ORDER BY due_ms, device LIMIT $2";

#define CLAIM(skip)                                                                                          \
    "UPDATE device SET lease = $2, due_ms = $3 WHERE device ="                                               \
    " (SELECT device FROM device WHERE device = $1 AND due_ms <= $4" skip ")"                                \
    " RETURNING device, version, seen, source, name, state, failures, told, told_ms"

static const char PICTURES[] = "SELECT " LN_STORE_PICTURE " FROM picture WHERE " LN_STORE_OPEN " ORDER BY id";

static const char THEIRS[] = "SELECT " LN_STORE_FRAME " FROM frame WHERE device = $1 AND picture IN"
                             " (SELECT id FROM picture WHERE " LN_STORE_OPEN ") AND picture <> 0 ORDER BY id";

static const char NEW[] =
    "SELECT " LN_STORE_FRAME " FROM frame WHERE device = $1 AND id > $2 AND id <= $3 ORDER BY id";

/* ---- Claiming -------------------------------------------------------------------------------- */

typedef struct claimed {
    ln_work *work;
    int failed;
} claimed;

static void take_claimed(void *context, const ln_db_value *values, size_t count)
{
    claimed *c = context;
    (void)count;
    c->work->device = values[0].integer;
    c->work->version = values[1].integer;
    c->work->seen = values[2].integer;
    c->work->source = ln_store_copy(&values[3], &c->failed);
    c->work->name = ln_store_copy(&values[4], &c->failed);
    c->work->state = ln_store_copy(&values[5], &c->failed);
    c->work->failures = (unsigned)values[6].integer;
    c->work->told = (uint32_t)values[7].integer;
    c->work->told_ms = (uint64_t)values[8].integer;
}

static ln_db_result claim(ln_store *store, int64_t device, int64_t now_ms, int64_t end_ms, claimed *c,
                          ln_error *error)
{
    c->work->lease = ln_store_lease();
    return ln_db_run(store->db, ln_db_kind_of(store->db) == LN_DB_SQLITE ? CLAIM("") : CLAIM(LN_STORE_SKIP),
                     LN_DB_VALUES(ln_db_integer(device), ln_db_integer(c->work->lease), ln_db_integer(end_ms),
                                  ln_db_integer(now_ms)),
                     take_claimed, c, NULL, error);
}

static ln_db_result claim_any(ln_store *store, int64_t now_ms, int64_t end_ms, claimed *c, ln_error *error)
{
    ln_store_key keys[LN_STORE_CANDIDATES];
    ln_store_keys due = {keys, 0, LN_STORE_CANDIDATES};
    ln_db_result result =
        ln_db_run(store->db, DUE, LN_DB_VALUES(ln_db_integer(now_ms), ln_db_integer(LN_STORE_CANDIDATES)),
                  ln_store_take_key, &due, NULL, error);
    for (size_t i = 0; i < due.count && result == LN_DB_DONE && c->work->device == 0; i++)
        result = claim(store, keys[i].device, now_ms, end_ms, c, error);
    return result;
}

/* ---- Frames and pictures ---------------------------------------------------------------------- */

static ln_db_result load_rows(ln_store *store, const ln_work *work, ln_store_rows *rows, ln_error *error)
{
    const ln_db_value key[] = {ln_db_integer(work->device), ln_db_integer(work->seen),
                               ln_db_integer(work->version)};
    ln_db_result result = ln_db_run(store->db, PICTURES, key, 1, ln_store_take_picture, rows, NULL, error);
    if (result == LN_DB_DONE && rows->picture_count)
        result = ln_db_run(store->db, THEIRS, key, 1, ln_store_take_frame, rows, NULL, error);
    if (result == LN_DB_DONE)
        result = ln_db_run(store->db, NEW, key, 3, ln_store_take_frame, rows, NULL, error);
    if (result == LN_DB_DONE && rows->failed) {
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    return result;
}

static ln_db_result load(ln_store *store, ln_work *work, ln_error *error)
{
    ln_store_rows rows = {0};
    if (work->version > work->seen + LN_STORE_MOST_NEW)
        work->version = work->seen + LN_STORE_MOST_NEW;
    ln_db_result result = load_rows(store, work, &rows, error);
    work->frames = rows.frames;
    work->count = rows.frame_count;
    work->pictures = rows.pictures;
    work->picture_count = rows.picture_count;
    return result;
}

/* ---- Both ------------------------------------------------------------------------------------ */

ln_db_result ln_store_take(ln_store *store, uint64_t now_ms, uint64_t lease_ms, ln_work *work,
                           ln_error *error)
{
    claimed c = {.work = work};
    *work = (ln_work){0};
    ln_db_result result = claim_any(store, (int64_t)now_ms, (int64_t)(now_ms + lease_ms), &c, error);
    if (result == LN_DB_DONE && c.failed) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    if (result == LN_DB_DONE && work->device)
        result = load(store, work, error);
    if (result != LN_DB_DONE || !work->device)
        ln_work_free(work);
    return result;
}

void ln_work_free(ln_work *work)
{
    ln_store_free_frames(work->frames, work->count);
    ln_store_free_pictures(work->pictures, work->picture_count);
    free(work->source);
    free(work->name);
    free(work->state);
    *work = (ln_work){0};
}
