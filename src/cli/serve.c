/* limitnet serve: the service. */
#include "cli/cli.h"

#include "cli/io.h"
#include "cli/vision.h"
#include "service/compose.h"

#include <string.h>

static const char help[] =
    "limitnet serve [--roles LIST] --config FILE\n"
    "limitnet serve --check --config FILE\n"
    "\n"
    "Takes frames of cameras from networks, looks at their pictures, and raises alarms, until\n"
    "SIGTERM or Ctrl-C. FILE holds the settings: docs/SERVICE.md describes them, and\n"
    "packaging/serve.conf is an example. It may be killed at any point: nothing that it\n"
    "acknowledged is lost.\n"
    "\n"
    "  --config FILE    the settings\n"
    "  --roles LIST     what this process does, of ingest,work,deliver,web: with PostgreSQL as the\n"
    "                   store, others may do the rest. Without it: all of them\n"
    "  --check          read the settings, look whether they fit together, and print what was\n"
    "                   understood, with what holds where nothing was given. Secrets are not\n"
    "                   printed, and of addresses only the host\n";

static const struct {
    const char *name;
    unsigned role;
} roles[] = {
    {"ingest", LN_SERVE_INGEST},
    {"work", LN_SERVE_WORK},
    {"deliver", LN_SERVE_DELIVER},
    {"web", LN_SERVE_WEB},
};

/* The roles of a list; 0 after a message. */
static unsigned parse_roles(const char *list)
{
    unsigned all = 0;
    const char *at = list;
    do {
        size_t length = strcspn(at, ",");
        unsigned one = 0;
        for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
            if (strlen(roles[i].name) == length && memcmp(roles[i].name, at, length) == 0)
                one = roles[i].role;
        if (!one) {
            cli_wrong_use("--roles: '%s' is no list of ingest, work, deliver and web", list);
            return 0;
        }
        all |= one;
        at += length;
    } while (*at++ == ',');
    return all;
}

static ln_status check(const char *path, ln_error *error)
{
    ln_service_settings settings;
    ln_status status = ln_service_settings_read(&settings, path, error);
    if (status != LN_OK)
        return status;
    ln_text text = {0};
    const ln_vision_choice vision = cli_vision_choice(settings.vision, LN_TASK_CLASSIFY);
    status = ln_service_check_vision(&settings, &vision, error);
    if (status == LN_OK) {
        ln_service_settings_print(&text, &settings);
        status = cli_write_text(&text, "-", error);
    }
    ln_service_settings_free(&settings);
    return status;
}

static ln_status serve(const char *path, unsigned wanted, ln_error *error)
{
    ln_service_settings settings;
    ln_status status = ln_service_settings_read(&settings, path, error);
    if (status != LN_OK)
        return status;
    const ln_vision_choice vision = cli_vision_choice(settings.vision, LN_TASK_CLASSIFY);
    status = ln_service_run(&settings, &vision, wanted, error);
    ln_service_settings_free(&settings);
    return status;
}

static int run(int argc, char **argv)
{
    const char *config = NULL, *list = "ingest,work,deliver,web";
    int only_check = 0;
    const cli_option options[] = {
        {"--config", CLI_TEXT, &config, 0, 0},
        {"--roles", CLI_TEXT, &list, 0, 0},
        {"--check", CLI_FLAG, &only_check, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands > 0)
        return cli_wrong_use("'%s' is not understood", argv[1]);
    if (!config)
        return cli_wrong_use("give the settings: --config FILE");
    unsigned wanted = parse_roles(list);
    if (!wanted)
        return CLI_WRONG_USE;
    ln_error error;
    ln_status status = only_check ? check(config, &error) : serve(config, wanted, &error);
    return status == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_serve = {"serve", "takes frames from networks and raises alarms", help, run};
