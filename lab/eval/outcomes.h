/* What was sent of each picture at each operating point, and which pictures count. */
#ifndef LN_LAB_OUTCOMES_H
#define LN_LAB_OUTCOMES_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ln_outcomes {
    size_t points, pictures;
    uint32_t *bytes; /* picture by picture, point by point */
    char **broken;   /* one a picture: why it counts nowhere; null: it counts */
} ln_outcomes;

/* All pictures unbroken, nothing sent. The caller's to ln_outcomes_close. Errors: LN_ERR_MEMORY. */
ln_status ln_outcomes_open(ln_outcomes *outcomes, size_t points, size_t pictures, ln_error *error);

/* Allowed on empty outcomes. */
void ln_outcomes_close(ln_outcomes *outcomes);

/* The bytes of a picture, one number a point. */
uint32_t *ln_outcomes_of(const ln_outcomes *outcomes, size_t picture);

/* Over the pictures that count.
 *   count   receives how many do
 *   bytes   receives the mean of their bytes at a point
 * Errors: LN_ERR_IO (none counts). */
ln_status ln_outcomes_mean(const ln_outcomes *outcomes, size_t point, size_t *count, double *bytes,
                           ln_error *error);

#endif
