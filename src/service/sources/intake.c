#include "service/sources/intake.h"

#include "service/store/store.h"

#include <pthread.h>
#include <stdlib.h>

#define POSTGRES_THREADS 16 /* about where more do not bring more (docs/DESIGN.md has the figures) */

/* A thread that commits. */
typedef struct committer {
    ln_intake *intake;
    pthread_t thread;
    ln_ingest *ingest;
    int64_t device; /* whose frames it is committing; 0: none. The intake's lock is for it too */
} committer;

struct ln_intake {
    ln_metrics *metrics;
    pthread_mutex_t lock; /* of what waits */
    pthread_cond_t changed;
    ln_intake_event *first, **last;
    int must_end;
    size_t count;   /* of committers */
    size_t started; /* of their threads */
    committer committers[POSTGRES_THREADS];
};

/* ---- Committing ------------------------------------------------------------------------------ */

static int is_free(const ln_intake *intake, int64_t device)
{
    for (size_t i = 0; i < intake->count; i++)
        if (intake->committers[i].device == device)
            return 0;
    return 1;
}

/* The first event whose device no other thread has; null: there is none now. */
static const ln_intake_event *find(const ln_intake *intake)
{
    const ln_intake_event *event = intake->first;
    while (event && !is_free(intake, event->device))
        event = event->next;
    return event;
}

/* Takes what shares a commit: a single thread all that waits, one of several the frames of a device. */
static size_t take_of(ln_intake *intake, int64_t device, ln_intake_event **events)
{
    size_t count = 0;
    for (ln_intake_event **at = &intake->first; *at;) {
        if (count == LN_INGEST_BATCH || (intake->count > 1 && (*at)->device != device)) {
            at = &(*at)->next;
            continue;
        }
        events[count++] = *at;
        if (intake->last == &(*at)->next)
            intake->last = at;
        *at = (*at)->next;
    }
    return count;
}

/* Waits for events and takes some. None: it is the end, and what is left is of devices that others have. */
static size_t take(committer *c, ln_intake_event **events)
{
    ln_intake *intake = c->intake;
    const ln_intake_event *event;
    size_t count = 0;
    pthread_mutex_lock(&intake->lock);
    c->device = 0;
    while (!(event = find(intake)) && !intake->must_end)
        pthread_cond_wait(&intake->changed, &intake->lock);
    if (event) {
        c->device = event->device;
        count = take_of(intake, event->device, events);
    }
    pthread_mutex_unlock(&intake->lock);
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
    event->device = ln_store_device(source->name, event->read.frame.device);
    event->next = NULL;
    pthread_mutex_lock(&intake->lock);
    *intake->last = event;
    intake->last = &event->next;
    pthread_cond_signal(&intake->changed);
    pthread_mutex_unlock(&intake->lock);
}

static ln_status start(ln_intake *intake, const char *store, ln_error *error)
{
    for (; intake->started < intake->count; intake->started++) {
        committer *c = &intake->committers[intake->started];
        c->intake = intake;
        c->ingest = ln_ingest_open(store, intake->metrics);
        if (!c->ingest)
            return ln_fail_memory(error);
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
    i->last = &i->first;
    i->count = ln_db_kind_at(store) == LN_DB_SQLITE ? 1 : POSTGRES_THREADS;
    pthread_mutex_init(&i->lock, NULL);
    pthread_cond_init(&i->changed, NULL);
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
    if (!intake)
        return;
    pthread_mutex_lock(&intake->lock);
    intake->must_end = 1;
    pthread_cond_broadcast(&intake->changed);
    pthread_mutex_unlock(&intake->lock);
    for (size_t i = 0; i < intake->started; i++) {
        pthread_join(intake->committers[i].thread, NULL);
        ln_ingest_close(intake->committers[i].ingest);
    }
    pthread_cond_destroy(&intake->changed);
    pthread_mutex_destroy(&intake->lock);
    free(intake);
}
