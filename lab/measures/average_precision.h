/* Mean average precision over pictures, by COCO's protocol. For each class, its findings from the best score
 * to the worst give a curve of precision over recall. The curve is made monotone, read at the recalls 0,
 * 0.01,
 * ..., 1, and averaged. The result is the mean over the classes that occur. */
#ifndef LN_LAB_AVERAGE_PRECISION_H
#define LN_LAB_AVERAGE_PRECISION_H

#include "cloud/error.h"
#include "measures/match.h"

#include <stddef.h>
#include <stdint.h>

/* A finding and its picture. */
typedef struct ln_precision_finding {
    ln_finding finding;
    uint32_t picture, number; /* number of the picture, and of the finding in it */
} ln_precision_finding;

typedef struct ln_precision_truth {
    unsigned class_index;
    uint32_t picture;
} ln_precision_truth;

typedef struct ln_precision {
    ln_precision_finding *findings; /* by class, falling score, picture, and order in the picture */
    ln_precision_truth *truths;     /* by class */
    size_t finding_count, truth_count;
    double *recall, *precision; /* at the hits of a class; working memory */
} ln_precision;

/* Makes room for this many findings and truths in all. `precision` is the caller's to ln_precision_close;
 * empty after an error. Errors: LN_ERR_MEMORY. */
ln_status ln_precision_open(ln_precision *precision, size_t findings, size_t truths, ln_error *error);

/* Allowed on an empty `precision`. */
void ln_precision_close(ln_precision *precision);

/* Adds a picture. Pictures are added in ascending order, within the room made.
 *   findings   of the picture, best first
 *   truths     the objects that it shows */
void ln_precision_add(ln_precision *precision, uint32_t picture, const ln_finding *findings,
                      size_t finding_count, const ln_truth *truths, size_t truth_count);

/* Sorts findings and truths. Call it once, before the first ln_precision_mean. */
void ln_precision_sort(ln_precision *precision);

/* The mean average precision, 0..1, where picture i counts weight[i] times; 0 if no class occurs. It is an
 * ln_figure whose context is a sorted ln_precision. */
double ln_precision_mean(const void *precision, const uint32_t *weight);

#endif
