/* A convolution whose kernels are symmetric takes a quarter of the multiplications: where a kernel is even along rows or
 * columns, numbers of the picture that meet the same weight are added first; where it is odd, subtracted. */
#ifndef LN_DEVICE_FOLD_H
#define LN_DEVICE_FOLD_H

#include <limitnet/core.h>

/* Which of a layer's outputs have kernels that are odd, a bit each; all others are even. */
typedef struct ln_symmetry {
    uint8_t odd_rows[LN_MAX_CHANNELS / 8], odd_columns[LN_MAX_CHANNELS / 8];
} ln_symmetry;

/* Whether a layer can be folded, from its shape (colours in; the kernel is twice the stride, so that each row is the upper
 * half of one output row and the lower half of the one before) and its weights. If so, `symmetry` is filled in. */
int ln_symmetry_find(ln_symmetry *symmetry, const ln_layer *layer);

/* Bytes of scratch for ln_fold_rows; a multiple of 4. */
size_t ln_fold_scratch_size(const ln_layer *layer);

/* Adds two input rows to the sums of an output row, [group of LN_DOT_PATCHES places][output][place]: `upper` meets row
 * `ky` of the kernels, ky < kernel / 2, and `lower` row kernel - 1 - ky. Null stands for a row outside the input. */
void ln_fold_rows(const ln_layer *layer, const ln_symmetry *symmetry, unsigned ky, const uint8_t *upper,
                  const uint8_t *lower, uint8_t zero, int32_t *sums, void *scratch);

#endif
