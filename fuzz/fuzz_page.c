/* Requests to the pages of logging in, of accounts and of passwords. They stand on lines: method, path,
 * query, the headers Cookie, Host, Origin, Sec-Fetch-Site, X-Forwarded-Proto, X-Forwarded-For, Content-Type,
 * then the body. "TOKEN" in a line or the body stands for the token of a session that there is, "CSRF" for
 * its form's. The form without a session, too, has the token CSRF if its cookie is TOKEN.
 *
 * Fields are read the same after they are written. Nobody is let in without the token, nothing changes
 * without the form's; no page has markup from outside, and no answer leads to another site. Nothing is
 * hashed, and the store is not asked: the thread does not run here. */
#include "fuzz.h"

#include "service/login/cookie.h"
#include "service/login/csrf.h"
#include "service/web/form.h"
#include "service/page/html.h"
#include "service/login/own.h"
#include "service/web/client.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEADERS 7

static const char *const NAMES[HEADERS] = {
    "Cookie", "Host", "Origin", "Sec-Fetch-Site", "X-Forwarded-Proto", "X-Forwarded-For", "Content-Type"};

typedef struct server {
    char *headers[HEADERS];
    unsigned held;
} server;

static const char *header(void *context, const char *name)
{
    const server *s = context;
    for (size_t i = 0; i < HEADERS; i++)
        if (strcasecmp(name, NAMES[i]) == 0)
            return s->headers[i] && *s->headers[i] ? s->headers[i] : NULL;
    return NULL;
}

static void hold(void *context, ln_web_finish *finish, void *work)
{
    (void)finish, (void)work;
    ((server *)context)->held++;
}

static void go_on(void *context)
{
    (void)context;
}

/* ---- Input ----------------------------------------------------------------------------------- */

static char csrf[LN_TOKEN];

static void replace(ln_text *out, const char *text)
{
    static const char *const words[] = {"TOKEN", "CSRF"};
    const char *const values[] = {TOKEN, csrf};
    while (*text) {
        size_t i = 0;
        while (i < 2 && strncmp(text, words[i], strlen(words[i])) != 0)
            i++;
        if (i < 2)
            ln_text_add(out, "%s", values[i]);
        else
            ln_text_add(out, "%c", *text);
        text += i < 2 ? strlen(words[i]) : 1;
    }
}

static char *take_line(fuzz_part *rest, int is_last)
{
    const uint8_t *end = rest->size && !is_last ? memchr(rest->bytes, '\n', rest->size) : NULL;
    const fuzz_part line = {rest->bytes, end ? (size_t)(end - rest->bytes) : rest->size};
    const size_t taken = line.size + (end ? 1 : 0);
    char *text = fuzz_text(line);
    ln_text out = {0};
    ln_text_add(&out, "%s", "");
    replace(&out, text);
    rest->bytes += taken;
    rest->size -= taken;
    free(text);
    return out.bytes;
}

/* ---- Checks ---------------------------------------------------------------------------------- */

/* What was read is written and read the same. */
static void check_fields(const ln_web_request *request)
{
    static const char *const names[] = {"name", "to", "csrf"};
    for (size_t i = 0; i < 3; i++) {
        char value[64], again[64];
        ln_text query = {0};
        const int found = ln_query_field(request, names[i], value, sizeof value);
        REQUIRE(strlen(value) < sizeof value && (found || !*value));
        ln_text_add(&query, "x=y&%s=", names[i]);
        ln_html_url(&query, value);
        ln_web_request other = *request;
        other.query = query.bytes;
        REQUIRE(ln_query_field(&other, names[i], again, sizeof again) && strcmp(value, again) == 0);
        free(query.bytes);
        ln_form_field(request, names[i], value, sizeof value);
        REQUIRE(strlen(value) < sizeof value);
    }
}

/* Whom the proxy names; their network is one of its own, too. */
static void find_client(char client[LN_WEB_CLIENT], const char *forwarded)
{
    char network[LN_WEB_CLIENT], again[LN_WEB_CLIENT];
    REQUIRE(ln_web_find_client(client, "127.0.0.1", forwarded) == (forwarded != NULL));
    REQUIRE(strlen(client) < LN_WEB_CLIENT && !strchr(client, ' ') && !strchr(client, ','));
    ln_web_network(network, client);
    ln_web_network(again, network);
    REQUIRE(strcmp(network, again) == 0);
}

/* One login for all inputs, with a session and two accounts, or with none. */
static ln_login *login_of_all(int has_accounts)
{
    static ln_login *login;
    static ln_access access;
    if (!login)
        login = ln_login_open("", "127.0.0.1");
    REQUIRE(login);
    access.account_count = has_accounts ? 2 : 0;
    access.session_count = has_accounts ? 1 : 0;
    access.accounts[0] = (ln_account_row){.name = "adam", .role = LN_ROLE_VIEWER};
    access.accounts[1] = (ln_account_row){.name = "eve", .role = LN_ROLE_ADMIN};
    access.sessions[0] =
        (ln_session_row){.name = "eve", .made_ms = ln_login_clock(), .seen_ms = ln_login_clock()};
    ln_token_hash(TOKEN, access.sessions[0].token);
    ln_sessions_set(&login->sessions, &access, ln_login_clock());
    ln_token_csrf(TOKEN, csrf);
    memcpy(login->csrf, TOKEN, sizeof login->csrf);
    login->is_running = 1;
    return login;
}

static ln_visitor check_visitor(ln_login *login, const ln_web_request *request, int has_accounts)
{
    ln_visitor visitor;
    const char *cookies = header(request->context, "Cookie");
    ln_login_visitor(login, request, &visitor);
    if (visitor.role == LN_ROLE_NONE)
        REQUIRE(!*visitor.name && !*visitor.csrf);
    else if (has_accounts)
        REQUIRE(visitor.role == LN_ROLE_ADMIN && strcmp(visitor.name, "eve") == 0 && cookies &&
                strstr(cookies, "limitnet=" TOKEN));
    else
        REQUIRE(!header(request->context, "X-Forwarded-For") &&
                !header(request->context, "X-Forwarded-Proto") && header(request->context, "Host"));
    return visitor;
}

static void check_answer(const ln_web_answer *answer)
{
    static const unsigned known[] = {200, 303, 401, 403, 404, 405, 409, 503};
    int is_known = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        is_known |= answer->status == known[i];
    REQUIRE(is_known && !answer->body.failed && answer->header_count <= LN_WEB_EXTRA);
    for (size_t i = 0; i < answer->header_count; i++) {
        const char *value = answer->headers[i].value;
        REQUIRE(!strpbrk(value, "\r\n"));
        if (strcmp(answer->headers[i].name, "Location") == 0)
            REQUIRE(answer->status == 303 && value[0] == '/' && value[1] != '/' && value[1] != '\\');
    }
    /* Of markup, only what is ours: inputs say <x. */
    REQUIRE(!answer->body.bytes || !strstr(answer->body.bytes, "<x"));
}

/* What the thread would do, and the answer then. */
static void finish(ln_login *login, const ln_web_request *request, const ln_visitor *visitor,
                   ln_web_answer *answer)
{
    ln_login_job *job = login->first;
    REQUIRE(job && !job->next && login->waiting == 1 && strcmp(request->method, "POST") == 0);
    if (strcmp(request->path, "/login") == 0)
        REQUIRE(job->path[0] == '/' && job->path[1] != '/');
    else
        REQUIRE(visitor->role != LN_ROLE_NONE && ln_csrf_is_ours(request, visitor));
    login->first = NULL;
    login->last = &login->first;
    login->waiting = 0;
    job->status = request->size % 2 ? 303 : strcmp(request->path, "/login") == 0 ? 401 : 503;
    if (job->status == 303)
        ln_token_make(job->token);
    *job->mark = 0;
    job->finish(job, answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const int has_accounts = size % 4 != 0;
    ln_login *login = login_of_all(has_accounts);
    ln_web_route routes[LN_LOGIN_ROUTES];
    fuzz_part rest = {data, size};
    server s = {0};
    char client[LN_WEB_CLIENT];
    char *method = take_line(&rest, 0), *path = take_line(&rest, 0), *query = take_line(&rest, 0);
    for (size_t i = 0; i < HEADERS; i++)
        s.headers[i] = take_line(&rest, 0);
    char *body = take_line(&rest, 1);
    const ln_web_request request = {method, path,  header, &s,  (const uint8_t *)body, strlen(body), hold,
                                    go_on,  query, client, NULL};
    ln_web_answer answer = {.status = 200};
    find_client(client, header(&s, "X-Forwarded-For"));
    ln_login_routes(login, routes);
    check_fields(&request);
    const ln_visitor visitor = check_visitor(login, &request, has_accounts);
    REQUIRE(ln_web_answer_to(routes, LN_LOGIN_ROUTES, &request, 1, &answer));
    if (s.held)
        finish(login, &request, &visitor, &answer);
    check_answer(&answer);
    free(answer.body.bytes);
    free(body);
    for (size_t i = 0; i < HEADERS; i++)
        free(s.headers[i]);
    free(query);
    free(path);
    free(method);
    return 0;
}
