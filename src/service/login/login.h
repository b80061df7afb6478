/* Logging in and out, and the accounts' page. Passwords are hashed and accounts changed by one thread, so
 * that at most one hash is computed at a time (64 MiB) and the web server goes on meanwhile. */
#ifndef LN_SERVICE_LOGIN_LOGIN_H
#define LN_SERVICE_LOGIN_LOGIN_H

#include "service/serve.h"
#include "service/login/visitor.h"

#define LN_LOGIN_ROUTES 7
#define LN_LOGIN_WAITING 64 /* requests that may wait for the thread; others come again */

/* How often a password may be tried: from one address, for one name, and from a browser that has logged in as
 * that name before, which is not slowed down by what strangers do. Those that were right do not count. */
#define LN_LOGIN_ADDRESS ((ln_limit_rate){20, 10000})
#define LN_LOGIN_NAME ((ln_limit_rate){10, 30000})
#define LN_LOGIN_DEVICE ((ln_limit_rate){10, 30000})

typedef struct ln_login ln_login;

/* Refuses to show pages to others while nobody has an account. A store that is away cannot be asked; nothing
 * is shown then without an account, either. Errors: LN_ERR_ARGUMENT: there is no account; LN_ERR_IO: the
 * store cannot be used. */
ln_status ln_login_check(const char *store, const char *listen, ln_error *error);

/* Begins without a thread: ln_login_run is one.
 *   store, listen   must stay
 * Null: memory is short. The caller's to ln_login_close. */
ln_login *ln_login_open(const char *store, const char *listen);
void ln_login_close(ln_login *login);

/* An ln_serve_run_part, to be run once; its context is the ln_login. */
ln_serve_run_part ln_login_run;

/* Adds LN_LOGIN_ROUTES routes: /login, /logout, /accounts, /password. */
void ln_login_routes(ln_login *login, ln_web_route *routes);

/* Who asks; the context is the ln_login. Without any account, on a server that only this computer reaches, it
 * is an admin called "local", unless the request came through a proxy or under another host's name. */
ln_visitor_of ln_login_visitor;

/* Until the session ends, or the account's role does; for "local" until there is an account. */
ln_visitor_stays ln_login_stays;

/* Whether a visitor has at least this role. If not, the answer is filled: the way to the login, or 403. */
int ln_login_admits(const ln_web_request *request, const ln_visitor *visitor, ln_visitor_role role,
                    ln_web_answer *answer);

#endif
