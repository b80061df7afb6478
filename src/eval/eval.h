/* Accuracy against bytes: how often a vision model still recognises what codecs delivered. */
#ifndef LN_EVAL_EVAL_H
#define LN_EVAL_EVAL_H

#include "cloud/vision.h"
#include "eval/codec.h"
#include "eval/labels.h"

typedef struct ln_eval_task {
    const ln_labels *labels;
    ln_vision *vision;
    ln_codec *codecs;
    size_t codec_count;
    const size_t *budgets; /* bytes */
    size_t budget_count;

    /* Called after each picture: `done` of the labels' pictures were looked at. */
    void (*progress)(void *context, size_t done);
    /* Called for a picture that cannot be read; it counts nowhere, and the work goes on. */
    void (*broken)(void *context, const char *message);
    void *context; /* of both */
} ln_eval_task;

/* An operating point of a codec, over all pictures. */
typedef struct ln_point {
    const ln_codec *codec;
    size_t budget;     /* 0 for a codec that has none */
    uint64_t bytes;    /* sent, of all pictures together */
    size_t top1, top5; /* pictures whose class was the best, among the best five */
    size_t count;      /* pictures */
} ln_point;

/* How many points a task has: codec by codec, one a budget or one. */
size_t ln_eval_points(const ln_eval_task *task);

/* Does the work.
 *   points   receives ln_eval_points
 * Errors: LN_ERR_IO (no picture could be read, a network failed), LN_ERR_MEMORY. */
ln_status ln_eval_run(const ln_eval_task *task, ln_point *points, ln_error *error);

/* Writes points as CSV, whole or not at all: codec,param,bytes,top1,top5,n with the budget or `-`,
 * mean bytes of a picture, and shares of 1. Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_eval_write(const ln_point *points, size_t count, const char *path, ln_error *error);

#endif
