/* Accuracy against bytes: what a vision model still makes of the pictures that codecs delivered. */
#ifndef LN_LAB_EVAL_H
#define LN_LAB_EVAL_H

#include "codecs/codec.h"
#include "measures/measure.h"

typedef struct ln_eval_task {
    ln_measure *measure; /* not open */
    ln_codec *codecs;
    size_t codec_count;
    const size_t *budgets; /* bytes */
    size_t budget_count;

    const char *journal; /* path: the course of the work is kept there, also after its end; null for none */
    const char *name;    /* one line that tells this task from others in a journal */
    int resume;          /* go on with the journal if there is one */

    /* Called after each picture: `done` of the measure's pictures were looked at, `resumed` of them by
     * the run that left the journal. */
    void (*progress)(void *context, size_t done, size_t resumed);
    /* Called at the end for each picture that cannot be read; it counts nowhere. */
    void (*broken)(void *context, const char *message);
    void *context; /* of both */
} ln_eval_task;

/* A point over all pictures that count. */
typedef struct ln_summary {
    size_t count;
    double bytes; /* mean */
    ln_share shares[LN_MOST_SHARES];
} ln_summary;

/* An operating point of a codec, over all pictures. */
typedef struct ln_point {
    const ln_codec *codec;
    ln_way way;
    size_t budget; /* 0 for a codec that has none */
    ln_summary sum;
} ln_point;

/* How many points a task has: codec by codec, way by way (cut, fitted), one a budget or one. */
size_t ln_eval_points(const ln_eval_task *task);

/* Does the work.
 *   points   receives ln_eval_points
 * Errors: LN_ERR_IO (no picture could be read, a network failed, the journal), LN_ERR_MEMORY. */
ln_status ln_eval_run(const ln_eval_task *task, ln_point *points, ln_error *error);

/* Writes points as CSV, whole or not at all: codec,param,bytes,top1,top5,n with the budget or `-`,
 * mean bytes of a picture, and the measure's shares of 1 (for others than the classes: other names
 * in place of top1 and top5); then way,top1_low,top1_high,top5_low,top5_high with `cut`, `fit` or
 * `-`. Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_eval_write(const ln_measure_kind *measure, const ln_point *points, size_t count,
                        const char *path, ln_error *error);

#endif
