/* limitnet serve: the service. */
#include "cli/cli.h"

#include "cli/io.h"
#include "service/settings.h"

static const char help[] =
    "limitnet serve --check --config FILE\n"
    "\n"
    "Takes frames of cameras from networks, and raises alarms. FILE holds the settings: docs/SERVICE.md\n"
    "describes them, and packaging/serve.conf is an example.\n"
    "\n"
    "  --config FILE    the settings\n"
    "  --check          read the settings, look whether they fit together, and print what was understood,\n"
    "                   with what holds where nothing was given. Secrets are not printed, and of\n"
    "                   addresses only the host\n"
    "\n"
    "So far only --check is there.\n";

static ln_status check(const char *path, ln_error *error)
{
    ln_service_settings settings;
    ln_status status = ln_service_settings_read(&settings, path, error);
    if (status != LN_OK)
        return status;
    ln_text text = {0};
    ln_service_settings_print(&text, &settings);
    status = cli_write_text(&text, "-", error);
    ln_service_settings_free(&settings);
    return status;
}

static int run(int argc, char **argv)
{
    const char *config = NULL;
    int only_check = 0;
    const cli_option options[] = {
        {"--config", CLI_TEXT, &config, 0, 0},
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
    if (!only_check)
        return cli_wrong_use("only --check is there so far");
    ln_error error;
    return check(config, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_serve = {"serve", "takes frames from networks and raises alarms", help, run};
