#include "service/ingest.h"

#include "service/log.h"
#include "service/store.h"

#include <stdlib.h>
#include <time.h>

struct ln_ingest {
    const char *where;
    ln_metrics *metrics;
    ln_store *store;   /* null: not open */
    ln_db_result last; /* what became of the last batch */
    size_t count;      /* frames of this batch */
    ln_uplink frames[LN_INGEST_BATCH];
    ln_ingest_event *events[LN_INGEST_BATCH]; /* of each frame */
    uint8_t is_new[LN_INGEST_BATCH];
    char device[LN_DEVICE_NAME + 1];
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

static void count(ln_ingest *ingest, const ln_ingest_source *source, const char *fate)
{
    ln_metrics_add(ingest->metrics, LN_METRIC_EVENTS, source->name, fate, 1);
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

/* Reads an event into `frame`. Returns whether it is to be stored; if not, the event has its answer. */
static int read_event(ln_ingest *ingest, const ln_ingest_source *source, ln_ingest_event *event,
                      ln_uplink *frame)
{
    char what[LN_EVENT_WHAT];
    ln_event_fate fate = source->reader(event->bytes, event->size, frame, what);
    if (fate != LN_EVENT_UPLINK) {
        event->taken = fate == LN_EVENT_MEMORY ? LN_LATER : LN_REFUSED;
        count(ingest, source, ln_event_fate_names[fate]);
        log_refused(source, fate, what);
        return 0;
    }
    if (what[0])
        ln_log(LN_LOG_WARNING, "a field of an event is left out",
               LN_LOG_VALUES(LN_LOG_TEXT("source", source->name), LN_LOG_TEXT("why", what)));
    if (source->port && frame->port && frame->port != source->port) {
        event->taken = LN_REFUSED;
        count(ingest, source, "port");
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

static ln_db_result store_frames(ln_ingest *ingest, const ln_ingest_source *source, ln_error *error)
{
    ln_db_result result = LN_DB_DONE;
    if (!ingest->store)
        result = ln_store_open(&ingest->store, ingest->where, error);
    if (result == LN_DB_DONE)
        result = ln_store_check_room(ingest->store, error);
    if (result == LN_DB_DONE)
        result = ln_store_add(ingest->store, source->name, ingest->frames, ingest->count, clock_ms(),
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

/* Stores the frames of the batch, and answers their events. */
static void store_batch(ln_ingest *ingest, const ln_ingest_source *source)
{
    ln_error error = {0};
    if (ingest->count == 0)
        return;
    ln_db_result result = store_frames(ingest, source, &error);
    if (result != LN_DB_DONE && result != ingest->last) /* once, however often it is tried */
        log_later(source, result, error.text);
    else if (result == LN_DB_DONE && ingest->last != LN_DB_DONE)
        ln_log(LN_LOG_INFO, "the store takes frames again", NULL);
    ingest->last = result;
    for (size_t i = 0; i < ingest->count; i++) {
        ingest->events[i]->taken = result == LN_DB_DONE ? LN_TAKEN : LN_LATER;
        count(ingest, source, result != LN_DB_DONE ? "later" : ingest->is_new[i] ? "stored" : "repeat");
    }
}

/* ---- Calls ----------------------------------------------------------------------------------- */

void ln_ingest_take_all(ln_ingest *ingest, const ln_ingest_source *source, ln_ingest_event *events,
                        size_t total)
{
    ingest->device[0] = 0;
    for (size_t at = 0; at < total;) {
        ingest->count = 0;
        for (; at < total && ingest->count < LN_INGEST_BATCH; at++) {
            if (!read_event(ingest, source, &events[at], &ingest->frames[ingest->count]))
                continue;
            ingest->events[ingest->count++] = &events[at];
        }
        store_batch(ingest, source);
    }
}

ln_taken ln_ingest_take(ln_ingest *ingest, const ln_ingest_source *source, const void *bytes, size_t size)
{
    ln_ingest_event event = {bytes, size, LN_LATER};
    ln_ingest_take_all(ingest, source, &event, 1);
    if (event.taken == LN_TAKEN)
        memcpy(ingest->device, ingest->frames[0].device, sizeof ingest->device);
    return event.taken;
}

const char *ln_ingest_device(const ln_ingest *ingest)
{
    return ingest->device;
}
