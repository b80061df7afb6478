/* Who asks, and whether pages may be shown at all. */
#include "service/log.h"
#include "service/login/cookie.h"
#include "service/login/csrf.h"
#include "service/page/html.h"
#include "service/login/own.h"
#include "service/web/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

ln_status ln_login_check(const char *where, const char *listen, ln_error *error)
{
    ln_store *store = NULL;
    ln_error why = {0};
    ln_access *access = malloc(sizeof *access);
    if (!access)
        return ln_fail_memory(error);
    access->account_count = 1;
    ln_db_result result = ln_web_is_local(listen) ? LN_DB_DONE : ln_store_open(&store, where, &why);
    if (store)
        result = ln_store_access(store, access, &why);
    ln_store_close(store);
    const size_t count = access->account_count;
    free(access);
    if (result == LN_DB_FAILED)
        return ln_fail(error, LN_ERR_IO, "%s", why.text);
    if (result == LN_DB_DONE && !count)
        return ln_fail(
            error, LN_ERR_ARGUMENT,
            "[web] listen = %s: others could reach the page, and there is no account: add one with "
            "'limitnet account add NAME --role admin', listen on 127.0.0.1, or leave the role web out",
            listen);
    return LN_OK;
}

/* ---- Who asks -------------------------------------------------------------------------------- */

static int is_name_of_here(const char *host)
{
    const size_t length = strcspn(host, ":");
    char name[64];
    if (strncmp(host, "[::1]", 5) == 0)
        return host[5] == 0 || host[5] == ':';
    snprintf(name, sizeof name, "%.*s", (int)length, host);
    return length < sizeof name &&
           (strcasecmp(name, "localhost") == 0 || (strchr(name, '.') && ln_web_is_local(name)));
}

/* Whether a browser of this computer asks, and no proxy for others. A page of elsewhere whose name was made
 * to point here has that name as its host. */
static int is_from_here(const ln_web_request *request)
{
    static const char *const of_proxies[] = {"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP",
                                             "Via"};
    const char *host = request->header(request->context, "Host");
    for (size_t i = 0; i < sizeof of_proxies / sizeof *of_proxies; i++)
        if (request->header(request->context, of_proxies[i]))
            return 0;
    return host && is_name_of_here(host);
}

void ln_login_visitor(void *context, const ln_web_request *request, ln_visitor *visitor)
{
    ln_login *login = context;
    const uint64_t now_ms = ln_login_clock();
    char token[LN_TOKEN];
    ln_cookie_read(request, LN_LOGIN_COOKIE, token, sizeof token);
    ln_sessions_find(&login->sessions, token, now_ms, visitor);
    if (visitor->role != LN_ROLE_NONE || !login->is_local || !is_from_here(request) ||
        !ln_sessions_is_open(&login->sessions, now_ms))
        return;
    *visitor = (ln_visitor){.role = LN_ROLE_ADMIN, .name = "local"};
    memcpy(visitor->csrf, login->csrf, sizeof visitor->csrf);
}

int ln_login_stays(void *context, const ln_visitor *visitor)
{
    ln_login *login = context;
    const uint64_t now_ms = ln_login_clock();
    return ln_visitor_has_session(visitor) ? ln_sessions_goes_on(&login->sessions, visitor->session, now_ms)
                                           : ln_sessions_is_open(&login->sessions, now_ms);
}

/* ---- What one may do ------------------------------------------------------------------------- */

/* The login, and then what was asked for. */
static void send_to_login(const ln_web_request *request, ln_web_answer *answer)
{
    ln_text to = {0}, path = {0};
    ln_text_add(&path, "%s%s%s", request->path, *request->query ? "?" : "", request->query);
    ln_text_add(&to, "/login?to=");
    ln_html_url(&to, path.bytes);
    const int is_whole = !to.failed && !path.failed && to.size < sizeof answer->headers->value &&
                         strcmp(request->method, "GET") == 0;
    ln_web_redirect(answer, is_whole ? to.bytes : "/login");
    free(path.bytes);
    free(to.bytes);
}

int ln_login_admits(const ln_web_request *request, const ln_visitor *visitor, ln_visitor_role role,
                    ln_web_answer *answer)
{
    if (visitor->role >= role)
        return 1;
    if (ln_visitor_comes_again(visitor, answer))
        return 0;
    if (visitor->role == LN_ROLE_NONE)
        send_to_login(request, answer);
    else
        ln_web_say(answer, 403, "this needs another role");
    return 0;
}

int ln_login_admits_form(ln_login *login, const ln_web_request *request, ln_visitor_role role,
                         ln_visitor *visitor, ln_web_answer *answer)
{
    ln_login_visitor(login, request, visitor);
    if (!ln_login_admits(request, visitor, role, answer))
        return 0;
    if (ln_csrf_is_ours(request, visitor))
        return 1;
    ln_web_say(answer, 403, "this form is not from here, or too old");
    return 0;
}
