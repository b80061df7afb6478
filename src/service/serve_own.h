/* The parts of the service in one process. */
#ifndef LN_SERVICE_SERVE_OWN_H
#define LN_SERVICE_SERVE_OWN_H

#include "service/web/health.h"
#include "service/serve.h"

#include <pthread.h>

#define LN_SERVE_ROUTES 4 /* of the service itself */

/* A thread of a source or of a part. */
typedef struct ln_serve_thread {
    ln_serve *owner;
    pthread_t thread;
    ln_mqtt *mqtt; /* of a source */
    const ln_serve_part *part;
} ln_serve_thread;

struct ln_serve {
    const ln_serve_config *config;
    unsigned roles;
    ln_metrics *metrics;
    ln_health health;
    ln_intake *intake;
    ln_webhooks hooks;
    ln_web_route *routes, local[LN_SERVE_ROUTES];
    ln_web_config web_config, local_config;
    ln_web *web; /* the public one; under the lock once parts run */
    ln_web *local_web;
    ln_serve_thread *sources, *parts;
    size_t source_count, part_count;
    atomic_int stop_sources, stop_parts;
    atomic_int has_failed;
    pthread_mutex_t lock; /* of what follows */
    ln_status failure;    /* of the first part that failed */
    ln_error why;
};

/* Each starts a part; what has started before an error is ended by ln_serve_end. Sources are opened before
 * any thread runs, since that starts processes, and run last. */
ln_status ln_serve_open_sources(ln_serve *serve, ln_error *error);
ln_status ln_serve_start_parts(ln_serve *serve, ln_error *error);
ln_status ln_serve_start_sources(ln_serve *serve, ln_error *error);
ln_status ln_serve_start_web(ln_serve *serve, ln_error *error);

/* Ends all parts, in their order. */
void ln_serve_end(ln_serve *serve);

#endif
