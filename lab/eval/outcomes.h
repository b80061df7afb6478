/* The bytes sent for each picture at each operating point, and the pictures that are left out. */
#ifndef LN_LAB_OUTCOMES_H
#define LN_LAB_OUTCOMES_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ln_outcomes {
    size_t points, pictures;
    uint32_t *bytes; /* picture by picture, point by point */
    char **broken;   /* for each picture: why it is left out; null: it counts */
} ln_outcomes;

/* Starts with nothing sent and no picture left out. The caller's to ln_outcomes_close. Errors: LN_ERR_MEMORY.
 */
ln_status ln_outcomes_open(ln_outcomes *outcomes, size_t points, size_t pictures, ln_error *error);

/* Allowed on empty outcomes. */
void ln_outcomes_close(ln_outcomes *outcomes);

/* The bytes of a picture, one number for each point. */
uint32_t *ln_outcomes_of(const ln_outcomes *outcomes, size_t picture);

/* The mean over the pictures that count.
 *   count   receives the number of these pictures
 *   bytes   receives the mean of their bytes at a point
 * Errors: LN_ERR_IO (no picture counts). */
ln_status ln_outcomes_mean(const ln_outcomes *outcomes, size_t point, size_t *count, double *bytes,
                           ln_error *error);

#endif
