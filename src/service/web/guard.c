#include "service/web/guard.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define NEVER INT64_MAX

typedef struct guarded {
    int used, socket;
    int64_t until_s;
} guarded;

struct ln_web_guard {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    int stop;
    guarded places[LN_WEB_CONNECTIONS];
};

static int64_t clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* The library sees the end of the connection then, and closes it. */
static void cut(ln_web_guard *guard)
{
    int64_t now_s = clock_s();
    for (size_t i = 0; i < LN_WEB_CONNECTIONS; i++) {
        guarded *g = &guard->places[i];
        if (!g->used || now_s < g->until_s)
            continue;
        shutdown(g->socket, SHUT_RDWR);
        g->until_s = NEVER;
    }
}

static void *watch(void *context)
{
    ln_web_guard *guard = context;
    pthread_mutex_lock(&guard->lock);
    while (!guard->stop) {
        struct timespec until;
        cut(guard);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&guard->stopped, &guard->lock, &until);
    }
    pthread_mutex_unlock(&guard->lock);
    return NULL;
}

ln_web_guard *ln_web_guard_new(void)
{
    ln_web_guard *guard = calloc(1, sizeof *guard);
    if (!guard)
        return NULL;
    pthread_mutex_init(&guard->lock, NULL);
    pthread_cond_init(&guard->stopped, NULL);
    if (pthread_create(&guard->thread, NULL, watch, guard)) {
        free(guard);
        return NULL;
    }
    return guard;
}

void ln_web_guard_free(ln_web_guard *guard)
{
    if (!guard)
        return;
    pthread_mutex_lock(&guard->lock);
    guard->stop = 1;
    pthread_cond_signal(&guard->stopped);
    pthread_mutex_unlock(&guard->lock);
    pthread_join(guard->thread, NULL);
    pthread_cond_destroy(&guard->stopped);
    pthread_mutex_destroy(&guard->lock);
    free(guard);
}

int ln_web_guard_add(ln_web_guard *guard, int socket)
{
    int place = 0;
    pthread_mutex_lock(&guard->lock);
    while (place < LN_WEB_CONNECTIONS && guard->places[place].used)
        place++;
    if (place == LN_WEB_CONNECTIONS)
        place = -1;
    else
        guard->places[place] = (guarded){1, socket, clock_s() + LN_WEB_REQUEST_S};
    pthread_mutex_unlock(&guard->lock);
    return place;
}

static void set_until(ln_web_guard *guard, int place, int64_t until_s)
{
    if (place < 0)
        return;
    pthread_mutex_lock(&guard->lock);
    guard->places[place].until_s = until_s;
    pthread_mutex_unlock(&guard->lock);
}

void ln_web_guard_begin(ln_web_guard *guard, int place)
{
    set_until(guard, place, clock_s() + LN_WEB_REQUEST_S);
}

void ln_web_guard_end(ln_web_guard *guard, int place)
{
    set_until(guard, place, NEVER);
}

void ln_web_guard_remove(ln_web_guard *guard, int place)
{
    if (place < 0)
        return;
    pthread_mutex_lock(&guard->lock);
    guard->places[place].used = 0;
    pthread_mutex_unlock(&guard->lock);
}
