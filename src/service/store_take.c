/* Work: a lease on a device, and the frames that a worker needs. A lease is a number in the device's row, and
 * its end is the time at which the device is due again: no transaction stays open while a worker computes,
 * and whoever dies is found out by the clock alone. */
#include "service/store_own.h"

#include <stdlib.h>

static const char DUE[] = "SELECT device FROM device WHERE due_ms <= $1 ORDER BY due_ms, device LIMIT $2";

#define CLAIM(skip)                                                                                          \
    "UPDATE device SET lease = $2, due_ms = $3 WHERE device ="                                               \
    " (SELECT device FROM device WHERE device = $1 AND due_ms <= $4" skip ")"                                \
    " RETURNING device, version, seen, source, name, state"

static const char LOAD[] =
    "SELECT id, picture, time_ms, counted, counter, payload FROM frame WHERE device = $1 AND id >="
    " coalesce((SELECT min(id) FROM picture WHERE device = $1 AND final = 0), $2) AND id <= $3 ORDER BY id";

/* ---- Claiming -------------------------------------------------------------------------------- */

typedef struct claimed {
    ln_work *work;
    int64_t seen;
    int failed;
} claimed;

static void take_claimed(void *context, const ln_db_value *values, size_t count)
{
    claimed *c = context;
    (void)count;
    c->work->device = values[0].integer;
    c->work->version = values[1].integer;
    c->seen = values[2].integer;
    c->work->source = ln_store_copy(&values[3], &c->failed);
    c->work->name = ln_store_copy(&values[4], &c->failed);
    c->work->state = ln_store_copy(&values[5], &c->failed);
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

/* ---- Frames ---------------------------------------------------------------------------------- */

typedef struct loading {
    ln_work *work;
    size_t room;
    int failed;
} loading;

static int make_room(loading *l)
{
    if (l->work->count < l->room)
        return 1;
    size_t room = 2 * l->room + 64;
    ln_frame_row *frames = realloc(l->work->frames, room * sizeof *frames);
    if (!frames)
        return 0;
    l->work->frames = frames;
    l->room = room;
    return 1;
}

/* Each payload is a piece of memory of its own, since rows move while more of them come. */
static void take_frame(void *context, const ln_db_value *values, size_t count)
{
    loading *l = context;
    const size_t size = values[5].size;
    uint8_t *payload = NULL;
    (void)count;
    if (!l->failed && make_room(l))
        payload = malloc(size + 1);
    if (!payload) {
        l->failed = 1;
        return;
    }
    if (size)
        memcpy(payload, values[5].bytes, size);
    l->work->frames[l->work->count++] = (ln_frame_row){
        .id = values[0].integer,
        .picture = values[1].integer,
        .time_ms = (uint64_t)values[2].integer,
        .counted = (int)values[3].integer,
        .counter = (uint32_t)values[4].integer,
        .size = (uint16_t)size,
        .payload = payload,
    };
}

static ln_db_result load(ln_store *store, ln_work *work, int64_t seen, ln_error *error)
{
    loading l = {.work = work};
    if (work->version > seen + LN_STORE_MOST_NEW)
        work->version = seen + LN_STORE_MOST_NEW;
    ln_db_result result = ln_db_run(
        store->db, LOAD,
        LN_DB_VALUES(ln_db_integer(work->device), ln_db_integer(seen + 1), ln_db_integer(work->version)),
        take_frame, &l, NULL, error);
    if (result == LN_DB_DONE && l.failed) {
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
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
        result = load(store, work, c.seen, error);
    if (result != LN_DB_DONE || !work->device)
        ln_work_free(work);
    return result;
}

void ln_work_free(ln_work *work)
{
    for (size_t i = 0; i < work->count; i++)
        free(work->frames[i].payload);
    free(work->frames);
    free(work->source);
    free(work->name);
    free(work->state);
    *work = (ln_work){0};
}
