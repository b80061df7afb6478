/* How well the camera's maps of saliency agree with what people find salient.
 *
 * Each picture is squeezed into the model's size and goes through the camera's network. Its map is
 * enlarged to the mask's size (ln_saliency_map_resize) and compared there as eval/sod.h says. Two maps
 * of each model:
 *
 *   full     the branch's own, on its grid, 0..255
 *   sent     the 8x8 levels of 0..31 that are made of it, all that a receiver has
 *
 * and two that know nothing of the picture, to say what a map is worth:
 *
 *   centre   exp(-(x^2 + y^2) / (2 / 5^2)), x and y counting in widths and heights from the middle. Of
 *            deviations of 1/8 to 1/3 of the side, 1/5 has the best S-measure on masks of DUTS-TR
 *   none     128 of 255 everywhere */
#ifndef LN_LAB_SALIENCY_H
#define LN_LAB_SALIENCY_H

#include "measures/bootstrap.h"
#include "saliency/masked.h"

#include <limitnet/core.h>

typedef struct ln_saliency_model {
    const char *name;
    const ln_model *model; /* has a branch */
} ln_saliency_model;

typedef struct ln_saliency_task {
    const ln_masked_list *pictures;
    const ln_saliency_model *models;
    size_t model_count;

    /* Called after each picture: `done` were looked at. */
    void (*progress)(void *context, size_t done);
    /* Called for each picture that cannot be read, or whose mask cannot; it counts nowhere. */
    void (*broken)(void *context, const char *message);
    void *context; /* of both */
} ln_saliency_task;

/* A map, over all pictures. */
typedef struct ln_saliency_row {
    const char *model; /* the task's name of it, or "-" */
    const char *map;   /* "full", "sent", "centre" or "none" */
    ln_share mae, max_f, s_measure;
    size_t count; /* pictures */
} ln_saliency_row;

/* How many rows a task has: model by model, then those of no model. */
size_t ln_saliency_rows(const ln_saliency_task *task);

/* Does the work. `rows` receives ln_saliency_rows. Errors: LN_ERR_IO (no picture could be read),
 * LN_ERR_MEMORY. */
ln_status ln_saliency_run(const ln_saliency_task *task, ln_saliency_row *rows, ln_error *error);

/* Writes rows as CSV, whole or not at all: model,map,mae,max_f,s_measure,n, then the bounds
 * mae_low,mae_high,max_f_low,max_f_high,s_measure_low,s_measure_high. Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_saliency_write(const ln_saliency_row *rows, size_t count, const char *path, ln_error *error);

#endif
