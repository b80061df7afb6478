/* The network's one inner loop: every multiplication of weights and picture happens here. */
#ifndef LN_DEVICE_DOT_H
#define LN_DEVICE_DOT_H

#include <stddef.h>
#include <stdint.h>

#define LN_DOT_PATCHES 2 /* places worked on at a time: each weight is loaded once for all of them */

/* For each of `outputs` outputs o and each patch p: sums[4 o + p] += patch p times the weights of output o.
 * patches: 4 of `count` numbers, one behind the other; the weights of output o begin at weights + o * step. */
void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums);

#endif
