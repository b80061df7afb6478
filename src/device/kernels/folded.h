/* What folded.c and its inner loops share.
 *
 * A kernel is even or odd along rows and along columns: four classes. At each place, what it covers of two
 * rows that meet the same weights becomes four patches, one for each class: what kernels of that class
 * multiply with the weights of their left half. There is an inner loop for each instruction set:
 * folded_portable.h, folded_pairs.h, folded_helium.h. */
#ifndef LN_DEVICE_KERNELS_FOLDED_H
#define LN_DEVICE_KERNELS_FOLDED_H

#include "device/kernels/kernel.h"

#define LN_FOLD_INPUTS 3 /* colours */
#define LN_FOLD_CLASSES 4

/* Numbers of the left half of a kernel's row. */
static inline unsigned ln_fold_numbers(unsigned kernel)
{
    return kernel / 2 * LN_FOLD_INPUTS;
}

#endif
