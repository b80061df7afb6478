/* The inner loops of folded.c in portable C. Those for other instruction sets have the same names and do the
 * same. */
#ifndef LN_DEVICE_KERNELS_FOLDED_PORTABLE_H
#define LN_DEVICE_KERNELS_FOLDED_PORTABLE_H

#include "device/kernels/folded.h"
#include "device/kernels/portable.h"

/* Size of the patches of all classes at LN_PLACES places; a multiple of 4. */
static inline size_t ln_fold_portable_bytes(unsigned kernel)
{
    return LN_FOLD_CLASSES * ln_portable_bytes(ln_fold_numbers(kernel));
}

#if LN_TARGET == LN_PORTABLE

/* Makes the patches of place number `patch`. `right` is the pixel that mirrors `left`. */
static inline void ln_fold_place(int16_t *restrict patches, unsigned patch, const uint8_t *restrict upper,
                                 const uint8_t *restrict lower, unsigned kernel, uint8_t zero)
{
    unsigned numbers = ln_fold_numbers(kernel), class_numbers = LN_PLACES * numbers;
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

/* For each place p: sums[p] += the patch of a class times an output's weights. */
static inline void ln_fold_dot(const int16_t *patches, unsigned class, const int8_t *weights, unsigned kernel,
                               int32_t *sums)
{
    unsigned numbers = ln_fold_numbers(kernel);
    int32_t s0 = 0, s1 = 0;

    patches += class * LN_PLACES * numbers;
    LN_UNROLLED(8)
    for (unsigned i = 0; i < numbers; i++) {
        s0 += weights[i] * patches[i];
        s1 += weights[i] * patches[numbers + i];
    }
    sums[0] += s0;
    sums[1] += s1;
}

#endif
#endif
