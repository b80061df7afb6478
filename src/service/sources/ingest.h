/* Where an event of a source becomes a frame that is kept. Every source goes through here. */
#ifndef LN_SERVICE_SOURCES_INGEST_H
#define LN_SERVICE_SOURCES_INGEST_H

#include "service/events/event.h"
#include "service/metrics.h"

#define LN_INGEST_BATCH 64

/* What a source must do with its event. */
typedef enum ln_taken {
    LN_TAKEN,   /* it is on the disk, now or since an earlier time: acknowledge it */
    LN_REFUSED, /* it is no frame for us, and never will be: acknowledge it too, or it comes for ever */
    LN_LATER    /* it could not be stored: do not acknowledge it, bring it again */
} ln_taken;

/* A source, as far as its events are concerned. */
typedef struct ln_ingest_source {
    const char *name;
    ln_event_reader *reader;
    unsigned port; /* frames of other ports are refused; 0: of none. Networks without ports have none */
} ln_ingest_source;

/* An event that was read. */
typedef struct ln_ingest_event {
    const ln_ingest_source *source;
    ln_uplink frame;
    ln_taken taken; /* the answer */
} ln_ingest_event;

/* Reads an event. Returns 1 if it is a frame to be stored; if not, the event has its answer. Any thread may.
 *   metrics   where it is counted then; null: nowhere */
int ln_ingest_read(ln_ingest_event *event, const ln_ingest_source *source, const void *bytes, size_t size,
                   ln_metrics *metrics);

/* Stores what was read. For one thread at a time; open one for each. */
typedef struct ln_ingest ln_ingest;

/* Opens an ingest. The store is opened with the first frame, and again after it was away.
 *   store     where it is, as for ln_store_open; must stay
 *   metrics   where events are counted; null: nowhere
 * Null: memory is short. The caller's to ln_ingest_close. */
ln_ingest *ln_ingest_open(const char *store, ln_metrics *metrics);
void ln_ingest_close(ln_ingest *ingest);

/* Stores events that were read, of any sources, and answers them: with one commit in SQLite, with one for
 * each device in PostgreSQL. A frame that the store refuses keeps no other one from being stored.
 *   count   1..LN_INGEST_BATCH */
void ln_ingest_store(ln_ingest *ingest, ln_ingest_event *const *events, size_t count);

/* Reads an event and stores it. */
ln_taken ln_ingest_take(ln_ingest *ingest, const ln_ingest_source *source, const void *bytes, size_t size);

#endif
