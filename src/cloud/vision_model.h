/* What both tasks of vision models share: an open model, and how pictures go through it. */
#ifndef LN_CLOUD_VISION_MODEL_H
#define LN_CLOUD_VISION_MODEL_H

#include "cloud/engine.h"

#include <limitnet/cloud.h>

#define LN_BOX_VALUES 5 /* numbers in a detector's row before its classes */

struct ln_vision {
    ln_engine *engine;
    ln_vision_config config;
    size_t classes;
    float *input; /* room for LN_VISION_MAX_BATCH pictures as the network takes them */
    char *text;   /* the file of labels, cut into lines */
    char **label; /* one for each class; null without labels */
};

/* Resizes `count` pictures (1..LN_VISION_MAX_BATCH) to the input and runs the network once.
 *   output   receives the first output: for `count` pictures, rows of as many numbers as the task and the
 *            classes need. The data is the engine's, valid until its next run
 * Errors: LN_ERR_ARGUMENT, LN_ERR_IO (the network failed), LN_ERR_MEMORY. */
ln_status ln_vision_run(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                        ln_tensor *output, ln_error *error);

#endif
