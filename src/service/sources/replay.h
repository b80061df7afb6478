/* `limitnet replay`: recorded events, given to the service's ingest as the networks gave them.
 *
 * A file of JSON lines, each {"at": TIME, "source": NAME, "event": {...}} or with "base64": "..." in place of
 * "event". TIME is RFC 3339, or Unix time in seconds. docs/SERVICE.md describes it. */
#ifndef LN_SERVICE_SOURCES_REPLAY_H
#define LN_SERVICE_SOURCES_REPLAY_H

#include "service/sources/ingest.h"

#include <stdatomic.h>
#include <stdio.h>

/* Bytes of a line at most: an event in base64, and the rest. */
#define LN_REPLAY_LINE (2 * LN_EVENT_BYTES)

typedef struct ln_replay_config {
    const char *store;
    const ln_ingest_source *sources;
    size_t source_count;
    double speed;        /* 2: in half the time; 0: without any pause */
    ln_metrics *metrics; /* null: none */
} ln_replay_config;

/* What became of the lines. */
typedef struct ln_replay_count {
    uint64_t taken, refused; /* by the ingest */
    uint64_t left_out;       /* no line of this form, or a source that there is not */
} ln_replay_count;

/* Gives a file's events to the ingest, each at its time after the first one. A line that is not understood is
 * left out, and the log says why. While the store is away or full, it waits. name   of the file, for messages
 *   stop   not zero: it ends before the next line
 * Errors: LN_ERR_IO: the file cannot be read; LN_ERR_MEMORY. */
ln_status ln_replay_run(const ln_replay_config *config, FILE *file, const char *name, const atomic_int *stop,
                        ln_replay_count *count, ln_error *error);

#endif
