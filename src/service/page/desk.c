#include "service/page/desk.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define LOOK_MS 200 /* how often it looks whether to stop */

typedef struct job job;
struct job {
    job *next;
    ln_desk_order order;
    void (*go_on)(void *server);
    void *server;
    ln_web_answer answer;
};

struct ln_desk {
    const char *where;
    ln_serve *serve;      /* while it runs; of its thread */
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t came;
    job *first, **end;
    int runs;
};

ln_desk *ln_desk_open(const char *store)
{
    ln_desk *desk = calloc(1, sizeof *desk);
    if (!desk)
        return NULL;
    desk->where = store;
    desk->end = &desk->first;
    pthread_mutex_init(&desk->lock, NULL);
    pthread_cond_init(&desk->came, NULL);
    return desk;
}

void ln_desk_close(ln_desk *desk)
{
    if (!desk)
        return;
    pthread_cond_destroy(&desk->came);
    pthread_mutex_destroy(&desk->lock);
    free(desk);
}

/* ---- In the server's thread ------------------------------------------------------------------ */

static void say_later(ln_web_answer *answer)
{
    answer->retry_after_s = 5;
    ln_web_say(answer, 503, "the page cannot be shown now: try again");
}

static void finish(void *work, ln_web_answer *answer)
{
    job *j = work;
    *answer = j->answer;
    free(j);
}

/* Returns 0 if the desk does not run. */
static int line_up(ln_desk *desk, job *j)
{
    pthread_mutex_lock(&desk->lock);
    const int runs = desk->runs;
    if (runs) {
        *desk->end = j;
        desk->end = &j->next;
        pthread_cond_signal(&desk->came);
    }
    pthread_mutex_unlock(&desk->lock);
    return runs;
}

void ln_desk_give(ln_desk *desk, const ln_web_request *request, const ln_desk_order *order,
                  ln_web_answer *answer)
{
    job *j = malloc(sizeof *j);
    if (!j) {
        order->free(order->context);
        say_later(answer);
        return;
    }
    *j = (job){
        .order = *order, .go_on = request->go_on, .server = request->context, .answer = {.status = 200}};
    request->hold(request->context, finish, j);
    if (line_up(desk, j))
        return;
    order->free(order->context);
    say_later(&j->answer);
    j->go_on(j->server);
}

/* ---- In the desk's thread -------------------------------------------------------------------- */

/* The next job, or null after a while. */
static job *take(ln_desk *desk)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&desk->lock);
    if (!desk->first)
        pthread_cond_timedwait(&desk->came, &desk->lock, &until);
    job *j = desk->first;
    if (j)
        desk->first = j->next;
    if (!desk->first)
        desk->end = &desk->first;
    pthread_mutex_unlock(&desk->lock);
    return j;
}

static void set_runs(ln_desk *desk, int runs)
{
    pthread_mutex_lock(&desk->lock);
    desk->runs = runs;
    pthread_mutex_unlock(&desk->lock);
}

int ln_desk_is_ending(const ln_desk *desk)
{
    return ln_serve_is_ending(desk->serve);
}

static void serve_job(job *j, const char *where, ln_store **store)
{
    if (!*store && ln_store_open(store, where, NULL) != LN_DB_DONE)
        say_later(&j->answer);
    else
        j->order.work(j->order.context, *store, &j->answer);
    j->order.free(j->order.context);
    j->go_on(j->server);
}

/* What came before the end is still answered. */
ln_status ln_desk_run(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error)
{
    ln_desk *desk = context;
    ln_store *store = NULL;
    (void)error;
    desk->serve = serve;
    set_runs(desk, 1);
    for (int is_over = 0; !is_over;) {
        if (*stop)
            set_runs(desk, 0);
        job *j = take(desk);
        if (j)
            serve_job(j, desk->where, &store);
        else
            is_over = *stop && !desk->runs;
    }
    ln_store_close(store);
    return LN_OK;
}
