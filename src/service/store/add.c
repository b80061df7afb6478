/* Ingest. The device's row is locked first, so looking for repeats and adding cannot race. */
#include "service/store/own.h"

#include <stdlib.h>

/* Locks the device and gives it numbers for this many frames. It becomes due now, unless it is due already or
 * a worker has it or has put it off: then the time is the end of that lease, or when it is tried again. */
static const char RAISE[] =
    "UPDATE device SET version = version + $2, heard_ms = $3,"
    " due_ms = CASE WHEN lease = 0 AND failures = 0 AND due_ms > $3 THEN $3 ELSE due_ms END"
    " WHERE device = $1 RETURNING version, source, name";

static const char MAKE[] =
    "INSERT INTO device (device, source, name, version, seen, due_ms, lease,"
    " wake_ms, failures, hint, hint_ms, told, told_ms)"
    " VALUES ($1, $2, $3, 0, 0, $4, 0, $4, 0, 0, 0, 0, 0) ON CONFLICT (device) DO NOTHING";

static const char ADD[] =
    "INSERT INTO frame (device, id, digest, time_ms, heard_ms, session, counter_bits, counter, port, battery,"
    " picture, payload, airtime_us) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11, $13"
    " WHERE NOT EXISTS (SELECT 1 FROM frame WHERE device = $1 AND digest = $3 AND time_ms > $12)";

/* Takes back the numbers of repeats. If nothing was new, the device is due when it was before. */
static const char LOWER[] =
    "UPDATE device SET version = version - $2,"
    " due_ms = CASE WHEN lease <> 0 OR failures > 0 OR version - $2 > seen THEN due_ms ELSE"
    " " LN_STORE_NEXT " END WHERE device = $1";

/* A frame's place among its device's. */
typedef struct item {
    int64_t device;
    size_t frame;
} item;

typedef struct adding {
    ln_store *store;
    const char *const *sources;
    size_t step; /* from a frame's source to the next one's; 0: all have the same */
    const ln_uplink *frames;
    int64_t now_ms;
    uint8_t *is_new;
    ln_error *error;
} adding;

static const char *source_of(const adding *a, size_t frame)
{
    return a->sources[frame * a->step];
}

/* ---- A device -------------------------------------------------------------------------------- */

typedef struct raised {
    const char *source, *name;
    int64_t version; /* 0: there is no such device */
    int is_other;    /* 1: its number is that of this one, but not its name */
} raised;

static int equals(const ln_db_value *value, const char *text)
{
    return value->size == strlen(text) && memcmp(value->bytes, text, value->size) == 0;
}

static void take_raised(void *context, const ln_db_value *values, size_t count)
{
    raised *r = context;
    (void)count;
    r->version = values[0].integer;
    r->is_other = !equals(&values[1], r->source) || !equals(&values[2], r->name);
}

static ln_db_result raise_version(const adding *a, int64_t device, size_t by, raised *r)
{
    return ln_db_run(
        a->store->db, RAISE,
        LN_DB_VALUES(ln_db_integer(device), ln_db_integer((int64_t)by), ln_db_integer(a->now_ms)),
        take_raised, r, NULL, a->error);
}

static ln_db_result lock_device(const adding *a, const item *first, size_t count, int64_t *version)
{
    raised r = {.source = source_of(a, first->frame), .name = a->frames[first->frame].device};
    ln_db_result result = raise_version(a, first->device, count, &r);
    if (result == LN_DB_DONE && r.version == 0) {
        result = ln_db_run(a->store->db, MAKE,
                           LN_DB_VALUES(ln_db_integer(first->device), ln_db_text(r.source),
                                        ln_db_text(r.name), ln_db_integer(LN_STORE_NEVER)),
                           NULL, NULL, NULL, a->error);
        if (result == LN_DB_DONE)
            result = raise_version(a, first->device, count, &r);
    }
    if (result == LN_DB_DONE && r.is_other) {
        ln_fail(a->error, LN_ERR_IO,
                "%s: device %s has the number of another one: give one of the two another name", r.source,
                r.name);
        return LN_DB_FAILED;
    }
    *version = r.version;
    return result;
}

/* Since when an equal frame makes this one a repeat. */
static int64_t repeat_since(const ln_uplink *frame, int64_t now_ms)
{
    if (frame->counter_bits == 0)
        return now_ms - LN_STORE_REPEAT_MS;
    return frame->counter_bits < 32 ? now_ms - LN_STORE_REPEAT_NARROW_MS : -1;
}

static ln_db_result add_frame(const adding *a, const item *at, int64_t id)
{
    const ln_uplink *frame = &a->frames[at->frame];
    uint8_t digest[LN_STORE_DIGEST];
    uint64_t changed;
    ln_store_digest(frame, digest);
    const int64_t after_ms = repeat_since(frame, a->now_ms);
    ln_db_result result = ln_db_run(
        a->store->db, ADD,
        LN_DB_VALUES(ln_db_integer(at->device), ln_db_integer(id), ln_db_bytes(digest, sizeof digest),
                     ln_db_integer(a->now_ms), ln_db_integer((int64_t)frame->time_ms),
                     ln_db_text(frame->session), ln_db_integer(frame->counter_bits),
                     ln_db_integer(frame->counter), ln_db_integer(frame->port), ln_db_integer(frame->battery),
                     ln_db_bytes(frame->payload, frame->size), ln_db_integer(after_ms),
                     ln_db_integer(frame->airtime_us)),
        NULL, NULL, &changed, a->error);
    a->is_new[at->frame] = changed > 0;
    return result;
}

static ln_db_result add_device(const adding *a, const item *items, size_t count)
{
    int64_t version;
    size_t added = 0;
    ln_db_result result = lock_device(a, items, count, &version);
    for (size_t i = 0; i < count && result == LN_DB_DONE; i++) {
        result = add_frame(a, &items[i], version - (int64_t)count + 1 + (int64_t)added);
        added += a->is_new[items[i].frame];
    }
    if (result == LN_DB_DONE && added < count)
        result =
            ln_db_run(a->store->db, LOWER,
                      LN_DB_VALUES(ln_db_integer(items->device), ln_db_integer((int64_t)(count - added))),
                      NULL, NULL, NULL, a->error);
    return result;
}

/* ---- All ------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const item *x = a, *y = b;
    if (x->device != y->device)
        return x->device < y->device ? -1 : 1;
    return (x->frame > y->frame) - (x->frame < y->frame);
}

static size_t same_device(const item *items, size_t count)
{
    size_t same = 1;
    while (same < count && items[same].device == items->device)
        same++;
    return same;
}

/* A transaction for the devices of the first `count` items. */
static ln_db_result add_devices(const adding *a, const item *items, size_t count)
{
    ln_db_result result = ln_db_begin(a->store->db, a->error);
    if (result != LN_DB_DONE)
        return result;
    for (size_t at = 0, same; at < count && result == LN_DB_DONE; at += same) {
        same = same_device(items + at, count - at);
        result = add_device(a, items + at, same);
    }
    return ln_store_end(a->store, result, a->error);
}

static ln_db_result add_all(const adding *a, size_t count)
{
    /* SQLite has one writer and flushes for each commit, so there one transaction is best. */
    const int is_one = ln_db_kind_of(a->store->db) == LN_DB_SQLITE;
    ln_db_result result = LN_DB_DONE;
    item *items = calloc(count ? count : 1, sizeof *items);
    if (!items) {
        ln_fail_memory(a->error);
        return LN_DB_FAILED;
    }
    for (size_t i = 0; i < count; i++)
        items[i] = (item){ln_store_device(source_of(a, i), a->frames[i].device), i};
    qsort(items, count, sizeof *items, compare);
    for (size_t at = 0, part; at < count && result == LN_DB_DONE; at += part) {
        part = is_one ? count : same_device(items + at, count - at);
        result = add_devices(a, items + at, part);
    }
    free(items);
    return result;
}

ln_db_result ln_store_add(ln_store *store, const char *source, const ln_uplink *frames, size_t count,
                          uint64_t now_ms, uint8_t *is_new, ln_error *error)
{
    return add_all(&(adding){store, &source, 0, frames, (int64_t)now_ms, is_new, error}, count);
}

ln_db_result ln_store_add_sources(ln_store *store, const char *const *sources, const ln_uplink *frames,
                                  size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error)
{
    return add_all(&(adding){store, sources, 1, frames, (int64_t)now_ms, is_new, error}, count);
}
