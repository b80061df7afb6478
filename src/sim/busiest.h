/* The most airtime in any window of some length, as it slides over time. */
#ifndef LN_SIM_BUSIEST_H
#define LN_SIM_BUSIEST_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ln_sent {
    uint64_t end_us, airtime_us;
} ln_sent;

typedef struct ln_busiest {
    uint64_t window_us, sum_us, most_us;
    ln_sent *frames; /* a ring of those that may still count */
    size_t first, count, room;
} ln_busiest;

/* Takes a frame, in the order of sending; frames do not overlap. The most is reached where a frame ends.
 * Errors: LN_ERR_MEMORY. */
ln_status ln_busiest_add(ln_busiest *busiest, uint64_t end_us, uint64_t airtime_us, ln_error *error);

void ln_busiest_free(ln_busiest *busiest);

#endif
