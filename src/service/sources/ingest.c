#include "service/sources/ingest.h"

#include "service/log.h"
#include "service/store/store.h"

#include <stdlib.h>
#include <time.h>

struct ln_ingest {
    const char *where;
    ln_metrics *metrics;
    ln_store *store;   /* null: not open */
    ln_db_result last; /* what became of the last batch */
    const char *sources[LN_INGEST_BATCH];
    ln_uplink frames[LN_INGEST_BATCH];
    uint8_t is_new[LN_INGEST_BATCH];
};

ln_ingest *ln_ingest_open(const char *store, ln_metrics *metrics)
{
    ln_ingest *ingest = calloc(1, sizeof *ingest);
    if (!ingest)
        return NULL;
    ingest->where = store;
    ingest->metrics = metrics;
    return ingest;
}

void ln_ingest_close(ln_ingest *ingest)
{
    if (!ingest)
        return;
    ln_store_close(ingest->store);
    free(ingest);
}

static void count(ln_metrics *metrics, const ln_ingest_source *source, const char *fate)
{
    ln_metrics_add(metrics, LN_METRIC_EVENTS, source->name, fate, 1);
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* Joins, statuses and the like are no error. */
static void log_refused(const ln_ingest_source *source, ln_event_fate fate, const char *what)
{
    ln_log_level level = fate == LN_EVENT_OTHER ? LN_LOG_DEBUG : LN_LOG_WARNING;
    ln_log(level, "an event is refused",
           LN_LOG_VALUES(LN_LOG_TEXT("source", source->name), LN_LOG_TEXT("fate", ln_event_fate_names[fate]),
                         LN_LOG_TEXT("why", what)));
}

int ln_ingest_read(ln_ingest_event *event, const ln_ingest_source *source, const void *bytes, size_t size,
                   ln_metrics *metrics)
{
    char what[LN_EVENT_WHAT];
    ln_event_fate fate = source->reader(bytes, size, &event->frame, what);
    event->source = source;
    event->taken = fate == LN_EVENT_MEMORY ? LN_LATER : LN_REFUSED;
    if (fate != LN_EVENT_UPLINK) {
        count(metrics, source, ln_event_fate_names[fate]);
        log_refused(source, fate, what);
        return 0;
    }
    if (what[0])
        ln_log(LN_LOG_WARNING, "a field of an event is left out",
               LN_LOG_VALUES(LN_LOG_TEXT("source", source->name), LN_LOG_TEXT("why", what)));
    if (source->port && event->frame.port && event->frame.port != source->port) {
        count(metrics, source, "port");
        return 0;
    }
    return 1;
}

/* ---- Storing --------------------------------------------------------------------------------- */

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static ln_db_result store_frames(ln_ingest *ingest, size_t total, ln_error *error)
{
    ln_db_result result = LN_DB_DONE;
    if (!ingest->store)
        result = ln_store_open(&ingest->store, ingest->where, error);
    if (result == LN_DB_DONE)
        result = ln_store_check_room(ingest->store, error);
    if (result == LN_DB_DONE)
        result = ln_store_add_sources(ingest->store, ingest->sources, ingest->frames, total, clock_ms(),
                                      ingest->is_new, error);
    return result;
}

static void log_later(const ln_ingest_source *source, ln_db_result result, const char *why)
{
    static const char *const names[] = {
        [LN_DB_DONE] = "done", [LN_DB_FULL] = "full", [LN_DB_BUSY] = "busy",
        [LN_DB_AWAY] = "away", [LN_DB_LOST] = "lost", [LN_DB_FAILED] = "failed"};
    ln_log(LN_LOG_ERROR, "the store takes no frames",
           LN_LOG_VALUES(LN_LOG_TEXT("source", source->name), LN_LOG_TEXT("store", names[result]),
                         LN_LOG_TEXT("why", why)));
}

/* A repeat was on air once. */
static void count_airtime(ln_metrics *metrics, const ln_ingest_event *event)
{
    if (event->frame.airtime_us)
        ln_metrics_add(metrics, LN_METRIC_AIRTIME, event->source->name, NULL, event->frame.airtime_us / 1e6);
}

void ln_ingest_store(ln_ingest *ingest, ln_ingest_event *const *events, size_t total)
{
    ln_error error = {0};
    for (size_t i = 0; i < total; i++) {
        ingest->sources[i] = events[i]->source->name;
        ingest->frames[i] = events[i]->frame;
    }
    ln_db_result result = store_frames(ingest, total, &error);
    if (result == LN_DB_FAILED && total > 1) {
        for (size_t i = 0; i < total; i++)
            ln_ingest_store(ingest, &events[i], 1);
        return;
    }
    if (result != LN_DB_DONE && result != ingest->last) /* once, however often it is tried */
        log_later(events[0]->source, result, error.text);
    else if (result == LN_DB_DONE && ingest->last != LN_DB_DONE)
        ln_log(LN_LOG_INFO, "the store takes frames again", NULL);
    ingest->last = result;
    for (size_t i = 0; i < total; i++) {
        events[i]->taken = result == LN_DB_DONE ? LN_TAKEN : LN_LATER;
        count(ingest->metrics, events[i]->source,
              result != LN_DB_DONE ? "later"
              : ingest->is_new[i]  ? "stored"
                                   : "repeat");
        if (result == LN_DB_DONE && ingest->is_new[i])
            count_airtime(ingest->metrics, events[i]);
    }
}

ln_taken ln_ingest_take(ln_ingest *ingest, const ln_ingest_source *source, const void *bytes, size_t size)
{
    ln_ingest_event event, *events[] = {&event};
    if (ln_ingest_read(&event, source, bytes, size, ingest->metrics))
        ln_ingest_store(ingest, events, 1);
    return event.taken;
}
