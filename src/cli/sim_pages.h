/* What `sim` makes of a simulation: a folder of tables and plots, or JSON, or a summary. */
#ifndef LN_CLI_SIM_PAGES_H
#define LN_CLI_SIM_PAGES_H

#include "cloud/error.h"
#include "sim/sim.h"

#include <stdio.h>

/* A log is written while the simulation runs, since it may be long, and gets its name at the end. */
typedef struct cli_sim_log {
    char *path, *part;
    FILE *file; /* null: none */
} cli_sim_log;

/* Opens a log. It is to be closed, after an error, too. Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status cli_sim_log_open(cli_sim_log *log, const char *path, ln_error *error);

/* Opens the log of frames in a folder, which is made if it is missing. As above. */
ln_status cli_frame_log_open(cli_sim_log *log, const char *folder, ln_error *error);

/* Keeps the log of a simulation that went well; allowed for an empty log. Returns `status`, or what failed.
 */
ln_status cli_sim_log_close(cli_sim_log *log, ln_status status, ln_error *error);

/* Prints a simulation.
 *   name     of the scenario
 *   folder   also receives the tables and plots; null: none
 *   json     1: JSON, 0: the summary
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status cli_print_sim(const ln_sim *sim, const char *name, const char *folder, int json, ln_error *error);

#endif
