/* How much a figure over pictures would differ with other pictures of the same kind: the percentile
 * bootstrap of 1,000 resamples, the same in every run. */
#ifndef LN_LAB_BOOTSTRAP_H
#define LN_LAB_BOOTSTRAP_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

/* A share, with the interval in which it lies with a probability of 95 %. */
typedef struct ln_share {
    double value, low, high; /* 0..1 */
} ln_share;

/* A figure over pictures of which the i-th counts weight[i] times. */
typedef double ln_figure(const void *context, const uint32_t *weight);

/* The figure with each of `count` pictures counting once, and over the resamples.
 *   count   1 or more
 * Errors: LN_ERR_MEMORY. */
ln_status ln_bootstrap(size_t count, ln_figure *figure, const void *context, ln_share *share,
                       ln_error *error);

#endif
