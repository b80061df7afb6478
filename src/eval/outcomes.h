/* What became of each picture at each operating point, and what that says about all pictures. */
#ifndef LN_EVAL_OUTCOMES_H
#define LN_EVAL_OUTCOMES_H

#include "eval/bootstrap.h"

#include <stddef.h>
#include <stdint.h>

#define LN_TOP 5 /* a class that is not among so many counts as not recognised */

typedef struct ln_outcome {
    uint32_t bytes; /* sent */
    uint8_t rank;   /* of the right class: 0 for the best, LN_TOP for none of the best */
} ln_outcome;

typedef struct ln_outcomes {
    size_t points, pictures;
    ln_outcome *items; /* picture by picture, point by point */
    char **broken;     /* one a picture: why it counts nowhere; null: it counts */
} ln_outcomes;

/* All pictures unbroken, nothing recognised. The caller's to ln_outcomes_close. Errors:
 * LN_ERR_MEMORY. */
ln_status ln_outcomes_open(ln_outcomes *outcomes, size_t points, size_t pictures, ln_error *error);

/* Allowed on empty outcomes. */
void ln_outcomes_close(ln_outcomes *outcomes);

/* A picture's outcomes, one a point. */
ln_outcome *ln_outcomes_of(const ln_outcomes *outcomes, size_t picture);

/* A point over all pictures that count. */
typedef struct ln_summary {
    size_t count;
    double bytes;           /* mean */
    ln_estimate top1, top5; /* shares of 1 */
} ln_summary;

/* Errors: LN_ERR_IO (no picture counts), LN_ERR_MEMORY. */
ln_status ln_outcomes_sum(const ln_outcomes *outcomes, size_t point, ln_summary *summary, ln_error *error);

#endif
