/* The inner loops of fold.c in portable C; fold_dsp.h has the same for the DSP extension.
 *
 * At each place what a kernel covers of two rows becomes four patches, one for each class of symmetry: what
 * kernels of that class multiply with the weights of their left half. The kernel's size is a constant
 * wherever these are called. */
#ifndef LN_DEVICE_FOLD_PLAIN_H
#define LN_DEVICE_FOLD_PLAIN_H

#include "device/dot.h"
#include "device/fold.h"

/* Bytes of the patches at LN_DOT_PATCHES places; a multiple of 4. */
static inline size_t ln_fold_size(unsigned kernel)
{
    return LN_FOLD_CLASSES * ln_dot_size(ln_fold_numbers(kernel));
}

/* Makes the patches number `patch`. Of the right half pixels count from the right. */
static inline void ln_fold_place(int16_t *restrict patches, unsigned patch, const uint8_t *restrict upper,
                                 const uint8_t *restrict lower, unsigned kernel, uint8_t zero)
{
    unsigned numbers = ln_fold_numbers(kernel), class_numbers = LN_DOT_PATCHES * numbers;
    unsigned right = 2 * numbers - LN_FOLD_INPUTS;

    patches += patch * numbers;
    for (unsigned left = 0; left < numbers; left += LN_FOLD_INPUTS, right -= LN_FOLD_INPUTS) {
        for (unsigned c = 0; c < LN_FOLD_INPUTS; c++, patches++) {
            int left_sum = upper[left + c] + lower[left + c];
            int left_difference = upper[left + c] - lower[left + c];
            int right_sum = upper[right + c] + lower[right + c];
            int right_difference = upper[right + c] - lower[right + c];

            patches[0] = (int16_t)(left_sum + right_sum - 4 * zero);
            patches[class_numbers] = (int16_t)(left_sum - right_sum);
            patches[2 * class_numbers] = (int16_t)(left_difference + right_difference);
            patches[3 * class_numbers] = (int16_t)(left_difference - right_difference);
        }
    }
}

static inline void ln_fold_dot_output(const int16_t *patches, const int8_t *weights, unsigned numbers,
                                      int32_t *sums)
{
    int32_t s0 = 0, s1 = 0;

    LN_DOT_UNROLLED
    for (unsigned i = 0; i < numbers; i++) {
        s0 += weights[i] * patches[i];
        s1 += weights[i] * patches[numbers + i];
    }
    sums[0] += s0;
    sums[1] += s1;
}

/* For each output o and each place p: sums[LN_DOT_PATCHES * o + p] += the patch of the output's class times
 * its weights, which begin at weights + o * step. */
static inline void ln_fold_dot(const int16_t *patches, const uint8_t *classes, unsigned outputs,
                               const int8_t *weights, size_t step, unsigned kernel, int32_t *sums)
{
    unsigned numbers = ln_fold_numbers(kernel);

    for (unsigned o = 0; o < outputs; o++, weights += step, sums += LN_DOT_PATCHES)
        ln_fold_dot_output(patches + classes[o] * LN_DOT_PATCHES * numbers, weights, numbers, sums);
}

#endif
