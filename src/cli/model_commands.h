/* The parts of `limitnet model`. */
#ifndef LN_CLI_MODEL_COMMANDS_H
#define LN_CLI_MODEL_COMMANDS_H

#include "cloud/error.h"

/* Prints what is in a model (as for cli_open_bundle) to standard output. */
ln_status cli_model_info(const char *model, ln_error *error);

/* Whether a file is to be read as a vision model: by its name, or else by its content, which then is anything
 * but a model file. */
int cli_is_vision_model(const char *file);

/* Prints how a vision model is understood, and what is doubtful, to standard output. When it cannot be used,
 * only what its file says is printed; the error tells why. */
ln_status cli_vision_info(const char *file, ln_error *error);

/* Writes a model as C source into a folder: both files or none. */
ln_status cli_model_to_c(const char *model, const char *folder, ln_error *error);

#endif
