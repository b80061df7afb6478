/* GET /accounts and POST /accounts/...: for admins. */
#include "service/web/form.h"
#include "service/page/html.h"
#include "service/login/own.h"

#include <stdlib.h>

/* ---- The page -------------------------------------------------------------------------------- */

static void add_roles(ln_text *out, int chosen)
{
    for (int role = LN_ROLE_VIEWER; role <= LN_ROLE_ADMIN; role++)
        ln_text_add(out, "<option%s>%s</option>", role == chosen ? " selected" : "",
                    ln_role_name((ln_visitor_role)role));
}

/* A form of one account, up to its own fields. */
static void begin_form(ln_text *out, const ln_visitor *visitor, const char *what, const char *name)
{
    ln_text_add(out, "<form method=\"post\" action=\"/accounts/%s\">", what);
    ln_html_csrf(out, visitor);
    ln_text_add(out, "<input type=\"hidden\" name=\"name\" value=\"");
    ln_html_text(out, name);
    ln_text_add(out, "\">");
}

static void add_label(ln_text *out, const char *what, const char *name)
{
    ln_text_add(out, " aria-label=\"%s ", what);
    ln_html_text(out, name);
    ln_text_add(out, "\"");
}

static void add_account(ln_text *out, const ln_visitor *visitor, const ln_account_row *row)
{
    ln_text_add(out, "<tr><th scope=\"row\">");
    ln_html_text(out, row->name);
    ln_text_add(out, "</th><td>");
    begin_form(out, visitor, "role", row->name);
    ln_text_add(out, "<select name=\"role\"");
    add_label(out, "Role of", row->name);
    ln_text_add(out, ">");
    add_roles(out, row->role);
    ln_text_add(out, "</select> <button>Change</button></form></td><td>");
    begin_form(out, visitor, "password", row->name);
    ln_text_add(
        out,
        "<input type=\"password\" name=\"password\" autocomplete=\"new-password\" required minlength=\"%d\" "
        "maxlength=\"%d\"",
        LN_PASSWORD_LEAST, LN_PASSWORD_MOST);
    add_label(out, "New password of", row->name);
    ln_text_add(out, "> <button>Set</button></form></td><td>");
    begin_form(out, visitor, "remove", row->name);
    ln_text_add(out, "<button");
    add_label(out, "Remove", row->name);
    ln_text_add(out, ">Remove</button></form></td></tr>\n");
}

static void add_new(ln_text *out, const ln_visitor *visitor)
{
    ln_text_add(out,
                "<h2>Add an account</h2>\n<form method=\"post\" action=\"/accounts/add\" class=\"login\">");
    ln_html_csrf(out, visitor);
    ln_text_add(out,
                "\n<p><label for=\"name\">Name</label> <input id=\"name\" name=\"name\" autocomplete=\"off\" "
                "autocapitalize=\"none\" required maxlength=\"%d\"></p>\n"
                "<p><label for=\"password\">Password, %d characters at least</label> <input id=\"password\" "
                "name=\"password\" type=\"password\" autocomplete=\"new-password\" required minlength=\"%d\" "
                "maxlength=\"%d\"></p>\n"
                "<p><label for=\"role\">Role</label> <select id=\"role\" name=\"role\">",
                LN_ACCOUNT_NAME, LN_PASSWORD_LEAST, LN_PASSWORD_LEAST, LN_PASSWORD_MOST);
    add_roles(out, LN_ROLE_VIEWER);
    ln_text_add(
        out,
        "</select></p>\n<p><button>Add</button></p></form>\n"
        "<p>A viewer sees everything. An operator also judges alarms and exports. An admin also manages "
        "accounts and deletes pictures. Removing an account, or another password, ends its sessions.</p>\n");
}

static void add_page(ln_web_answer *answer, ln_login *login, const ln_visitor *visitor, const char *problem)
{
    ln_text *out = &answer->body;
    const ln_html_frame frame = {.title = "Accounts", .here = "/accounts", .visitor = visitor};
    ln_access *access = malloc(sizeof *access);
    if (!access) {
        ln_web_say(answer, 503, "memory is short");
        return;
    }
    ln_sessions_copy(&login->sessions, access);
    answer->type = "text/html; charset=utf-8";
    ln_html_begin(out, &frame);
    if (problem) {
        ln_text_add(out, "<p role=\"alert\" class=\"problem\">");
        ln_html_text(out, problem);
        ln_text_add(out, "</p>\n");
    }
    if (access->account_count)
        ln_text_add(
            out, "<table class=\"accounts\"><thead><tr><th scope=\"col\">Name</th><th scope=\"col\">Role</th>"
                 "<th scope=\"col\">New password</th><td></td></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < access->account_count; i++)
        add_account(out, visitor, &access->accounts[i]);
    ln_text_add(out, access->account_count ? "</tbody></table>\n"
                                           : "<p>There is no account yet: whoever uses this "
                                             "computer is an admin. The first one must be an "
                                             "admin's.</p>\n");
    add_new(out, visitor);
    ln_html_end(out);
    free(access);
}

void ln_accounts_show(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    ln_visitor visitor;
    ln_login_visitor(context, request, &visitor);
    if (ln_login_admits(request, &visitor, LN_ROLE_ADMIN, answer))
        add_page(answer, context, &visitor, NULL);
}

/* ---- Changes --------------------------------------------------------------------------------- */

/* Whether an admin is left if this account has another role, or none. */
static int leaves_admin(const ln_access *access, const char *name, ln_visitor_role role)
{
    int admins = role == LN_ROLE_ADMIN;
    for (size_t i = 0; i < access->account_count; i++)
        admins += access->accounts[i].role == LN_ROLE_ADMIN && strcmp(access->accounts[i].name, name) != 0;
    return admins > 0;
}

static ln_status add(ln_login *login, ln_login_job *job)
{
    return ln_account_add(login->store, job->name, job->password, ln_role_of(job->role), &job->problem);
}

static ln_status set_role(ln_login *login, ln_login_job *job)
{
    return ln_account_set_role(login->store, job->name, ln_role_of(job->role), &job->problem);
}

static ln_status set_password(ln_login *login, ln_login_job *job)
{
    return ln_account_set_password(login->store, job->name, job->password, &job->problem);
}

static ln_status remove_account(ln_login *login, ln_login_job *job)
{
    return ln_account_remove(login->store, job->name, &job->problem);
}

typedef ln_status change(ln_login *login, ln_login_job *job);

static const struct {
    const char *name;
    change *run;
    int changes_role; /* so that no admin may be left */
} changes[] = {
    {"add", add, 1}, {"role", set_role, 1}, {"password", set_password, 0}, {"remove", remove_account, 1}};

static size_t find(const char *path)
{
    size_t i = 0;
    while (i < sizeof changes / sizeof *changes && strcmp(changes[i].name, path + strlen("/accounts/")) != 0)
        i++;
    return i;
}

/* The visitor was an admin a second ago, and must still be one. */
static int is_admin(const ln_login *login, const ln_visitor *visitor)
{
    for (size_t i = 0; i < login->access.account_count; i++)
        if (strcmp(login->access.accounts[i].name, visitor->name) == 0)
            return login->access.accounts[i].role == LN_ROLE_ADMIN;
    return !login->access.account_count;
}

static void run(ln_login *login, ln_login_job *job)
{
    const size_t what = find(job->path);
    if (!ln_login_refresh(login))
        return;
    job->status = 409;
    if (!is_admin(login, &job->visitor)) {
        ln_fail(&job->problem, LN_ERR_ARGUMENT, "you are no admin any more");
        return;
    }
    if (changes[what].changes_role && !leaves_admin(&login->access, job->name, ln_role_of(job->role))) {
        ln_fail(&job->problem, LN_ERR_ARGUMENT, "one account must be an admin's");
        return;
    }
    const ln_status status = changes[what].run(login, job);
    job->status = status == LN_OK ? 303 : status == LN_ERR_ARGUMENT ? 409 : 503;
    ln_login_refresh(login);
}

static void finish(void *work, ln_web_answer *answer)
{
    ln_login_job *job = work;
    answer->status = job->status;
    if (job->status == 303)
        ln_web_redirect(answer, "/accounts");
    else
        add_page(answer, job->login, &job->visitor,
                 job->problem.text[0] ? job->problem.text : "the store is away: try again in a moment");
    ln_login_free_job(job);
}

static void read_change(ln_login_job *job, const ln_web_request *request)
{
    ln_form_field(request, "name", job->name, sizeof job->name);
    ln_form_field(request, "password", job->password, sizeof job->password);
    ln_form_field(request, "role", job->role, sizeof job->role);
    memcpy(job->path, request->path, strlen(request->path));
    job->run = run;
    job->finish = finish;
}

void ln_accounts_post(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    ln_visitor visitor;
    if (!ln_login_admits_form(context, request, LN_ROLE_ADMIN, &visitor, answer))
        return;
    if (find(request->path) == sizeof changes / sizeof *changes) {
        ln_web_say(answer, 404, "there is nothing here");
        return;
    }
    ln_login_job *job = ln_login_begin(&visitor, answer);
    if (!job)
        return;
    read_change(job, request);
    ln_login_give(context, job, request, answer);
}
