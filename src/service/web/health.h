/* How the service is, for whoever looks after it: GET /healthz, /readyz, /metrics. */
#ifndef LN_SERVICE_WEB_HEALTH_H
#define LN_SERVICE_WEB_HEALTH_H

#include "service/store/store.h"
#include "service/web/web.h"

#include <stdatomic.h>

typedef struct ln_health {
    const char *where; /* the store */
    ln_metrics *metrics;
    ln_store *store;
    atomic_int is_stored; /* 1: the store answered when it was last asked */
    atomic_int is_full;   /* 1: its disk has no room for new frames */
    atomic_int is_ending; /* 1: the service stops */
} ln_health;

/* Asks the store how it is, and notes its size, what waits, and the room on its disk. */
ln_db_result ln_health_look(ln_health *health, ln_error *error);

/* Notes the room on its disk only: a disk fills up faster than the rest is worth asking for. */
ln_db_result ln_health_look_at_disk(ln_health *health, ln_error *error);

/* Routes; their context is an ln_health. /healthz: the process lives. /readyz: it takes uplinks; 503: it does
 * not. */
ln_web_handler ln_health_live, ln_health_ready, ln_health_metrics;

#endif
