/* Where events of all sources meet, to share commits: a disk flushes some hundred times a second, and a frame
 * is acknowledged only after its flush.
 *
 * SQLite has one writer, so one thread commits what has come while it made the last commit. PostgreSQL lets
 * connections share a flush, and a transaction there has one device only, so many threads commit. A device is
 * with one thread at a time, so its frames are stored in the order in which they were given.
 *
 * There is no queue with a room of its own: an event stands in memory of whoever gives it, and each
 * connection to a network gives one at a time. So as many events wait as there are connections, which are
 * limited. */
#ifndef LN_SERVICE_SOURCES_INTAKE_H
#define LN_SERVICE_SOURCES_INTAKE_H

#include "service/sources/ingest.h"

#include "cloud/error.h"

typedef struct ln_intake ln_intake;
typedef struct ln_intake_event ln_intake_event;

/* Takes the answer, event->read.taken. The event is its owner's again. */
typedef void ln_intake_answer(ln_intake_event *event);

struct ln_intake_event {
    ln_intake_answer *answer;
    void *context;
    ln_ingest_event read; /* the intake's, until the answer */
    int64_t device;       /* the intake's, as is the next */
    ln_intake_event *next;
};

/* Starts an intake and its threads.
 *   store, metrics   as for ln_ingest_open
 *   intake           the caller's to ln_intake_stop; null after an error
 * Errors: LN_ERR_MEMORY, LN_ERR_IO: a thread cannot be started. */
ln_status ln_intake_start(ln_intake **intake, const char *store, ln_metrics *metrics, ln_error *error);

/* Answers what was given, then ends. Null is allowed. */
void ln_intake_stop(ln_intake *intake);

/* Gives an event, which is read here and now: `bytes` need not stay. Its answer is called exactly once: by a
 * thread of the intake, or, if there is nothing to store, before this returns. Any thread may.
 *   event   its answer and context are set; it stays until the answer */
void ln_intake_give(ln_intake *intake, ln_intake_event *event, const ln_ingest_source *source,
                    const void *bytes, size_t size);

#endif
