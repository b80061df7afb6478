/* limitnet replay: recorded events, as the service takes them from networks. */
#include "cli/cli.h"

#include "cli/io.h"
#include "service/log.h"
#include "service/sources/replay.h"
#include "service/compose.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define STORE "limitnet.db"

static const char help[] =
    "limitnet replay [--speed N] [--config FILE] EVENTS.jsonl\n"
    "\n"
    "Gives recorded events to the service's ingest, as the networks gave them: frames are kept,\n"
    "repeats are known, and what is no frame is refused. EVENTS.jsonl has a JSON object on each\n"
    "line; docs/SERVICE.md describes it. Each event waits for its time after the first one. - is\n"
    "standard input.\n"
    "\n"
    "  --speed N        N times as fast\n"
    "  --config FILE    store and sources are those of these settings of `limitnet serve`, which may\n"
    "                   run meanwhile. Without it: limitnet.db in this folder, and a source of each\n"
    "                   form, which is called as its form\n";

static atomic_int stop;

static void end(int number)
{
    (void)number;
    stop = 1;
}

/* Ends between two events. */
static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = end};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static ln_status replay(const ln_replay_config *config, const char *path, ln_error *error)
{
    ln_replay_count count;
    FILE *file = cli_is_standard(path) ? stdin : fopen(path, "r");
    if (!file)
        return ln_fail_system(error, path, "cannot be read", errno);
    ln_status status = ln_replay_run(config, file, cli_input_name(path), &stop, &count, error);
    if (file != stdin)
        fclose(file);
    ln_log_end();
    if (status == LN_OK)
        printf("%llu events taken, %llu refused, %llu lines left out\n", (unsigned long long)count.taken,
               (unsigned long long)count.refused, (unsigned long long)count.left_out);
    return status;
}

static ln_status replay_by_form(const char *path, uint64_t speed, ln_error *error)
{
    static const ln_ingest_source sources[] = {
        {"chirpstack", ln_event_chirpstack_json, 0},
        {"chirpstack-protobuf", ln_event_chirpstack_protobuf, 0},
        {"the-things-stack", ln_event_things_stack, 0},
        {"sigfox", ln_event_sigfox, 0},
        {"short-burst", ln_event_short_burst, 0},
    };
    const ln_replay_config config = {STORE, sources, sizeof sources / sizeof *sources, (double)speed, NULL};
    return replay(&config, path, error);
}

static ln_status replay_by_settings(const char *settings_path, const char *path, uint64_t speed,
                                    ln_error *error)
{
    ln_service_settings settings;
    ln_ingest_source sources[LN_MOST_SOURCES];
    ln_status status = ln_service_settings_read(&settings, settings_path, error);
    if (status != LN_OK)
        return status;
    for (size_t i = 0; i < settings.source_count; i++)
        sources[i] = ln_source_of_settings(&settings, i);
    const ln_replay_config config = {settings.store, sources, settings.source_count, (double)speed, NULL};
    status = replay(&config, path, error);
    ln_service_settings_free(&settings);
    return status;
}

static int run(int argc, char **argv)
{
    uint64_t speed = 1;
    const char *settings = NULL;
    const cli_option options[] = {
        {"--speed", CLI_NUMBER, &speed, 1, 1000000},
        {"--config", CLI_TEXT, &settings, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands != 1)
        return cli_wrong_use("give one file of events, not %d", operands);
    catch_signals();
    ln_error error;
    ln_status status = settings ? replay_by_settings(settings, argv[1], speed, &error)
                                : replay_by_form(argv[1], speed, &error);
    return status == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_replay = {"replay", "gives recorded events to the service's ingest", help, run};
