/* The vision model of the subcommands that need one. */
#ifndef LN_CLI_VISION_H
#define LN_CLI_VISION_H

#include "cli/cli.h"
#include "host/vision_choice.h"

#include <limitnet/cloud.h>

/* Reads the value of --task. Returns 0 after a message when it is not a task. */
int cli_parse_task(const char *name, ln_task *task);

/* The trained model for ln_bundle_open: `given`, or, if that is null, the model whose decoder suits the task.
 */
const char *cli_model_for(const char *given, ln_task task);

/* The user's own: `given` unless it is null, else $LIMITNET_VISION; else the file that the set-up made for
 * the task. */
ln_vision_choice cli_vision_choice(const char *given, ln_task task);

/* Opens what looks at the pictures of a bundle.
 *   config   of the chosen file, as for ln_vision_open
 *   vision   the caller's to ln_vision_close; null after an error
 * Errors: those of ln_vision_open_chosen; LN_ERR_IO also for a model of another task. */
ln_status cli_open_vision(ln_vision **vision, const ln_vision_choice *choice, const ln_bundle *bundle,
                          ln_task task, const ln_vision_config *config, ln_error *error);

#endif
