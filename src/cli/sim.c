/* limitnet sim: cameras on a thin link, simulated. */
#include "cli/cli.h"

#include "cli/csv_json.h"
#include "cli/io.h"
#include "cli/json.h"
#include "cli/vision.h"
#include "cloud/file.h"
#include "sim/report.h"
#include "sim/scenario.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
    "limitnet sim [-o DIR] [--seed S] [--json] SCENARIO.conf\n"
    "\n"
    "Simulates cameras on a thin radio link, and shows how many of their pictures are recognised, and\n"
    "when. Cameras, packets, budgets of airtime, receiver and vision model are the real ones; the clock\n"
    "and the radio are simulated. docs/SIM.md describes scenarios; scenarios/ holds some to begin with.\n"
    "The same scenario and seed give the same results.\n"
    "\n"
    "  -o DIR           also write tables and plots into a folder, which is made if it is missing:\n"
    "                   summary.txt, pictures.csv (a row for each picture), time.csv (accuracy by age of\n"
    "                   the picture), airtime.csv (a row for each camera), frames.csv (a row for each\n"
    "                   frame on air), accuracy.svg, and arrival.png (one picture as it arrives)\n"
    "  --seed S         begin the random numbers here, not where the scenario says\n"
    "  --json           print one JSON object instead of the summary: totals, times, airtime and\n"
    "                   pictures, with the rows and names of the tables\n";

typedef struct sim_request {
    const char *scenario, *folder;
    uint64_t seed;
    int json;
} sim_request;

/* Something that can be printed. */
typedef struct page {
    const char *name;
    const ln_sim *sim;
    const ln_sim_totals *totals;
} page;

typedef void print_page(ln_text *out, const page *p);

static void print_summary(ln_text *out, const page *p)
{
    ln_sim_print(out, p->name, p->sim, p->totals);
}

static void print_pictures(ln_text *out, const page *p)
{
    ln_sim_print_pictures(out, p->sim);
}

static void print_times(ln_text *out, const page *p)
{
    ln_sim_print_times(out, p->sim);
}

static void print_airtime(ln_text *out, const page *p)
{
    ln_sim_print_airtime(out, p->sim);
}

static void print_totals(ln_text *out, const page *p)
{
    ln_sim_print_totals(out, p->totals);
}

static void print_curve(ln_text *out, const page *p)
{
    ln_sim_draw_curve(out, p->name, p->sim);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static ln_status write_page(const char *folder, const char *name, print_page *print, const page *p,
                            ln_error *error)
{
    char *path = ln_path_join(folder, name);
    if (!path)
        return ln_fail_memory(error);
    ln_text text = {0};
    print(&text, p);
    ln_status status = ln_text_write(&text, path, error);
    free(path);
    return status;
}

static ln_status write_strip(const char *folder, const ln_sim *sim, ln_error *error)
{
    char *path = ln_path_join(folder, "arrival.png");
    ln_picture picture = {0};
    ln_status status = path ? ln_strip_compose(&sim->strip, &picture, error) : ln_fail_memory(error);
    if (status == LN_OK && picture.rgb)
        status = ln_picture_write_png(&picture, path, error);
    ln_picture_free(&picture);
    free(path);
    return status;
}

static ln_status write_pages(const char *folder, const page *p, ln_error *error)
{
    static const struct {
        const char *name;
        print_page *print;
    } pages[] = {{"summary.txt", print_summary},
                 {"pictures.csv", print_pictures},
                 {"time.csv", print_times},
                 {"airtime.csv", print_airtime},
                 {"accuracy.svg", print_curve}};
    ln_status status = LN_OK;
    for (size_t i = 0; i < sizeof pages / sizeof *pages && status == LN_OK; i++)
        status = write_page(folder, pages[i].name, pages[i].print, p, error);
    return status == LN_OK ? write_strip(folder, p->sim, error) : status;
}

/* The log of frames is written while the simulation runs, since it may be long, and gets its name at the end.
 */
typedef struct frame_log {
    char *path, *part;
    FILE *file;
} frame_log;

static ln_status open_log(frame_log *log, const char *folder, ln_error *error)
{
    if (mkdir(folder, 0777) && errno != EEXIST)
        return ln_fail_system(error, folder, "cannot be made", errno);
    log->path = ln_path_join(folder, "frames.csv");
    log->part = ln_path_join(folder, "frames.csv.part");
    if (!log->path || !log->part)
        return ln_fail_memory(error);
    log->file = fopen(log->part, "w");
    return log->file ? LN_OK : ln_fail_system(error, log->part, "cannot be written", errno);
}

/* Keeps the log of a simulation that went well. Returns `status`, or what failed here. */
static ln_status close_log(frame_log *log, ln_status status, ln_error *error)
{
    if (log->file) {
        int failed = ferror(log->file);
        failed |= fclose(log->file) != 0;
        if (status == LN_OK && (failed || rename(log->part, log->path)))
            status = ln_fail_system(error, log->path, "cannot be written", errno);
        if (status != LN_OK)
            remove(log->part);
    }
    free(log->part);
    free(log->path);
    return status;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static ln_status print_rows(const char *before, print_page *print, const char *after, const page *p,
                            ln_error *error)
{
    ln_text text = {0};
    print(&text, p);
    ln_status status = ln_text_check(&text, error);
    if (status == LN_OK) {
        fputs(before, stdout);
        if (!cli_csv_to_json(stdout, text.bytes))
            status = ln_fail_memory(error);
        fputs(after, stdout);
    }
    free(text.bytes);
    return status;
}

static ln_status print_json(const page *p, ln_error *error)
{
    fputs("{\"scenario\":", stdout);
    cli_json_string(stdout, p->name);
    printf(",\"seed\":%llu", (unsigned long long)p->sim->scenario->seed);
    ln_status status = print_rows(",\"totals\":", print_totals, "", p, error);
    if (status == LN_OK)
        status = print_rows(",\"times\":[", print_times, "]", p, error);
    if (status == LN_OK)
        status = print_rows(",\"airtime\":[", print_airtime, "]", p, error);
    return status == LN_OK ? print_rows(",\"pictures\":[", print_pictures, "]}\n", p, error) : status;
}

/* ---- Command --------------------------------------------------------------------------------- */

static ln_status report(const sim_request *request, const ln_sim *sim, ln_error *error)
{
    ln_sim_totals totals;
    const page p = {request->scenario, sim, &totals};
    ln_status status = ln_sim_sum(sim, &totals, error);
    if (status == LN_OK && request->folder)
        status = write_pages(request->folder, &p, error);
    if (status == LN_OK && request->json)
        return print_json(&p, error);
    if (status != LN_OK)
        return status;
    ln_text text = {0};
    print_summary(&text, &p);
    return cli_write_text(&text, "-", error);
}

static ln_status read_scenario(const sim_request *request, ln_scenario *scenario, ln_error *error)
{
    ln_status status = ln_scenario_read(scenario, request->scenario, error);
    if (status != LN_OK)
        return status;
    if (request->seed != UINT64_MAX)
        scenario->seed = request->seed;
    if (!scenario->vision)
        scenario->vision = strdup(cli_vision_path(NULL, LN_TASK_CLASSIFY));
    return scenario->vision ? LN_OK : ln_fail_memory(error);
}

static ln_status simulate(const sim_request *request, ln_error *error)
{
    ln_scenario scenario;
    ln_sim sim = {0};
    frame_log log = {0};
    ln_status status = read_scenario(request, &scenario, error);
    if (status == LN_OK && request->folder)
        status = open_log(&log, request->folder, error);
    if (status == LN_OK)
        status = ln_sim_run(&sim, &scenario, log.file, error);
    status = close_log(&log, status, error);
    if (status == LN_OK && sim.photos.left_out)
        cli_note("%s: %zu files are no pictures and are left out", scenario.folder, sim.photos.left_out);
    if (status == LN_OK)
        status = report(request, &sim, error);
    ln_sim_close(&sim);
    ln_scenario_free(&scenario);
    return status;
}

static int run(int argc, char **argv)
{
    sim_request request = {.seed = UINT64_MAX};
    const cli_option options[] = {
        {"-o", CLI_TEXT, &request.folder, 0, 0},
        {"--seed", CLI_NUMBER, &request.seed, 0, UINT64_MAX - 1},
        {"--json", CLI_FLAG, &request.json, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands != 1)
        return cli_wrong_use("give one scenario, not %d", operands);
    request.scenario = argv[1];
    ln_error error;
    return simulate(&request, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_sim = {"sim", "simulates cameras on a thin radio link", help, run};
