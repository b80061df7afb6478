/* A convolution whose kernels are symmetric takes a quarter of the multiplications: where a kernel is even
 * along rows or columns, numbers of the picture that meet the same weight are added first; where it is odd,
 * subtracted. */
#ifndef LN_DEVICE_FOLD_H
#define LN_DEVICE_FOLD_H

#include <limitnet/core.h>

#define LN_FOLD_INPUTS 3 /* colours */
#define LN_FOLD_CHUNK 12 /* numbers of four pixels */
#define LN_FOLD_CLASSES 4

/* The class of each of a layer's kernels: 2 if it is odd along rows, plus 1 if it is odd along columns. */
typedef struct ln_symmetry {
    uint8_t class[LN_MAX_CHANNELS];
} ln_symmetry;

/* Numbers of half a kernel's row. */
static inline unsigned ln_fold_numbers(unsigned kernel)
{
    return kernel / 2 * LN_FOLD_INPUTS;
}

/* Whether a layer can be folded, from its weights and its shape: colours in; a kernel of 8, 12 or 16 rows,
 * from the stride to twice the stride, so that a row is at most in the upper half of one output row's kernels
 * and in the lower half of another's; and less padding than half a kernel, so that both halves meet the
 * picture. If so, `symmetry` is filled in. */
int ln_symmetry_find(ln_symmetry *symmetry, const ln_layer *layer);

/* Bytes of scratch for ln_fold_rows; a multiple of 4. */
size_t ln_fold_scratch_size(const ln_layer *layer);

/* Adds two input rows to the sums of an output row, [group of LN_DOT_PATCHES places][output][place]: `upper`
 * meets row `ky` of the kernels, ky < kernel / 2, and `lower` row kernel - 1 - ky. Null stands for a row
 * outside the input. */
void ln_fold_rows(const ln_layer *layer, const ln_symmetry *symmetry, unsigned ky, const uint8_t *upper,
                  const uint8_t *lower, uint8_t zero, int32_t *sums, void *scratch);

#endif
