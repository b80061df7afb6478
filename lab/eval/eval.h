/* Accuracy against bytes: how well a vision model still recognises the pictures that codecs delivered. */
#ifndef LN_LAB_EVAL_H
#define LN_LAB_EVAL_H

#include "cloud/text.h"
#include "codecs/codec.h"
#include "measures/measure.h"

typedef struct ln_eval_task {
    ln_measure *measure; /* not open yet */
    ln_codec *codecs;
    size_t codec_count;
    const size_t *budgets; /* bytes */
    size_t budget_count;
    int as_stored; /* 1: pictures are not turned as their EXIF orientation says */

    const char *journal; /* path of a file that records the results, and stays afterwards; null: none */
    const char *name;    /* one line that identifies this task in the journal */
    int resume;          /* 1: continue from the journal, if there is one */

    /* Called after each picture.
     *   done      pictures done
     *   resumed   pictures of these whose results came from the journal */
    void (*progress)(void *context, size_t done, size_t resumed);
    /* Called at the end for each picture that is left out: it cannot be read, or a codec fails on it. */
    void (*broken)(void *context, const char *message);
    /* Called when the end of a journal is left out: it is damaged. */
    void (*note)(void *context, const char *message);
    void *context; /* of all three */
} ln_eval_task;

/* The results at one operating point, over all pictures that count. */
typedef struct ln_summary {
    size_t count; /* pictures */
    double bytes; /* sent for a picture, on average */
    ln_share shares[LN_MOST_SHARES];
} ln_summary;

/* An operating point: a codec that keeps a budget in one way. */
typedef struct ln_point {
    const ln_codec *codec;
    ln_way way;
    size_t budget; /* 0 for a codec that has none */
    ln_summary sum;
} ln_point;

/* The number of a task's points. They are ordered by codec, way (cut, fit) and budget; a codec without ways
 * has one point. */
size_t ln_eval_points(const ln_eval_task *task);

/* Runs a task.
 *   points   receives ln_eval_points of them
 * Errors: LN_ERR_IO (no picture could be read, a network failed, or the journal cannot be read or written),
 * LN_ERR_ARGUMENT (a codec without pictures, for a measure that needs them), LN_ERR_MEMORY. */
ln_status ln_eval_run(const ln_eval_task *task, ln_point *points, ln_error *error);

/* Makes a table of points as CSV. Columns: codec; param, the budget or `-`;
 * bytes, the mean for a picture; the measure's shares, such as top1 and top5, 0..1; n, the pictures; way,
 * `cut`, `fit` or `-`; then for each share its interval, such as top1_low and top1_high.
 * The caller's to free, as ln_text says. */
ln_text ln_eval_table(const ln_measure_kind *measure, const ln_point *points, size_t count);

#endif
