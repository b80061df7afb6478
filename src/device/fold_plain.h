/* The inner loops of fold.c in portable C; fold_dsp.h has the same for the DSP extension.
 *
 * A block is the pixels of half a kernel's width: `count` numbers, a multiple of 12. */
#ifndef LN_DEVICE_FOLD_PLAIN_H
#define LN_DEVICE_FOLD_PLAIN_H

#include "device/dot.h"

#define LN_FOLD_INPUTS 3

/* Sums and differences of a block's two rows, less the zero point. */
static inline void ln_fold_block(int16_t *restrict sums, int16_t *restrict differences,
                                 const uint8_t *restrict upper, const uint8_t *restrict lower, unsigned count,
                                 uint8_t zero)
{
    LN_DOT_UNROLLED
    for (unsigned i = 0; i < count; i++) {
        sums[i] = (int16_t)(upper[i] + lower[i] - 2 * zero);
        differences[i] = (int16_t)(upper[i] - lower[i]);
    }
}

/* Patch number `patch` of `even` and `odd`: the left block plus and minus the right one, of which pixels count from the right. */
static inline void ln_fold_place(int16_t *restrict even, int16_t *restrict odd, unsigned patch,
                                 const int16_t *restrict left, const int16_t *restrict right, unsigned count)
{
    even += patch * count;
    odd += patch * count;
    right += count - LN_FOLD_INPUTS;
    for (unsigned i = 0; i < count; i += LN_FOLD_INPUTS, right -= LN_FOLD_INPUTS) {
        for (unsigned c = 0; c < LN_FOLD_INPUTS; c++) {
            even[i + c] = (int16_t)(left[i + c] + right[c]);
            odd[i + c] = (int16_t)(left[i + c] - right[c]);
        }
    }
}

/* Weights as 16-bit numbers, in the order of a patch's. */
static inline void ln_fold_widen(int16_t *wide, const int8_t *weights, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        wide[i] = weights[i];
}

/* Adds LN_DOT_PATCHES patches times one output's weights. */
static inline void ln_fold_dot(int32_t *sums, const int16_t *patches, const int16_t *wide, unsigned count)
{
    int32_t s0 = 0, s1 = 0;

    LN_DOT_UNROLLED
    for (unsigned i = 0; i < count; i++) {
        s0 += wide[i] * patches[i];
        s1 += wide[i] * patches[count + i];
    }
    sums[0] += s0;
    sums[1] += s1;
}

#endif
