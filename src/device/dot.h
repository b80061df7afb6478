/* The network's one inner loop: every multiplication of weights and picture happens here. */
#ifndef LN_DEVICE_DOT_H
#define LN_DEVICE_DOT_H

#include <stddef.h>
#include <stdint.h>

#define LN_DOT_PATCHES 2 /* places worked on at a time: each weight is loaded once for all of them */

/* For each output o and each patch p: sums[LN_DOT_PATCHES * o + p] += patch p times the weights of output o.
 * patches: LN_DOT_PATCHES of them, `count` numbers each, one behind the other. The weights of output o begin at
 * weights + o * step. */
void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums);

#endif
