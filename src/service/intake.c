#include "service/intake.h"

#include "service/store.h"

#include <pthread.h>
#include <stdlib.h>

#define POSTGRES_THREADS 16 /* about where more do not bring more (docs/DESIGN.md has the figures) */

/* A thread that commits, and what waits for it. */
typedef struct committer {
    pthread_t thread;
    ln_ingest *ingest;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    ln_intake_event *first, **last;
    int must_end;
} committer;

struct ln_intake {
    ln_metrics *metrics;
    size_t count;   /* of committers */
    size_t started; /* of their threads */
    committer committers[POSTGRES_THREADS];
};

/* ---- Committing ------------------------------------------------------------------------------ */

/* Waits for events and takes as many as share a commit. None: it is the end. */
static size_t take(committer *c, ln_intake_event **events)
{
    size_t count = 0;
    pthread_mutex_lock(&c->lock);
    while (!c->first && !c->must_end)
        pthread_cond_wait(&c->changed, &c->lock);
    for (; c->first && count < LN_INGEST_BATCH; c->first = c->first->next)
        events[count++] = c->first;
    if (!c->first)
        c->last = &c->first;
    pthread_mutex_unlock(&c->lock);
    return count;
}

static void *commit(void *context)
{
    committer *c = context;
    ln_intake_event *events[LN_INGEST_BATCH];
    ln_ingest_event *read[LN_INGEST_BATCH];
    for (size_t count; (count = take(c, events)) > 0;) {
        for (size_t i = 0; i < count; i++)
            read[i] = &events[i]->read;
        ln_ingest_store(c->ingest, read, count);
        for (size_t i = 0; i < count; i++)
            events[i]->answer(events[i]);
    }
    return NULL;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

void ln_intake_give(ln_intake *intake, ln_intake_event *event, const ln_ingest_source *source,
                    const void *bytes, size_t size)
{
    if (!ln_ingest_read(&event->read, source, bytes, size, intake->metrics)) {
        event->answer(event);
        return;
    }
    uint64_t device = (uint64_t)ln_store_device(source->name, event->read.frame.device);
    committer *c = &intake->committers[device % intake->count];
    event->next = NULL;
    pthread_mutex_lock(&c->lock);
    *c->last = event;
    c->last = &event->next;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
}

static ln_status start(ln_intake *intake, const char *store, ln_error *error)
{
    for (; intake->started < intake->count; intake->started++) {
        committer *c = &intake->committers[intake->started];
        c->last = &c->first;
        c->ingest = ln_ingest_open(store, intake->metrics);
        if (!c->ingest)
            return ln_fail_memory(error);
        pthread_mutex_init(&c->lock, NULL);
        pthread_cond_init(&c->changed, NULL);
        int cause = pthread_create(&c->thread, NULL, commit, c);
        if (cause) {
            ln_ingest_close(c->ingest);
            return ln_fail_system(error, "limitnet serve", "a thread cannot be started", cause);
        }
    }
    return LN_OK;
}

ln_status ln_intake_start(ln_intake **intake, const char *store, ln_metrics *metrics, ln_error *error)
{
    ln_intake *i = calloc(1, sizeof *i);
    *intake = NULL;
    if (!i)
        return ln_fail_memory(error);
    i->metrics = metrics;
    i->count = ln_db_kind_at(store) == LN_DB_SQLITE ? 1 : POSTGRES_THREADS;
    ln_status status = start(i, store, error);
    if (status != LN_OK) {
        ln_intake_stop(i);
        return status;
    }
    *intake = i;
    return LN_OK;
}

void ln_intake_stop(ln_intake *intake)
{
    for (size_t i = 0; intake && i < intake->started; i++) {
        committer *c = &intake->committers[i];
        pthread_mutex_lock(&c->lock);
        c->must_end = 1;
        pthread_cond_signal(&c->changed);
        pthread_mutex_unlock(&c->lock);
        pthread_join(c->thread, NULL);
        pthread_cond_destroy(&c->changed);
        pthread_mutex_destroy(&c->lock);
        ln_ingest_close(c->ingest);
    }
    free(intake);
}
