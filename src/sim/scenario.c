#include "sim/scenario.h"

#include "cloud/error.h"
#include "cloud/file.h"
#include "sim/scenario_check.h"
#include "sim/settings.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FILE_BYTES ((size_t)1 << 20)
#define LONGEST_LINE 197 /* that the INI library reads whole */

/* ---- Lines for the INI library --------------------------------------------------------------- */

typedef struct lines {
    const char *at;
    ln_reading *reading;
} lines;

/* Gives the library the next line, without the blanks before it, which it would take for the end of the value
 * before. */
static char *next_line(char *line, int room, void *context)
{
    lines *l = context;
    if (!*l->at || l->reading->status != LN_OK)
        return NULL;
    l->reading->line++;
    l->at += strspn(l->at, " \t");
    size_t length = strcspn(l->at, "\n"), most = (size_t)room - 2;
    if (length > most || length > LONGEST_LINE) {
        l->reading->status = ln_fail(l->reading->error, LN_ERR_IO, "%s:%zu: is longer than %d characters",
                                     l->reading->path, l->reading->line, LONGEST_LINE);
        return NULL;
    }
    memcpy(line, l->at, length);
    line[length] = '\n';
    line[length + 1] = 0;
    l->at += length + (l->at[length] == '\n');
    return line;
}

static int take(void *context, const char *section, const char *name, const char *value)
{
    ln_reading *r = context;
    if (r->status == LN_OK)
        r->status = ln_setting_take(r, section, name, value);
    return 1;
}

static ln_status parse(ln_reading *r, const char *text)
{
    lines l = {text, r};
    int wrong = ini_parse_stream(next_line, &l, take, r);
    if (r->status == LN_OK && wrong > 0)
        r->status =
            ln_fail(r->error, LN_ERR_IO, "%s:%d: is neither [section], nor 'key = value', nor '# comment'",
                    r->path, wrong);
    return r->status;
}

/* ---- Scenario -------------------------------------------------------------------------------- */

ln_status ln_scenario_read(ln_scenario *scenario, const char *path, ln_error *error)
{
    char *text;
    *scenario = (ln_scenario){0};
    ln_status status = ln_text_read(path, MOST_FILE_BYTES, &text, error);
    if (status != LN_OK)
        return status;
    ln_settings_default(scenario);
    ln_reading reading = {.path = path, .scenario = scenario, .error = error};
    status = parse(&reading, text);
    free(text);
    if (status == LN_OK)
        status = ln_scenario_check(&reading);
    if (status != LN_OK)
        ln_scenario_free(scenario);
    return status;
}

void ln_scenario_free(ln_scenario *scenario)
{
    char *texts[] = {scenario->folder,       scenario->labels,     scenario->vision, scenario->model,
                     scenario->network_name, scenario->burst_name, scenario->trace,  scenario->codec};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free(texts[i]);
    free(scenario->arrives);
    *scenario = (ln_scenario){0};
}

int ln_scenario_has_peer(const ln_scenario *scenario)
{
    return scenario->codec && strcmp(scenario->codec, "limitnet") != 0;
}

size_t ln_scenario_payload(const ln_scenario *scenario, size_t turn)
{
    size_t payload = scenario->network.rate[scenario->turn[turn]].payload;
    return payload < LN_MAX_PAYLOAD ? payload : LN_MAX_PAYLOAD;
}

int ln_scenario_is_eager(const ln_scenario *scenario)
{
    return scenario->stop != LN_SIM_UNSET || scenario->alarms > 0;
}
