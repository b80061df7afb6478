#include "device/dot.h"

/* Plain on purpose: compilers make multiply-accumulate vector instructions of this loop, and it is what a faster
 * kernel for one processor is checked against. 16 bits times 8 bits stays in that form; with bytes on both sides
 * GCC multiplies in 16 bits and widens afterwards, at twice the cost. */
void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums)
{
    const int16_t *p0 = patches, *p1 = p0 + count, *p2 = p1 + count, *p3 = p2 + count;

    for (; outputs > 0; outputs--) {
        int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;

        for (size_t i = 0; i < count; i++) {
            int32_t w = weights[i];

            s0 += w * p0[i];
            s1 += w * p1[i];
            s2 += w * p2[i];
            s3 += w * p3[i];
        }
        sums[0] += s0;
        sums[1] += s1;
        sums[2] += s2;
        sums[3] += s3;
        sums += LN_DOT_PATCHES;
        weights += step;
    }
}
