/* limitnet account: who may see the service's page. */
#include "cli/cli.h"

#include "cli/io.h"
#include "cli/password.h"
#include "service/login/account.h"
#include "service/settings/settings.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "limitnet account list --config FILE\n"
    "limitnet account add NAME --role ROLE --config FILE\n"
    "limitnet account password NAME --config FILE\n"
    "limitnet account remove NAME --config FILE\n"
    "\n"
    "Manages who may log in to the page of `limitnet serve`, which may run meanwhile. A password is\n"
    "asked for at the terminal and not shown, or is the first line of standard input. It has 10 to 128\n"
    "characters, and only a hash of it is kept. Another password, or removing the account, ends its\n"
    "sessions.\n"
    "\n"
    "  --config FILE    settings of the service\n"
    "  --role ROLE      viewer sees; operator also judges alarms and exports; admin also manages\n"
    "                   accounts and deletes pictures\n";

typedef struct request {
    const char *what, *name, *config, *role;
} request;

typedef ln_status act(ln_store *store, const request *r, ln_error *error);

static ln_status list(ln_store *store, const request *r, ln_error *error)
{
    ln_access *access = malloc(sizeof *access);
    (void)r;
    if (!access)
        return ln_fail_memory(error);
    const ln_db_result result = ln_store_access(store, access, error);
    for (size_t i = 0; result == LN_DB_DONE && i < access->account_count; i++)
        printf("%s  %s\n", access->accounts[i].name, ln_role_name((ln_visitor_role)access->accounts[i].role));
    if (result == LN_DB_DONE && !access->account_count)
        cli_note("there is no account yet");
    free(access);
    return result == LN_DB_DONE ? LN_OK : LN_ERR_IO;
}

static ln_status with_password(ln_store *store, const request *r, ln_error *error)
{
    char password[LN_PASSWORD_MOST + 2]; /* one more than may be, to see that it is too long */
    if (!ln_account_is_name(r->name, error))
        return LN_ERR_ARGUMENT;
    ln_status status = cli_read_password(password, sizeof password, r->name, error);
    if (status == LN_OK)
        status = r->role ? ln_account_add(store, r->name, password, ln_role_of(r->role), error)
                         : ln_account_set_password(store, r->name, password, error);
    sodium_memzero(password, sizeof password);
    return status;
}

static ln_status remove_account(ln_store *store, const request *r, ln_error *error)
{
    return ln_account_remove(store, r->name, error);
}

static const struct {
    const char *name;
    int operands; /* with its name */
    act *run;
} acts[] = {{"list", 1, list},
            {"add", 2, with_password},
            {"password", 2, with_password},
            {"remove", 2, remove_account}};

static ln_status work(const request *r, act *run, ln_error *error)
{
    ln_service_settings settings;
    ln_store *store = NULL;
    ln_status status = ln_service_settings_read(&settings, r->config, error);
    if (status != LN_OK)
        return status;
    status = ln_store_open(&store, settings.store, error) == LN_DB_DONE ? run(store, r, error) : LN_ERR_IO;
    ln_store_close(store);
    ln_service_settings_free(&settings);
    return status;
}

static int run(int argc, char **argv)
{
    request r = {0};
    size_t i = 0;
    const cli_option options[] = {
        {"--config", CLI_TEXT, &r.config, 0, 0},
        {"--role", CLI_TEXT, &r.role, 0, 0},
        {0},
    };
    const int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    r.what = operands ? argv[1] : "";
    r.name = operands > 1 ? argv[2] : NULL;
    while (i < sizeof acts / sizeof *acts && strcmp(acts[i].name, r.what) != 0)
        i++;
    if (i == sizeof acts / sizeof *acts)
        return cli_wrong_use("'%s' is none of list, add, password and remove", r.what);
    if (operands != acts[i].operands)
        return cli_wrong_use(acts[i].operands == 1 ? "%s takes no name" : "%s takes one name", r.what);
    if (!r.role != (strcmp(r.what, "add") != 0) || (r.role && !ln_role_of(r.role)))
        return cli_wrong_use("--role viewer, operator or admin goes with add, and with nothing else");
    if (!r.config)
        return cli_wrong_use("give the settings: --config FILE");
    ln_error error;
    return work(&r, acts[i].run, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_account = {"account", "manages who may see the service's page", help, run};
