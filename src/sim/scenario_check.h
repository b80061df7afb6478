#ifndef LN_SIM_SCENARIO_CHECK_H
#define LN_SIM_SCENARIO_CHECK_H

#include "sim/settings.h"

/* Whether the settings fit together; looks up what they name, and fills in what follows from them.
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_scenario_check(ln_reading *reading);

#endif
