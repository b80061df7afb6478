/* What the kernels that suit every layer share (portable.c, pairs.c, helium.c).
 *
 * A patch is what the layer's kernel covers at one place. The patches of LN_PLACES places are made of the
 * input rows, then multiplied with the weights of one output after the other. In what order a patch's numbers
 * lie in memory is the kernel's own affair.
 *
 * Kept between rows is whichever is smaller: as many input rows as the layer's kernel has, or the sums of the
 * output rows that have begun, so that a kernel of 16 rows with a stride of 8 needs one row of sums and not
 * sixteen rows of pixels. */
#ifndef LN_DEVICE_KERNELS_PATCHES_H
#define LN_DEVICE_KERNELS_PATCHES_H

#include "device/kernels/kernel.h"

/* The needs of such a kernel. `bytes_of` says how large LN_PLACES patches of so many numbers are. */
ln_needs ln_patches_needs(const ln_conv_task *task, size_t (*bytes_of)(size_t numbers));

/* Output rows that have begun and are not complete. An input row that completes one and begins another is
 * late: it is added when the complete row is made, and the new sums take the place of the old ones. */
static inline unsigned ln_open_rows(const ln_layer *layer)
{
    return layer->kernel == 1 ? 1 : (layer->kernel + layer->stride - 2u) / layer->stride;
}

#endif
