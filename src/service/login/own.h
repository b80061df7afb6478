/* What the files of logging in share. */
#ifndef LN_SERVICE_LOGIN_OWN_H
#define LN_SERVICE_LOGIN_OWN_H

#include "service/login/limit.h"
#include "service/login/login.h"
#include "service/login/session.h"

#define LN_LOGIN_COOKIE "limitnet"    /* of a session: its token */
#define LN_LOGIN_FORM "limitnet-form" /* of the form to log in, which has no session yet: a token, too */
#define LN_LOGIN_DEVICE_MARK "limitnet-device"

#define LN_LOGIN_PATH 200 /* bytes of the path that a visitor wanted to see */

/* A request that waits for the thread, and what became of it. */
typedef struct ln_login_job ln_login_job;
struct ln_login_job {
    ln_login *login;
    ln_login_job *next;
    void (*go_on)(void *server);
    void *server;
    void (*run)(ln_login *login, ln_login_job *job); /* by the thread */
    ln_web_finish *finish;                           /* then by the web server's; frees the job */
    ln_visitor visitor;
    int is_secure;
    char name[LN_ACCOUNT_NAME + 1], password[LN_PASSWORD_MOST + 1];
    char fresh[LN_PASSWORD_MOST + 1], again[LN_PASSWORD_MOST + 1]; /* another password, twice */
    char role[16];
    char path[LN_LOGIN_PATH]; /* where to go then */
    char client[64];          /* address */
    char token[LN_TOKEN];     /* of the session that there was; after a login, of the new one */
    char mark[LN_DEVICE];     /* of the browser, likewise */
    unsigned status;          /* 303: done; 503: the thread did not come to it */
    unsigned retry_after_s;
    ln_error problem;
};

struct ln_login {
    const char *where; /* the store */
    int is_local;
    char csrf[LN_TOKEN]; /* of "local" */
    ln_sessions sessions;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    ln_login_job *first, **last;
    size_t waiting;
    int is_running;

    /* The thread's own. */
    ln_store *store; /* null: not open */
    ln_access access;
    int is_known; /* 1: it was read */
    ln_limit limit;
    char nobody[LN_ACCOUNT_HASH]; /* what a password is compared with where there is no such account */
};

uint64_t ln_login_clock(void);

/* Reads who has access. Returns 0 after a line in the log if the store is away. */
int ln_login_refresh(ln_login *login);

/* Begins a job, to be given to ln_login_give. Null: memory is short, and the answer says so. */
ln_login_job *ln_login_begin(const ln_visitor *visitor, ln_web_answer *answer);

/* Gives a job to the thread and holds the request. If that cannot be, the answer is 503 and the job is gone.
 */
void ln_login_give(ln_login *login, ln_login_job *job, const ln_web_request *request, ln_web_answer *answer);

/* Compares name and password, and begins a session: `run` of a job. */
void ln_login_try(ln_login *login, ln_login_job *job);

/* Compares name and password, as often as the limits allow.
 *   account   receives a copy of the account if they are right
 * Returns whether they are; else `status` says why not: 401, 429 with retry_after_s, 503. */
int ln_login_prove(ln_login *login, ln_login_job *job, ln_account_row *account);

/* Begins a session, with a new token whatever the browser had before; then the status is 303. */
void ln_login_begin_session(ln_login *login, ln_login_job *job, const ln_account_row *account);

/* The account of a name, as it was read last; null: there is none. */
const ln_account_row *ln_login_account(const ln_login *login, const char *name);

/* Gives the browser what the session that began needs. */
void ln_login_set_cookies(const ln_login_job *job, ln_web_answer *answer);

/* Reads of a request who sent it, and from where: session, browser, address. */
void ln_login_read_sender(ln_login_job *job, const ln_web_request *request);

void ln_login_free_job(ln_login_job *job);

/* Who sent a form, and whether it counts: the visitor has at least this role, and the form is ours. If not,
 * the answer is filled as ln_login_admits does, or with 403. */
int ln_login_admits_form(ln_login *login, const ln_web_request *request, ln_visitor_role role,
                         ln_visitor *visitor, ln_web_answer *answer);

/* Handlers; their context is the ln_login. */
ln_web_handler ln_login_show, ln_login_post, ln_login_leave, ln_accounts_show, ln_accounts_post,
    ln_password_show, ln_password_post;

#endif
