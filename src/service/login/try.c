/* A name and a password are compared. */
#include "service/log.h"
#include "service/login/own.h"
#include "service/web/client.h"

#include <sodium.h>
#include <stdio.h>

const ln_account_row *ln_login_account(const ln_login *login, const char *name)
{
    for (size_t i = 0; i < login->access.account_count; i++)
        if (strcmp(login->access.accounts[i].name, name) == 0)
            return &login->access.accounts[i];
    return NULL;
}

typedef struct counted {
    ln_limit_rate rate;
    char kind, key[LN_DEVICE];
} counted;

/* What a try counts for. Names count whether or not they exist. */
static size_t count(counted by[2], const ln_login_job *job, int is_known)
{
    by[0] = (counted){LN_LOGIN_DEVICE, 'd', ""};
    by[1] = (counted){LN_LOGIN_NAME, 'n', ""};
    snprintf(by[0].key, sizeof by[0].key, "%s", job->mark);
    if (is_known)
        return 1;
    by[0] = (counted){LN_LOGIN_ADDRESS, 'a', ""};
    ln_web_network(by[0].key, job->client);
    snprintf(by[1].key, sizeof by[1].key, "%s", job->name);
    return 2;
}

static void give(ln_login *login, const counted *by, size_t many)
{
    for (size_t i = 0; i < many; i++)
        ln_limit_give(&login->limit, by[i].rate, by[i].kind, by[i].key, ln_login_clock());
}

/* Returns 0, or for how many seconds there is no further try. */
static unsigned take(ln_login *login, const counted *by, size_t many)
{
    for (size_t i = 0; i < many; i++) {
        const uint64_t wait_ms =
            ln_limit_take(&login->limit, by[i].rate, by[i].kind, by[i].key, ln_login_clock());
        if (!wait_ms)
            continue;
        give(login, by, i);
        return (unsigned)(wait_ms / 1000) + 1;
    }
    return 0;
}

void ln_login_begin_session(ln_login *login, ln_login_job *job, const ln_account_row *account)
{
    uint8_t before[LN_SESSION_TOKEN];
    ln_session_row session = {.made_ms = ln_login_clock()};
    int began = 0;
    if (ln_token_hash(job->token, before))
        ln_store_end_session(login->store, before, &job->problem);
    ln_token_make(job->token);
    ln_token_hash(job->token, session.token);
    session.seen_ms = session.made_ms;
    if (ln_store_add_session(login->store, account, &session, &began, &job->problem) != LN_DB_DONE)
        return;
    job->status = began ? 303 : 401;
    ln_device_make(job->mark, account);
}

static void log_it(const ln_login_job *job, const ln_account_row *account)
{
    const char *name = account ? account->name : "(unknown)"; /* which may be a password in the wrong field */
    ln_log(job->status == 303 ? LN_LOG_INFO : LN_LOG_WARNING,
           job->status == 303 ? "somebody has logged in" : "a login is refused",
           LN_LOG_VALUES(LN_LOG_TEXT("name", name), LN_LOG_TEXT("from", job->client)));
}

int ln_login_prove(ln_login *login, ln_login_job *job, ln_account_row *kept)
{
    counted by[2];
    if (!ln_login_refresh(login))
        return 0;
    const ln_account_row *account = ln_login_account(login, job->name);
    const size_t many = count(by, job, account && ln_device_is_of(job->mark, account));
    job->retry_after_s = take(login, by, many);
    job->status = job->retry_after_s ? 429 : 401;
    if (job->retry_after_s || !ln_account_matches(account ? account->hash : login->nobody, job->password) ||
        !account)
        return 0;
    give(login, by, many);
    job->status = 503;
    *kept = *account;
    return 1;
}

void ln_login_try(ln_login *login, ln_login_job *job)
{
    ln_account_row account;
    const int is_right = ln_login_prove(login, job, &account);
    if (is_right) {
        ln_login_begin_session(login, job, &account);
        ln_login_refresh(login);
    }
    if (is_right || job->status != 503)
        log_it(job, ln_login_account(login, job->name));
}
