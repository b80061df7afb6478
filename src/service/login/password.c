/* GET and POST /password: everybody changes their own one. */
#include "service/log.h"
#include "service/login/cookie.h"
#include "service/login/own.h"
#include "service/page/html.h"
#include "service/web/form.h"

/* ---- The page -------------------------------------------------------------------------------- */

static void add_field(ln_text *out, const char *name, const char *words, const char *use, unsigned least)
{
    ln_text_add(out,
                "<p><label for=\"%s\">%s</label> <input id=\"%s\" name=\"%s\" type=\"password\" "
                "autocomplete=\"%s\" required minlength=\"%u\" maxlength=\"%d\"></p>\n",
                name, words, name, name, use, least, LN_PASSWORD_MOST);
}

static void add_page(ln_web_answer *answer, const ln_visitor *visitor, const char *said, const char *role)
{
    ln_text *out = &answer->body;
    answer->type = "text/html; charset=utf-8";
    ln_html_begin(out, &(ln_html_frame){.title = "Change your password", .visitor = visitor});
    if (said) {
        ln_text_add(out, "<p role=\"%s\" class=\"problem\">", role);
        ln_html_text(out, said);
        ln_text_add(out, "</p>\n");
    }
    ln_text_add(out, "<form method=\"post\" action=\"/password\" class=\"login\">\n");
    ln_html_csrf(out, visitor);
    add_field(out, "old", "Password until now", "current-password", 1);
    add_field(out, "new", "New password, 10 characters at least", "new-password", LN_PASSWORD_LEAST);
    add_field(out, "again", "New password again", "new-password", LN_PASSWORD_LEAST);
    ln_text_add(out, "<p><button>Change</button></p>\n</form>\n"
                     "<p>Your sessions in other browsers end.</p>\n");
    ln_html_end(out);
}

/* Whoever needs no account has no password. Returns whether there is one, or fills the answer. */
static int has_password(const ln_visitor *visitor, ln_web_answer *answer)
{
    if (ln_visitor_has_session(visitor))
        return 1;
    ln_web_redirect(answer, "/accounts");
    return 0;
}

void ln_password_show(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    ln_visitor visitor;
    char done[8];
    ln_login_visitor(context, request, &visitor);
    if (!ln_login_admits(request, &visitor, LN_ROLE_VIEWER, answer) || !has_password(&visitor, answer))
        return;
    const int is_done = ln_query_field(request, "done", done, sizeof done);
    add_page(answer, &visitor, is_done ? "The password is changed. Your other sessions have ended." : NULL,
             "status");
}

/* ---- The change ------------------------------------------------------------------------------ */

static void log_it(const ln_login_job *job)
{
    const int is_done = job->status == 303;
    ln_log(is_done ? LN_LOG_INFO : LN_LOG_WARNING,
           is_done ? "somebody has changed their password" : "a change of a password is refused",
           LN_LOG_VALUES(LN_LOG_TEXT("name", job->name), LN_LOG_TEXT("from", job->client)));
}

/* All sessions have ended with the old password; this browser gets a new one. If that cannot be, it must log
 * in: the password is changed all the same. */
static void go_on_here(ln_login *login, ln_login_job *job)
{
    const ln_account_row *now = ln_login_refresh(login) ? ln_login_account(login, job->name) : NULL;
    if (now) {
        const ln_account_row account = *now;
        ln_login_begin_session(login, job, &account);
        ln_login_refresh(login);
    }
    if (job->status != 303)
        *job->token = 0;
    job->status = 303;
}

static void run(ln_login *login, ln_login_job *job)
{
    ln_account_row account;
    if (strcmp(job->fresh, job->again)) {
        job->status = 409;
        ln_fail(&job->problem, LN_ERR_ARGUMENT, "The new password was not written twice alike.");
        return;
    }
    if (ln_login_prove(login, job, &account)) {
        const ln_status status = ln_account_set_password(login->store, job->name, job->fresh, &job->problem);
        job->status = status == LN_ERR_ARGUMENT ? 409 : 503;
        if (status == LN_OK)
            go_on_here(login, job);
    }
    log_it(job);
}

static const char *problem_of(const ln_login_job *job)
{
    return job->status == 401   ? "The old password is wrong."
           : job->status == 429 ? "There were too many attempts. Wait a little."
           : job->status == 409 ? job->problem.text
                                : "The service cannot change it now. Try again in a moment.";
}

static void finish(void *work, ln_web_answer *answer)
{
    ln_login_job *job = work;
    answer->status = job->status;
    answer->retry_after_s = job->retry_after_s;
    if (job->status == 303) {
        if (*job->token)
            ln_login_set_cookies(job, answer);
        ln_web_redirect(answer, "/password?done=1");
    } else {
        add_page(answer, &job->visitor, problem_of(job), "alert");
    }
    ln_login_free_job(job);
}

void ln_password_post(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    ln_visitor visitor;
    if (!ln_login_admits_form(context, request, LN_ROLE_VIEWER, &visitor, answer) ||
        !has_password(&visitor, answer))
        return;
    ln_login_job *job = ln_login_begin(&visitor, answer);
    if (!job)
        return;
    memcpy(job->name, visitor.name, sizeof job->name);
    ln_form_field(request, "old", job->password, sizeof job->password);
    ln_form_field(request, "new", job->fresh, sizeof job->fresh);
    ln_form_field(request, "again", job->again, sizeof job->again);
    ln_login_read_sender(job, request);
    job->run = run;
    job->finish = finish;
    ln_login_give(context, job, request, answer);
}
