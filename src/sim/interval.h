#ifndef LN_SIM_INTERVAL_H
#define LN_SIM_INTERVAL_H

#include <stdint.h>

typedef struct ln_interval {
    double share, low, high; /* 0..1 */
} ln_interval;

/* A share of `count` with its 95 % interval (Wilson, Journal of the American Statistical Association 22,
 * 1927). All zero for a count of 0. */
ln_interval ln_interval_of(uint64_t hits, uint64_t count);

#endif
