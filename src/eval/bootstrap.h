/* How far a value that was measured on some pictures may lie from the one of all pictures there are. */
#ifndef LN_EVAL_BOOTSTRAP_H
#define LN_EVAL_BOOTSTRAP_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

/* A value over pictures, with the interval in which it lies with a probability of 95 %: the percentile
 * bootstrap of 1,000 resamples, the same in every run. */
typedef struct ln_estimate {
    double value, low, high;
} ln_estimate;

/* The value over `count` pictures with these numbers; one may be among them several times. */
typedef double ln_measure(const void *context, const uint32_t *pictures, size_t count);

/* Measures pictures 0..count - 1, then resamples of them; `count` is 1 to UINT32_MAX. Errors:
 * LN_ERR_MEMORY. */
ln_status ln_bootstrap(ln_measure *measure, const void *context, size_t count, ln_estimate *estimate,
                       ln_error *error);

#endif
