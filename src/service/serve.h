/* `limitnet serve`: sources, web server and the other roles, from start to SIGTERM.
 *
 * The order of its end: sources and webhooks stop taking and finish what they have in hand, then workers and
 * outbox finish theirs. What is not stored is not acknowledged. It may be killed at any point instead:
 * nothing that was acknowledged is lost. */
#ifndef LN_SERVICE_SERVE_H
#define LN_SERVICE_SERVE_H

#include "service/sources/mqtt.h"
#include "service/sources/webhook.h"

/* What a process does, added up. All of them in one process, or spread over several with one store. */
enum {
    LN_SERVE_INGEST = 1, /* takes uplinks: MQTT sources and webhooks */
    LN_SERVE_WEB = 2,    /* shows `pages` */
    LN_SERVE_WORK = 4,   /* looks at pictures */
    LN_SERVE_DELIVER = 8 /* delivers alarms */
};

/* A service that runs. */
typedef struct ln_serve ln_serve;

/* Runs until `stop` is not zero, then finishes what is under way. One that returns earlier, or with an error,
 * ends the service. */
typedef ln_status ln_serve_run_part(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error);

/* A part of a role that runs in threads of its own. */
typedef struct ln_serve_part {
    unsigned role; /* LN_SERVE_WORK and so on */
    ln_serve_run_part *run;
    void *context;
    unsigned threads;
} ln_serve_part;

typedef struct ln_serve_config {
    const char *store; /* as for ln_store_open */

    const ln_mqtt_config *mqtt;
    size_t mqtt_count;
    const ln_webhook_source *webhooks;
    size_t webhook_count;
    ln_webhook_downlink *downlink; /* for Sigfox; null: none */
    void *downlink_context;

    const char *host;      /* of the web server */
    unsigned port;         /* 0: none */
    unsigned metrics_port; /* of GET /metrics, on 127.0.0.1; 0: none */
    const ln_web_route *pages;
    size_t page_count;

    const ln_serve_part *parts; /* of any role; those of the roles of this process run */
    size_t part_count;
} ln_serve_config;

/* Runs the service until SIGTERM or SIGINT, which it blocks in all its threads. Call it before other threads
 * run, since connections to brokers are processes of their own.
 *   roles   LN_SERVE_INGEST and so on
 * Errors: LN_ERR_ARGUMENT: the settings do not fit together; LN_ERR_IO: an address or the store cannot be
 * used; LN_ERR_MEMORY; those of a part; LN_ERR_STATE: the process of a connection died. */
ln_status ln_serve_run(const ln_serve_config *config, unsigned roles, ln_error *error);

/* ---- For parts ------------------------------------------------------------------------------- */

ln_metrics *ln_serve_metrics(ln_serve *serve);

/* Whether the service has begun to end. The web server then waits for the requests that are held, before the
 * parts are told to stop. */
int ln_serve_is_ending(const ln_serve *serve);

/* Streams of the web server have something new: as ln_web_wake. */
void ln_serve_wake(ln_serve *serve);

/* Sends a few bytes to a device of an MQTT source: as ln_mqtt_send. Errors: LN_ERR_STATE too if this process
 * does not have the source. */
ln_status ln_serve_send(ln_serve *serve, const char *source, const char *device, unsigned port,
                        const uint8_t *bytes, size_t size, ln_error *error);

#endif
