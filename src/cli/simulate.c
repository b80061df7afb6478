#include "cli/simulate.h"

#include "cli/cli.h"
#include "cli/io.h"
#include "cli/progress.h"
#include "cli/sim_pages.h"
#include "cli/vision.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_US 60000000u

typedef struct sim_request {
    const char *scenario, *folder, *events;
    uint64_t seed;
    int json;
} sim_request;

static ln_status read_scenario(const sim_request *request, ln_scenario *scenario, ln_error *error)
{
    ln_status status = ln_scenario_read(scenario, request->scenario, error);
    if (status != LN_OK)
        return status;
    if (request->seed != UINT64_MAX)
        scenario->seed = request->seed;
    const ln_vision_choice choice = cli_vision_choice(scenario->vision, LN_TASK_CLASSIFY);
    scenario->usual_vision = !choice.own;
    if (!scenario->vision)
        scenario->vision = strdup(choice.path);
    return scenario->vision ? LN_OK : ln_fail_memory(error);
}

static void show_progress(void *context, uint64_t now_us)
{
    const cli_progress *progress = context;
    size_t done = (size_t)(now_us / MINUTE_US);
    if (done > 0 && done <= progress->total)
        cli_progress_show(context, done, 0);
}

/* Runs until the deadline of the last picture. */
static ln_status run_scenario(ln_sim *sim, const ln_scenario *scenario, const ln_sim_codecs *codecs,
                              FILE *log, FILE *uplinks, ln_error *error)
{
    cli_progress progress;
    cli_progress_begin(&progress, (size_t)((scenario->duration + scenario->deadline) * 1000 / MINUTE_US),
                       "simulated minutes");
    const ln_sim_setup setup = {codecs, log, uplinks, show_progress, &progress};
    ln_status status = ln_sim_run(sim, scenario, &setup, error);
    cli_progress_end(&progress);
    return status;
}

static ln_status simulate(const sim_request *request, const ln_sim_codecs *codecs, ln_error *error)
{
    ln_scenario scenario;
    ln_sim sim = {0};
    cli_sim_log log = {0}, uplinks = {0};
    ln_status status = read_scenario(request, &scenario, error);
    if (status == LN_OK && request->folder)
        status = cli_frame_log_open(&log, request->folder, error);
    if (status == LN_OK && request->events)
        status = cli_sim_log_open(&uplinks, request->events, error);
    if (status == LN_OK)
        status = run_scenario(&sim, &scenario, codecs, log.file, uplinks.file, error);
    status = cli_sim_log_close(&log, status, error);
    status = cli_sim_log_close(&uplinks, status, error);
    if (status == LN_OK && sim.photos.left_out)
        cli_note("%s: %zu files are no pictures and are left out", scenario.folder, sim.photos.left_out);
    if (status == LN_OK)
        status = cli_print_sim(&sim, request->scenario, request->folder, request->json, error);
    ln_sim_close(&sim);
    ln_scenario_free(&scenario);
    return status;
}

int cli_simulate(int argc, char **argv, const ln_sim_codecs *codecs)
{
    sim_request request = {.seed = UINT64_MAX};
    const cli_option options[] = {
        {"-o", CLI_TEXT, &request.folder, 0, 0},
        {"--events", CLI_TEXT, &request.events, 0, 0},
        {"--seed", CLI_NUMBER, &request.seed, 0, UINT64_MAX - 1},
        {"--json", CLI_FLAG, &request.json, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands != 1)
        return cli_wrong_use("give one scenario, not %d", operands);
    if (cli_is_standard(argv[1]))
        return cli_wrong_use("paths in a scenario are relative to its file: give a file, not standard input");
    request.scenario = argv[1];
    ln_error error;
    return simulate(&request, codecs, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}
