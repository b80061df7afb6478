/* Confidence intervals of figures over pictures: the percentile bootstrap (Efron, 1979) with 1,000 resamples,
 * which are the same in every run. */
#ifndef LN_LAB_BOOTSTRAP_H
#define LN_LAB_BOOTSTRAP_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

/* A share with its 95 % confidence interval. */
typedef struct ln_share {
    double value, low, high; /* 0..1 */
} ln_share;

/* A figure over pictures, where picture i counts weight[i] times. */
typedef double ln_figure(const void *context, const uint32_t *weight);

/* The figure over all pictures, and its interval over the resamples.
 *   count   pictures, 1 or more
 *   share   receives both
 * Errors: LN_ERR_MEMORY. */
ln_status ln_bootstrap(size_t count, ln_figure *figure, const void *context, ln_share *share,
                       ln_error *error);

#endif
