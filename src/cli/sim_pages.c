#include "cli/sim_pages.h"

#include "cli/csv_json.h"
#include "cli/io.h"
#include "cli/json.h"
#include "cloud/file.h"
#include "sim/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

ln_status cli_sim_log_open(cli_sim_log *log, const char *path, ln_error *error)
{
    const size_t room = strlen(path) + sizeof ".part";
    log->path = strdup(path);
    log->part = malloc(room);
    if (!log->path || !log->part)
        return ln_fail_memory(error);
    snprintf(log->part, room, "%s.part", path);
    log->file = fopen(log->part, "w");
    return log->file ? LN_OK : ln_fail_system(error, log->part, "cannot be written", errno);
}

ln_status cli_frame_log_open(cli_sim_log *log, const char *folder, ln_error *error)
{
    if (mkdir(folder, 0777) && errno != EEXIST)
        return ln_fail_system(error, folder, "cannot be made", errno);
    char *path = ln_path_join(folder, "frames.csv");
    ln_status status = path ? cli_sim_log_open(log, path, error) : ln_fail_memory(error);
    free(path);
    return status;
}

ln_status cli_sim_log_close(cli_sim_log *log, ln_status status, ln_error *error)
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
    const ln_scenario *s = p->sim->scenario;
    const char *order = ln_scenario_has_peer(s)      ? "null"
                        : s->order == LN_ORDER_INDEX ? "\"index\""
                                                     : "\"importance\"";
    fputs("{\"scenario\":", stdout);
    cli_json_string(stdout, p->name);
    printf(",\"seed\":%llu", (unsigned long long)s->seed);
    fputs(",\"codec\":", stdout);
    cli_json_string(stdout, s->codec ? s->codec : "limitnet");
    printf(",\"order\":%s,\"retransmission\":%s", order, s->retransmission ? "true" : "false");
    ln_status status = print_rows(",\"totals\":", print_totals, "", p, error);
    if (status == LN_OK)
        status = print_rows(",\"times\":[", print_times, "]", p, error);
    if (status == LN_OK)
        status = print_rows(",\"airtime\":[", print_airtime, "]", p, error);
    return status == LN_OK ? print_rows(",\"pictures\":[", print_pictures, "]}\n", p, error) : status;
}

/* ---- All ------------------------------------------------------------------------------------- */

ln_status cli_print_sim(const ln_sim *sim, const char *name, const char *folder, int json, ln_error *error)
{
    ln_sim_totals totals;
    const page p = {name, sim, &totals};
    ln_status status = ln_sim_sum(sim, &totals, error);
    if (status == LN_OK && folder)
        status = write_pages(folder, &p, error);
    if (status == LN_OK && json)
        return print_json(&p, error);
    if (status != LN_OK)
        return status;
    ln_text text = {0};
    print_summary(&text, &p);
    return cli_write_text(&text, "-", error);
}
