/* The two halves of `limitnet model`. */
#ifndef LN_CLI_MODEL_COMMANDS_H
#define LN_CLI_MODEL_COMMANDS_H

#include "cloud/error.h"

/* Prints what is in a model (as for cli_open_bundle) to standard output. */
ln_status cli_model_info(const char *model, ln_error *error);

/* Writes a model as C source into a folder: both files or none. */
ln_status cli_model_to_c(const char *model, const char *folder, ln_error *error);

#endif
