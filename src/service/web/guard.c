#include "service/web/guard.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NEVER INT64_MAX

typedef struct guarded {
    int used, socket;
    int64_t until_s;
    char network[LN_WEB_CLIENT]; /* of the client; "": it is not counted */
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

/* The lock is the caller's. */
static int has_room(const ln_web_guard *guard, const char *network)
{
    unsigned count = 0;
    for (const guarded *g = guard->places; g < guard->places + LN_WEB_CONNECTIONS && *network; g++)
        count += g->used && strcmp(g->network, network) == 0;
    return count < LN_WEB_PER_CLIENT;
}

int ln_web_guard_admits(ln_web_guard *guard, const char *network)
{
    pthread_mutex_lock(&guard->lock);
    const int admits = has_room(guard, network);
    pthread_mutex_unlock(&guard->lock);
    return admits;
}

int ln_web_guard_use(ln_web_guard *guard, int place, const char *network)
{
    if (place < 0)
        return 1;
    pthread_mutex_lock(&guard->lock);
    *guard->places[place].network = 0;
    const int admits = has_room(guard, network);
    if (admits)
        snprintf(guard->places[place].network, LN_WEB_CLIENT, "%s", network);
    pthread_mutex_unlock(&guard->lock);
    return admits;
}

int ln_web_guard_add(ln_web_guard *guard, int socket, const char *network)
{
    int place = 0;
    pthread_mutex_lock(&guard->lock);
    while (place < LN_WEB_CONNECTIONS && guard->places[place].used)
        place++;
    if (place == LN_WEB_CONNECTIONS)
        place = -1;
    else
        guard->places[place] = (guarded){1, socket, clock_s() + LN_WEB_REQUEST_S, ""};
    if (place >= 0)
        snprintf(guard->places[place].network, LN_WEB_CLIENT, "%s", network);
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
