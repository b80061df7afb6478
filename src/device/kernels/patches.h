/* What the kernels by patches share: portable.c, pairs.c and helium.c. They suit every layer.
 *
 * A patch holds what a filter covers at one place, as numbers, in the order that suits the processor. Such a
 * kernel makes the patches of LN_PLACES places from the input rows and multiplies them with the weights of
 * each output.
 *
 * Between rows it keeps whichever is smaller: as many input rows as the filter has, or the sums of the output
 * rows that have begun. A filter of 16 rows with a stride of 8 needs one row of sums instead of 16 rows of
 * pixels. */
#ifndef LN_DEVICE_KERNELS_PATCHES_H
#define LN_DEVICE_KERNELS_PATCHES_H

#include "device/kernels/kernel.h"

/* The needs of such a kernel. `bytes_of` tells the size of LN_PLACES patches of `numbers` numbers each. */
ln_needs ln_patches_needs(const ln_conv_task *task, size_t (*bytes_of)(size_t numbers));

/* How many output rows have begun and are not complete, at most. An input row that completes one output row
 * and begins another does not count: it is added when the complete row is made, and the new row takes its
 * place. */
static inline unsigned ln_open_rows(const ln_layer *layer)
{
    return layer->kernel == 1 ? 1 : (layer->kernel + layer->stride - 2u) / layer->stride;
}

#endif
