#include "service/store/retention.h"

#include <time.h>

/* How long to wait, milliseconds. Between two steps at least as long as the first one took, so that ingest
 * has half of the disk's time. */
#define LEAST_WAIT 50
#define IDLE_WAIT 15000
#define TROUBLE_WAIT 5000

/* ---- A step ---------------------------------------------------------------------------------- */

static ln_db_result forget(ln_store *store, uint64_t now_ms, uint64_t age_ms, int keep_alarms,
                           ln_retained *retained, ln_error *error)
{
    if (retained->deleted || age_ms > now_ms)
        return LN_DB_DONE;
    return ln_store_forget(store, now_ms - age_ms, LN_RETENTION_MOST, keep_alarms, &retained->deleted, error);
}

static ln_db_result by_age(ln_store *store, const ln_service_settings *s, uint64_t now_ms,
                           ln_retained *retained, ln_error *error)
{
    ln_db_result result = LN_DB_DONE;
    if (s->age)
        result = forget(store, now_ms, s->age, (int)s->keep_alarms, retained, error);
    if (result == LN_DB_DONE && s->keep_alarms && s->alarms_age)
        result = forget(store, now_ms, s->alarms_age, 0, retained, error);
    return result;
}

static ln_db_result measure(ln_store *store, uint64_t most, int *is_over, ln_error *error)
{
    uint64_t bytes = 0;
    ln_room room = {0};
    ln_db_result result = ln_store_used(store, &bytes, error);
    if (result == LN_DB_DONE)
        result = ln_store_room(store, &room, error);
    *is_over = bytes > most || room.is_low;
    return result;
}

/* The evidence of alarms goes last. */
static ln_db_result by_disk(ln_store *store, uint64_t now_ms, ln_retained *retained, ln_error *error)
{
    ln_db_result result = forget(store, now_ms, LN_RETENTION_YOUNG_MS, 1, retained, error);
    return result == LN_DB_DONE ? forget(store, now_ms, LN_RETENTION_YOUNG_MS, 0, retained, error) : result;
}

ln_db_result ln_retention_step(ln_store *store, const ln_service_settings *settings, uint64_t now_ms,
                               ln_retained *retained, ln_error *error)
{
    *retained = (ln_retained){0};
    ln_db_result result = by_age(store, settings, now_ms, retained, error);
    if (result != LN_DB_DONE || retained->deleted || !settings->disk)
        return result;
    result = measure(store, settings->disk, &retained->is_over, error);
    if (result == LN_DB_DONE && retained->is_over)
        result = by_disk(store, now_ms, retained, error);
    return result;
}

/* ---- The role -------------------------------------------------------------------------------- */

typedef struct keeper {
    const ln_service_settings *settings;
    ln_store *store; /* null: not open */
    uint64_t deleted;
    int is_stuck; /* 1: too much is kept, and nothing of it may go; that is said once */
} keeper;

static uint64_t read_clock(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void tell(keeper *k, const ln_retained *retained)
{
    const int is_stuck = retained->is_over && !retained->deleted;
    k->deleted += retained->deleted;
    if (k->deleted && !retained->deleted) {
        ln_log(LN_LOG_DEBUG, "what was old is deleted",
               LN_LOG_VALUES(LN_LOG_NUMBER("count", (int64_t)k->deleted)));
        k->deleted = 0;
    }
    if (is_stuck && !k->is_stuck)
        ln_log(LN_LOG_WARNING,
               "the store is larger than it may be, and all of it is young, waits for a worker, or is to be "
               "delivered",
               NULL);
    k->is_stuck = is_stuck;
}

/* Returns how long to wait before the next step, milliseconds. */
static uint64_t step(keeper *k)
{
    const uint64_t begin = read_clock(CLOCK_MONOTONIC);
    ln_retained retained;
    ln_error error = {0};
    ln_db_result result = LN_DB_DONE;
    if (!k->store)
        result = ln_store_open(&k->store, k->settings->store, &error);
    if (result == LN_DB_DONE)
        result = ln_retention_step(k->store, k->settings, read_clock(CLOCK_REALTIME), &retained, &error);
    if (result != LN_DB_DONE) {
        if (result != LN_DB_BUSY)
            ln_log(LN_LOG_ERROR, "nothing old can be deleted", LN_LOG_VALUES(LN_LOG_TEXT("why", error.text)));
        return TROUBLE_WAIT;
    }
    tell(k, &retained);
    const uint64_t took = read_clock(CLOCK_MONOTONIC) - begin;
    return !retained.deleted ? IDLE_WAIT : took > LEAST_WAIT ? took : LEAST_WAIT;
}

ln_status ln_retention_run(const ln_service_settings *settings, const atomic_int *stop, ln_error *error)
{
    keeper k = {.settings = settings};
    (void)error;
    while (!atomic_load(stop))
        for (uint64_t left = step(&k); left && !atomic_load(stop);
             left -= left < LEAST_WAIT ? left : LEAST_WAIT)
            nanosleep(&(struct timespec){0, LEAST_WAIT * 1000000L}, NULL);
    ln_store_close(k.store);
    return LN_OK;
}
