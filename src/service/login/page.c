/* GET and POST /login, POST /logout. */
#include "service/login/cookie.h"
#include "service/login/csrf.h"
#include "service/web/form.h"
#include "service/page/html.h"
#include "service/login/own.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define FORM_S 3600       /* how long a form to log in is good */
#define DEVICE_S 31536000 /* how long a browser is known */

void ln_login_routes(ln_login *login, ln_web_route *routes)
{
    routes[0] = (ln_web_route){"GET", "/login", NULL, ln_login_show, login};
    routes[1] = (ln_web_route){"POST", "/login", NULL, ln_login_post, login};
    routes[2] = (ln_web_route){"POST", "/logout", NULL, ln_login_leave, login};
    routes[3] = (ln_web_route){"GET", "/accounts", NULL, ln_accounts_show, login};
    routes[4] = (ln_web_route){"POST", "/accounts/", NULL, ln_accounts_post, login};
    routes[5] = (ln_web_route){"GET", "/password", NULL, ln_password_show, login};
    routes[6] = (ln_web_route){"POST", "/password", NULL, ln_password_post, login};
}

/* ---- The page -------------------------------------------------------------------------------- */

static void add_page(ln_web_answer *answer, const ln_visitor *form, const char *path, const char *problem)
{
    ln_text *out = &answer->body;
    const ln_html_frame frame = {.title = "Log in", .visitor = form};
    answer->type = "text/html; charset=utf-8";
    ln_html_begin(out, &frame);
    if (problem) {
        ln_text_add(out, "<p role=\"alert\" class=\"problem\">");
        ln_html_text(out, problem);
        ln_text_add(out, "</p>\n");
    }
    ln_text_add(out, "<form method=\"post\" action=\"/login\" class=\"login\">\n");
    ln_html_csrf(out, form);
    ln_text_add(out, "<input type=\"hidden\" name=\"to\" value=\"");
    ln_html_text(out, path);
    ln_text_add(
        out,
        "\">\n"
        "<p><label for=\"name\">Name</label> <input id=\"name\" name=\"name\" autocomplete=\"username\" "
        "autocapitalize=\"none\" required maxlength=\"%d\"></p>\n"
        "<p><label for=\"password\">Password</label> <input id=\"password\" name=\"password\" "
        "type=\"password\" autocomplete=\"current-password\" required maxlength=\"%d\"></p>\n"
        "<p><button>Log in</button></p>\n</form>\n",
        LN_ACCOUNT_NAME, LN_PASSWORD_MOST);
    ln_html_end(out);
}

/* Where to go after the login: a path of ours, never another site's. */
static void take_path(char path[LN_LOGIN_PATH], int is_there)
{
    int is_ours = is_there && path[0] == '/' && path[1] != '/';
    for (const char *at = path; *at && is_ours; at++)
        is_ours = *at > ' ' && *at < 0x7f && *at != '\\';
    if (!is_ours)
        snprintf(path, LN_LOGIN_PATH, "/");
}

/* A form without a session has a token of its own, in a cookie. */
static void read_form_token(const ln_web_request *request, ln_visitor *form)
{
    char token[LN_TOKEN];
    *form = (ln_visitor){0};
    ln_cookie_read(request, LN_LOGIN_FORM, token, sizeof token);
    ln_token_csrf(token, form->csrf);
}

static void give_form_token(const ln_web_request *request, ln_visitor *form, ln_web_answer *answer)
{
    char token[LN_TOKEN];
    read_form_token(request, form);
    if (form->csrf[0])
        return;
    ln_token_make(token);
    ln_token_csrf(token, form->csrf);
    ln_cookie_set(answer, ln_cookie_is_secure(request), LN_LOGIN_FORM, token, FORM_S);
}

/* A link on another site brings no cookies along, though the visitor may be logged in: then the browser asks
 * once more, from a page of ours. */
static int ask_again(const ln_web_request *request, const char *path, ln_web_answer *answer)
{
    char field[8];
    const char *site = request->header(request->context, "Sec-Fetch-Site");
    ln_text to = {0};
    if (!site || strcmp(site, "cross-site") != 0 || ln_query_field(request, "again", field, sizeof field))
        return 0;
    ln_html_url(&to, path);
    ln_web_header(answer, "Refresh", "0; url=/login?again=1&to=%s", to.bytes ? to.bytes : "");
    free(to.bytes);
    ln_web_say(answer, 200, "one moment");
    return 1;
}

void ln_login_show(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    ln_visitor visitor;
    char path[LN_LOGIN_PATH];
    take_path(path, ln_query_field(request, "to", path, sizeof path));
    ln_login_visitor(context, request, &visitor);
    if (visitor.role != LN_ROLE_NONE) {
        ln_web_redirect(answer, path);
    } else if (!ask_again(request, path, answer)) {
        give_form_token(request, &visitor, answer);
        add_page(answer, &visitor, path, NULL);
    }
}

/* ---- In -------------------------------------------------------------------------------------- */

static const char *problem_of(unsigned status)
{
    return status == 401   ? "The name or the password is wrong."
           : status == 429 ? "There were too many attempts. Wait a little."
                           : "The service cannot look now. Try again in a moment.";
}

void ln_login_set_cookies(const ln_login_job *job, ln_web_answer *answer)
{
    ln_cookie_set(answer, job->is_secure, LN_LOGIN_COOKIE, job->token, LN_SESSION_WHOLE_MS / 1000);
    ln_cookie_set(answer, job->is_secure, LN_LOGIN_DEVICE_MARK, job->mark, DEVICE_S);
}

static void finish_login(void *work, ln_web_answer *answer)
{
    ln_login_job *job = work;
    answer->status = job->status;
    answer->retry_after_s = job->retry_after_s;
    if (job->status == 303) {
        ln_login_set_cookies(job, answer);
        ln_web_redirect(answer, job->path);
    } else {
        add_page(answer, &job->visitor, job->path, problem_of(job->status));
    }
    ln_login_free_job(job);
}

void ln_login_read_sender(ln_login_job *job, const ln_web_request *request)
{
    ln_cookie_read(request, LN_LOGIN_COOKIE, job->token, sizeof job->token);
    ln_cookie_read(request, LN_LOGIN_DEVICE_MARK, job->mark, sizeof job->mark);
    snprintf(job->client, sizeof job->client, "%s", request->client);
    job->is_secure = ln_cookie_is_secure(request);
}

static void read_login(ln_login_job *job, const ln_web_request *request)
{
    ln_form_field(request, "name", job->name, sizeof job->name);
    ln_form_field(request, "password", job->password, sizeof job->password);
    take_path(job->path, ln_form_field(request, "to", job->path, sizeof job->path));
    ln_login_read_sender(job, request);
    job->run = ln_login_try;
    job->finish = finish_login;
}

void ln_login_post(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    ln_visitor form;
    read_form_token(request, &form);
    if (!ln_csrf_is_ours(request, &form)) {
        give_form_token(request, &form, answer);
        answer->status = 403;
        add_page(answer, &form, "/", "The form was too old, or this browser keeps no cookies. Try again.");
        return;
    }
    ln_login_job *job = ln_login_begin(&form, answer);
    if (!job)
        return;
    read_login(job, request);
    ln_login_give(context, job, request, answer);
}

/* ---- Out ------------------------------------------------------------------------------------- */

static void end_session(ln_login *login, ln_login_job *job)
{
    uint8_t hash[LN_SESSION_TOKEN];
    if (ln_login_refresh(login) && ln_token_hash(job->token, hash) &&
        ln_store_end_session(login->store, hash, &job->problem) == LN_DB_DONE && ln_login_refresh(login))
        job->status = 303;
}

/* The cookie stays while the session does: else nobody could end it any more. */
static void finish_logout(void *work, ln_web_answer *answer)
{
    ln_login_job *job = work;
    if (job->status == 303) {
        ln_cookie_set(answer, job->is_secure, LN_LOGIN_COOKIE, "", 0);
        ln_web_redirect(answer, "/login");
    } else {
        ln_web_say(answer, job->status, "the store is away: you are still logged in");
    }
    ln_login_free_job(job);
}

void ln_login_leave(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    ln_visitor visitor;
    if (!ln_login_admits_form(context, request, LN_ROLE_VIEWER, &visitor, answer))
        return;
    ln_login_job *job = ln_login_begin(&visitor, answer);
    if (!job)
        return;
    ln_login_read_sender(job, request);
    job->run = end_session;
    job->finish = finish_logout;
    ln_login_give(context, job, request, answer);
}
