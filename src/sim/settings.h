/* The settings that a scenario can have. */
#ifndef LN_SIM_SETTINGS_H
#define LN_SIM_SETTINGS_H

#include "sim/scenario.h"

#include <stddef.h>

#define LN_SETTINGS 64

/* A scenario that is being read. */
typedef struct ln_reading {
    const char *path;
    size_t line;                 /* of the setting at hand */
    size_t line_of[LN_SETTINGS]; /* of each setting that was given, by its number; 0: not given */
    ln_scenario *scenario;
    ln_error *error;
    ln_status status;
} ln_reading;

/* Fills in what holds where a scenario names nothing else. */
void ln_settings_default(ln_scenario *scenario);

/* Takes one setting. Errors: LN_ERR_IO (unknown, given twice, a value that it cannot have), LN_ERR_MEMORY. */
ln_status ln_setting_take(ln_reading *reading, const char *section, const char *name, const char *value);

/* The line of a setting, for messages about several of them; 1 if it was not given. */
size_t ln_setting_line(const ln_reading *reading, const char *section, const char *name);

/* Whether it was given. */
int ln_setting_given(const ln_reading *reading, const char *section, const char *name);

#endif
