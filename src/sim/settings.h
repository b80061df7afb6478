/* The settings that a scenario can have. */
#ifndef LN_SIM_SETTINGS_H
#define LN_SIM_SETTINGS_H

#include "host/keys.h"
#include "sim/scenario.h"

/* A scenario that is being read. */
typedef struct ln_reading {
    const char *path;
    ln_scenario *scenario;
    ln_keys keys;
    ln_error *error;
} ln_reading;

/* Fills in what holds where a scenario names nothing else. */
void ln_settings_default(ln_scenario *scenario);

/* Begins the reading of settings into its scenario. */
void ln_settings_begin(ln_reading *reading);

#endif
