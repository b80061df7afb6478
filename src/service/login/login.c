/* The thread, and what waits for it. */
#include "service/log.h"
#include "service/login/own.h"
#include "service/web/client.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>

#define REFRESH_MS 1000 /* how soon a change by another program is seen */
#define CLEAN_MS 60000  /* how often old sessions are deleted */

uint64_t ln_login_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- The store ------------------------------------------------------------------------------- */

static int check(ln_login *login, ln_db_result result, const ln_error *error)
{
    if (result == LN_DB_DONE)
        return 1;
    ln_log(LN_LOG_WARNING, "the page cannot ask the store", LN_LOG_VALUES(LN_LOG_TEXT("why", error->text)));
    if (result == LN_DB_AWAY || result == LN_DB_FAILED) {
        ln_store_close(login->store);
        login->store = NULL;
    }
    return 0;
}

int ln_login_refresh(ln_login *login)
{
    ln_error error = {0};
    if (!login->store && !check(login, ln_store_open(&login->store, login->where, &error), &error))
        return 0;
    if (!check(login, ln_store_access(login->store, &login->access, &error), &error))
        return 0;
    ln_sessions_set(&login->sessions, &login->access, ln_login_clock());
    if (!login->is_known)
        ln_log(LN_LOG_INFO, "the page knows its accounts",
               LN_LOG_VALUES(LN_LOG_NUMBER("accounts", (int64_t)login->access.account_count)));
    login->is_known = 1;
    return 1;
}

static void tell(ln_login *login)
{
    ln_session_row session;
    ln_error error = {0};
    int is_well = login->store != NULL;
    while (is_well && ln_sessions_untold(&login->sessions, &session))
        is_well = check(login, ln_store_touch_session(login->store, &session, &error), &error);
}

static void clean(ln_login *login, uint64_t now_ms)
{
    ln_error error = {0};
    if (login->store)
        check(login,
              ln_store_end_sessions(login->store, now_ms - LN_SESSION_WHOLE_MS, now_ms - LN_SESSION_IDLE_MS,
                                    &error),
              &error);
}

/* ---- Jobs ------------------------------------------------------------------------------------ */

ln_login_job *ln_login_begin(const ln_visitor *visitor, ln_web_answer *answer)
{
    ln_login_job *job = calloc(1, sizeof *job);
    if (job)
        job->visitor = *visitor;
    else
        ln_web_say(answer, 503, "memory is short");
    return job;
}

void ln_login_free_job(ln_login_job *job)
{
    sodium_memzero(job, sizeof *job);
    free(job);
}

void ln_login_give(ln_login *login, ln_login_job *job, const ln_web_request *request, ln_web_answer *answer)
{
    pthread_mutex_lock(&login->lock);
    const int is_taken = login->is_running && login->waiting < LN_LOGIN_WAITING;
    if (is_taken) {
        job->login = login;
        job->go_on = request->go_on;
        job->server = request->context;
        job->status = 503;
        request->hold(request->context, job->finish, job);
        *login->last = job;
        login->last = &job->next;
        login->waiting++;
        pthread_cond_signal(&login->changed);
    }
    pthread_mutex_unlock(&login->lock);
    if (is_taken)
        return;
    ln_login_free_job(job);
    answer->retry_after_s = 1;
    ln_web_say(answer, 503, "too many are logging in: try again in a moment");
}

/* Waits for a job until it is time to look at the store; null: it is. */
static ln_login_job *take(ln_login *login, uint64_t until_ms)
{
    const struct timespec until = {(time_t)(until_ms / 1000), (long)(until_ms % 1000) * 1000000};
    pthread_mutex_lock(&login->lock);
    int is_time = 0;
    while (!login->first && !is_time)
        is_time = pthread_cond_timedwait(&login->changed, &login->lock, &until) != 0;
    ln_login_job *job = login->first;
    if (job) {
        login->first = job->next;
        login->waiting--;
        if (!login->first)
            login->last = &login->first;
    }
    pthread_mutex_unlock(&login->lock);
    return job;
}

static void set_running(ln_login *login, int is_running)
{
    pthread_mutex_lock(&login->lock);
    login->is_running = is_running;
    pthread_mutex_unlock(&login->lock);
}

/* ---- The thread ------------------------------------------------------------------------------ */

/* Does what comes until it is time to look at the store. */
static void work(ln_login *login, const atomic_int *stop, uint64_t until_ms)
{
    ln_login_job *job;
    while (!*stop && ln_login_clock() < until_ms && (job = take(login, until_ms)) != NULL) {
        job->run(login, job);
        job->go_on(job->server);
    }
}

static void run(ln_login *login, const atomic_int *stop)
{
    uint64_t cleaned_ms = 0;
    while (!*stop) {
        const uint64_t now_ms = ln_login_clock();
        ln_login_refresh(login);
        tell(login);
        if (now_ms >= cleaned_ms + CLEAN_MS) {
            clean(login, now_ms);
            cleaned_ms = now_ms;
        }
        work(login, stop, now_ms + REFRESH_MS);
    }
}

/* What still waits is answered with 503. */
static void drop(ln_login *login)
{
    set_running(login, 0);
    for (ln_login_job *job; (job = take(login, 0)) != NULL;)
        job->go_on(job->server);
}

ln_status ln_login_run(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error)
{
    ln_login *login = context;
    (void)serve, (void)error;
    set_running(login, 1);
    run(login, stop);
    drop(login);
    ln_store_close(login->store);
    login->store = NULL;
    return LN_OK;
}

ln_login *ln_login_open(const char *store, const char *listen)
{
    ln_login *login = sodium_init() < 0 ? NULL : calloc(1, sizeof *login);
    if (!login)
        return NULL;
    login->where = store;
    login->is_local = ln_web_is_local(listen);
    login->last = &login->first;
    ln_token_make(login->csrf);
    randombytes_buf(login->limit.secret, sizeof login->limit.secret);
    ln_sessions_begin(&login->sessions);
    pthread_mutex_init(&login->lock, NULL);
    pthread_cond_init(&login->changed, NULL);
    if (ln_account_hash(login->nobody, login->csrf, NULL) == LN_OK)
        return login;
    ln_login_close(login);
    return NULL;
}

void ln_login_close(ln_login *login)
{
    if (!login)
        return;
    pthread_cond_destroy(&login->changed);
    pthread_mutex_destroy(&login->lock);
    ln_sessions_end(&login->sessions);
    free(login);
}
