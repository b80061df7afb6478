#include "service/serve.h"

#include "service/log.h"
#include "service/notify.h"
#include "service/serve_own.h"

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>

#define LOOK_S 15 /* how often the store is asked how it is */

static ln_status check(const ln_serve_config *c, unsigned roles, ln_error *error)
{
    if (roles & LN_SERVE_INGEST && c->webhook_count && !c->port)
        return ln_fail(error, LN_ERR_ARGUMENT, "webhooks need the web server: give it a port");
    return LN_OK;
}

static ln_status allocate(ln_serve *s, ln_error *error)
{
    const ln_serve_config *c = s->config;
    size_t threads = 1;
    for (size_t i = 0; i < c->part_count; i++)
        threads += c->parts[i].threads;
    s->metrics = ln_metrics_new();
    s->routes = calloc(LN_SERVE_ROUTES + c->page_count, sizeof *s->routes);
    s->sources = calloc(c->mqtt_count + 1, sizeof *s->sources);
    s->parts = calloc(threads, sizeof *s->parts);
    return s->metrics && s->routes && s->sources && s->parts && sodium_init() >= 0 ? LN_OK
                                                                                   : ln_fail_memory(error);
}

/* A store that is away may come; one that cannot be used is a mistake in the settings. */
static ln_status look(ln_serve *s, ln_error *error)
{
    ln_error why = {0};
    ln_db_result result = ln_health_look(&s->health, &why);
    if (result == LN_DB_FAILED)
        return ln_fail(error, LN_ERR_IO, "%s", why.text);
    if (result != LN_DB_DONE)
        ln_log(LN_LOG_ERROR, "the store is away", LN_LOG_VALUES(LN_LOG_TEXT("why", why.text)));
    return LN_OK;
}

static ln_status start(ln_serve *s, ln_error *error)
{
    ln_status status = allocate(s, error);
    if (status != LN_OK)
        return status;
    s->health = (ln_health){.where = s->config->store, .metrics = s->metrics};
    if (s->roles & LN_SERVE_INGEST)
        status = ln_serve_open_sources(s, error);
    if (status == LN_OK)
        status = look(s, error);
    if (status == LN_OK && s->roles & LN_SERVE_INGEST)
        status = ln_intake_start(&s->intake, s->config->store, s->metrics, error);
    if (status == LN_OK)
        status = ln_serve_start_web(s, error);
    if (status == LN_OK)
        status = ln_serve_start_parts(s, error);
    if (status == LN_OK && s->roles & LN_SERVE_INGEST)
        status = ln_serve_start_sources(s, error);
    return status;
}

/* Waits for a signal, or for a part that failed. systemd restarts a service that does not come by here: one
 * whose look at the store hangs. */
static void wait_for_end(ln_serve *s, const sigset_t *signals)
{
    const struct timespec second = {1, 0};
    ln_error ignored;
    for (unsigned seconds = 1; !s->has_failed; seconds++) {
        if (sigtimedwait(signals, NULL, &second) > 0)
            return;
        if (seconds % LOOK_S == 0)
            look(s, &ignored); /* it is logged, and /readyz tells */
        else
            ln_health_look_at_disk(&s->health, &ignored);
        ln_notify("WATCHDOG=1");
    }
}

static void free_service(ln_serve *s)
{
    for (size_t i = 0; i < s->config->mqtt_count && s->sources; i++)
        ln_mqtt_close(s->sources[i].mqtt);
    ln_store_close(s->health.store);
    free(s->parts);
    free(s->sources);
    free(s->routes);
    ln_metrics_free(s->metrics);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static ln_status run(ln_serve *s, const sigset_t *signals, ln_error *error)
{
    ln_status status = start(s, error);
    if (status == LN_OK) {
        ln_log(LN_LOG_INFO, "the service is ready", NULL);
        if (!ln_notify("READY=1"))
            ln_log(LN_LOG_WARNING, "systemd cannot be told that the service is ready", NULL);
        wait_for_end(s, signals);
        ln_log(LN_LOG_INFO, "the service stops", NULL);
        ln_notify("STOPPING=1");
    }
    ln_serve_end(s);
    if (status == LN_OK && s->has_failed) {
        status = s->failure;
        *error = s->why;
    }
    ln_log(LN_LOG_INFO, "the service has stopped", NULL);
    ln_log_end();
    return status;
}

ln_status ln_serve_run(const ln_serve_config *config, unsigned roles, ln_error *error)
{
    sigset_t signals, before;
    ln_status status = check(config, roles, error);
    ln_serve *s = status == LN_OK ? calloc(1, sizeof *s) : NULL;
    if (!s)
        return status == LN_OK ? ln_fail_memory(error) : status;
    s->config = config;
    s->roles = roles;
    pthread_mutex_init(&s->lock, NULL);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, &before);
    signal(SIGPIPE, SIG_IGN); /* a client that went away is no reason to die */
    status = run(s, &signals, error);
    free_service(s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}
