/* What folded.c and its inner loops share.
 *
 * A filter is even or odd along rows and along columns, which makes four classes. At each place, what a
 * filter covers of two rows that meet the same weights becomes four patches, one for each class: the numbers
 * that filters of this class multiply with the weights of their left half. Each instruction set has its own
 * inner loops: folded_portable.h, folded_pairs.h, folded_helium.h. */
#ifndef LN_DEVICE_KERNELS_FOLDED_H
#define LN_DEVICE_KERNELS_FOLDED_H

#include "device/kernels/kernel.h"

#define LN_FOLD_INPUTS 3 /* colours */
#define LN_FOLD_CLASSES 4

/* Numbers of half a row of a filter of `kernel` pixels. */
static inline unsigned ln_fold_numbers(unsigned kernel)
{
    return kernel / 2 * LN_FOLD_INPUTS;
}

#endif
