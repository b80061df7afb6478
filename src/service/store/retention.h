/* Deletes what the settings [retention] let go. docs/SERVICE.md says what goes first. */
#ifndef LN_SERVICE_STORE_RETENTION_H
#define LN_SERVICE_STORE_RETENTION_H

#include "service/settings/settings.h"
#include "service/store/store.h"

#include <stdatomic.h>

/* In a step at most, of each kind that ln_store_forget knows: a transaction of SQLite holds up ingest. */
#define LN_RETENTION_MOST 64

/* What is younger stays whatever `disk` says: late frames still come to such pictures. As the least `age`. */
#define LN_RETENTION_YOUNG_MS 3600000

/* What a step came to. */
typedef struct ln_retained {
    size_t deleted; /* pictures and others; 0: there is nothing to delete */
    int is_over;    /* 1: the store takes more than `disk`, or its disk is getting full */
} ln_retained;

/* A step: by age, and if nothing is that old, by `disk`. */
ln_db_result ln_retention_step(ln_store *store, const ln_service_settings *settings, uint64_t now_ms,
                               ln_retained *retained, ln_error *error);

/* Deletes until `stop` becomes 1. One thread of a service is enough; more do no harm.
 * Errors: none; what fails on the way is logged and tried again. */
ln_status ln_retention_run(const ln_service_settings *settings, const atomic_int *stop, ln_error *error);

#endif
