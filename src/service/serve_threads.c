#include "service/serve_own.h"

#include <string.h>

/* ---- Threads --------------------------------------------------------------------------------- */

/* Ends the service. */
static void fail(ln_serve *s, ln_status status, const ln_error *error)
{
    pthread_mutex_lock(&s->lock);
    if (!s->has_failed) {
        s->failure = status;
        s->why = *error;
    }
    s->has_failed = 1;
    pthread_mutex_unlock(&s->lock);
}

static void *run_source(void *context)
{
    ln_serve_thread *w = context;
    ln_serve *s = w->owner;
    ln_error error = {0};
    ln_status status = ln_mqtt_run(w->mqtt, s->intake, s->metrics, &s->stop_sources, &error);
    if (status != LN_OK)
        fail(s, status, &error);
    return NULL;
}

static void *run_part(void *context)
{
    ln_serve_thread *w = context;
    ln_serve *s = w->owner;
    ln_error error = {0};
    ln_status status = w->part->run(w->part->context, s, &s->stop_parts, &error);
    if (status == LN_OK && !s->stop_parts)
        status = ln_fail(&error, LN_ERR_STATE, "a part of the service ended by itself");
    if (status != LN_OK)
        fail(s, status, &error);
    return NULL;
}

static ln_status start_thread(ln_serve_thread *w, void *(*run)(void *), size_t *count, ln_error *error)
{
    int cause = pthread_create(&w->thread, NULL, run, w);
    if (cause)
        return ln_fail_system(error, "limitnet serve", "a thread cannot be started", cause);
    ++*count;
    return LN_OK;
}

ln_status ln_serve_open_sources(ln_serve *s, ln_error *error)
{
    const ln_serve_config *config = s->config;
    ln_status status = LN_OK;
    for (size_t i = 0; i < config->mqtt_count && status == LN_OK; i++) {
        s->sources[i].owner = s;
        status = ln_mqtt_open(&s->sources[i].mqtt, &config->mqtt[i], error);
    }
    return status;
}

ln_status ln_serve_start_sources(ln_serve *s, ln_error *error)
{
    ln_status status = LN_OK;
    for (size_t i = 0; i < s->config->mqtt_count && status == LN_OK; i++)
        status = start_thread(&s->sources[i], run_source, &s->source_count, error);
    return status;
}

static ln_status start_part(ln_serve *s, const ln_serve_part *part, ln_error *error)
{
    ln_status status = LN_OK;
    for (unsigned i = 0; i < part->threads && status == LN_OK; i++) {
        ln_serve_thread *t = &s->parts[s->part_count];
        *t = (ln_serve_thread){.owner = s, .part = part};
        status = start_thread(t, run_part, &s->part_count, error);
    }
    return status;
}

ln_status ln_serve_start_parts(ln_serve *s, ln_error *error)
{
    const ln_serve_config *c = s->config;
    ln_status status = LN_OK;
    for (size_t i = 0; i < c->part_count && status == LN_OK; i++)
        if (s->roles & c->parts[i].role)
            status = start_part(s, &c->parts[i], error);
    return status;
}

/* ---- The end --------------------------------------------------------------------------------- */

static void join(ln_serve_thread *threads, size_t count)
{
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i].thread, NULL);
}

/* Parts still run, which may want to wake its streams. */
static void stop_web(ln_serve *s)
{
    pthread_mutex_lock(&s->lock);
    ln_web *web = s->web;
    s->web = NULL;
    pthread_mutex_unlock(&s->lock);
    ln_web_stop(web);
}

void ln_serve_end(ln_serve *s)
{
    s->health.is_ending = 1;
    s->stop_sources = 1;
    join(s->sources, s->source_count);
    stop_web(s);
    ln_intake_stop(s->intake);
    s->stop_parts = 1;
    join(s->parts, s->part_count);
    ln_web_stop(s->local_web);
}

/* ---- For parts ------------------------------------------------------------------------------- */

ln_metrics *ln_serve_metrics(ln_serve *s)
{
    return s->metrics;
}

int ln_serve_is_ending(const ln_serve *s)
{
    return s->health.is_ending;
}

void ln_serve_wake(ln_serve *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->web)
        ln_web_wake(s->web);
    pthread_mutex_unlock(&s->lock);
}

ln_status ln_serve_send(ln_serve *s, const char *source, const char *device, unsigned port,
                        const uint8_t *bytes, size_t size, ln_error *error)
{
    for (size_t i = 0; s->roles & LN_SERVE_INGEST && i < s->config->mqtt_count; i++)
        if (!strcmp(s->config->mqtt[i].source.name, source))
            return ln_mqtt_send(s->sources[i].mqtt, device, port, bytes, size, error);
    return ln_fail(error, LN_ERR_STATE, "source %s: this process has no way to send through it", source);
}
