#include "sim/scenario.h"

#include "sim/scenario_check.h"
#include "sim/settings.h"

#include <stdlib.h>
#include <string.h>

static ln_status take(void *context, const ln_ini *ini, const char *section, const char *name,
                      const char *value)
{
    ln_reading *r = context;
    return ln_keys_take(&r->keys, ini, section, name, value);
}

ln_status ln_scenario_read(ln_scenario *scenario, const char *path, ln_error *error)
{
    *scenario = (ln_scenario){0};
    ln_settings_default(scenario);
    ln_reading reading = {.path = path, .scenario = scenario, .error = error};
    ln_settings_begin(&reading);
    ln_status status = ln_ini_read(path, &(ln_ini_taker){.take = take, .context = &reading}, error);
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
