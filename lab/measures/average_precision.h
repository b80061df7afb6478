/* Mean average precision over pictures, as COCO's protocol has it: for each class, precision over
 * recall of its findings from the best score to the worst, made monotone, read at the recalls
 * 0, 0.01, ..., 1 and averaged; then the mean over the classes that occur. */
#ifndef LN_LAB_AVERAGE_PRECISION_H
#define LN_LAB_AVERAGE_PRECISION_H

#include "cloud/error.h"
#include "measures/match.h"

#include <stddef.h>
#include <stdint.h>

/* A finding with the number of its picture. */
typedef struct ln_precision_finding {
    ln_finding finding;
    uint32_t picture, number; /* the number keeps the order in which they were added */
} ln_precision_finding;

typedef struct ln_precision_truth {
    unsigned class_index;
    uint32_t picture;
} ln_precision_truth;

typedef struct ln_precision {
    ln_precision_finding *findings; /* by class, falling score, picture, and order in the picture */
    ln_precision_truth *truths;     /* by class */
    size_t finding_count, truth_count;
    double *recall, *precision; /* of a class, at its hits */
} ln_precision;

/* Room for so many findings and truths in all. It is the caller's to ln_precision_close; empty after
 * an error. Errors: LN_ERR_MEMORY. */
ln_status ln_precision_open(ln_precision *precision, size_t findings, size_t truths, ln_error *error);

/* Allowed on an empty one. */
void ln_precision_close(ln_precision *precision);

/* Adds a picture; pictures come in ascending order, and no more than there is room for.
 *   findings   best first
 *   truths     what it shows */
void ln_precision_add(ln_precision *precision, uint32_t picture, const ln_finding *findings,
                      size_t finding_count, const ln_truth *truths, size_t truth_count);

/* Puts what was added in order; to be called once, before the first ln_precision_mean. */
void ln_precision_sort(ln_precision *precision);

/* The mean average precision, 0..1, with picture i counting weight[i] times: an ln_figure of a
 * sorted ln_precision. 0 if no class occurs. */
double ln_precision_mean(const void *precision, const uint32_t *weight);

#endif
