/* How well saliency maps agree with masks that people drew.
 *
 * Each picture is stretched to the model's size and goes through the camera's network. Its map is enlarged to
 * the mask's size (ln_saliency_map_resize) and compared with the mask as saliency/sod.h says. Each model has
 * two maps:
 *
 *   full     the branch's own map, on its grid, 0..255
 *   sent     the 8x8 levels of 0..31, all that a receiver gets of it
 *
 * Two more maps know nothing of the picture. They show what a map is worth:
 *
 *   centre   exp(-(x^2 + y^2) / (2 / 5^2)), where x and y count widths and heights from the middle: a
 * deviation of 1/5 of the side. Of the deviations from 1/8 to 1/3, it has the best S-measure on masks of
 *            DUTS-TR
 *   none     128 of 255 everywhere */
#ifndef LN_LAB_SALIENCY_H
#define LN_LAB_SALIENCY_H

#include "cloud/text.h"
#include "measures/bootstrap.h"
#include "saliency/masked.h"

#include <limitnet/core.h>

typedef struct ln_saliency_model {
    const char *name;
    const ln_model *model; /* has a saliency branch */
} ln_saliency_model;

typedef struct ln_saliency_task {
    const ln_masked_list *pictures;
    const ln_saliency_model *models;
    size_t model_count;

    /* Called after each picture; `done` is the number of pictures done. */
    void (*progress)(void *context, size_t done);
    /* Called for each picture that is left out because it, or its mask, cannot be read. */
    void (*broken)(void *context, const char *message);
    void *context; /* of both */

    int as_stored; /* 1: pictures and masks are not turned as their EXIF orientation says */
} ln_saliency_task;

/* The results of one map over all pictures. */
typedef struct ln_saliency_row {
    const char *model; /* the model's name in the task, or "-" */
    const char *map;   /* "full", "sent", "centre" or "none" */
    ln_share mae, max_f, s_measure;
    size_t count; /* pictures */
} ln_saliency_row;

/* The number of a task's rows: the maps of each model, then those without a model. */
size_t ln_saliency_rows(const ln_saliency_task *task);

/* Runs a task.
 *   rows   receives ln_saliency_rows of them
 * Errors: LN_ERR_IO (no picture could be read), LN_ERR_MEMORY. */
ln_status ln_saliency_run(const ln_saliency_task *task, ln_saliency_row *rows, ln_error *error);

/* Makes a table of rows as CSV. Columns: model,map,mae,max_f,s_measure,n, then the intervals
 * mae_low,mae_high,max_f_low,max_f_high,s_measure_low,s_measure_high. The caller's to free, as ln_text says.
 */
ln_text ln_saliency_table(const ln_saliency_row *rows, size_t count);

#endif
