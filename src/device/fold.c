#include "device/fold.h"

#include <string.h>

#include "device/conv.h"

#ifdef __ARM_FEATURE_DSP
#include "device/fold_dsp.h"
#else
#include "device/fold_plain.h"
#endif

#define INPUTS 3
#define MOST_BLOCK (16 / 2 * INPUTS) /* numbers: a kernel has at most 16 columns */
#define CLASSES 4                    /* even or odd rows, even or odd columns */

static unsigned block_numbers(const ln_layer *layer)
{
    return layer->stride * INPUTS;
}

static const int8_t *weights(const ln_layer *layer, unsigned output)
{
    return (const int8_t *)layer->parameters + output * ln_conv_output_step(layer) + 8;
}

/* Whether each weight is `sign` times the one at the place mirrored along rows or columns. */
static int mirrored(const ln_layer *layer, const int8_t *w, unsigned rows, unsigned columns, int sign)
{
    unsigned kernel = layer->kernel;

    for (unsigned y = 0; y < kernel; y++) {
        for (unsigned x = 0; x < kernel; x++) {
            unsigned my = rows ? kernel - 1 - y : y, mx = columns ? kernel - 1 - x : x;

            for (unsigned i = 0; i < INPUTS; i++)
                if (w[(y * kernel + x) * INPUTS + i] != sign * w[(my * kernel + mx) * INPUTS + i])
                    return 0;
        }
    }
    return 1;
}

static int shape_folds(const ln_layer *layer)
{
    return layer->inputs == INPUTS && layer->stride % 4 == 0 && layer->kernel == 2 * layer->stride &&
           layer->padding < layer->stride;
}

int ln_symmetry_find(ln_symmetry *symmetry, const ln_layer *layer)
{
    memset(symmetry, 0, sizeof *symmetry);
    if (!shape_folds(layer))
        return 0;
    for (unsigned o = 0; o < layer->outputs; o++) {
        const int8_t *w = weights(layer, o);
        int odd_rows = !mirrored(layer, w, 1, 0, 1), odd_columns = !mirrored(layer, w, 0, 1, 1);

        if ((odd_rows && !mirrored(layer, w, 1, 0, -1)) || (odd_columns && !mirrored(layer, w, 0, 1, -1)))
            return 0;
        symmetry->odd_rows[o / 8] |= (uint8_t)(odd_rows << o % 8);
        symmetry->odd_columns[o / 8] |= (uint8_t)(odd_columns << o % 8);
    }
    return 1;
}

/* Number of an output's class. */
static unsigned class_of(const ln_symmetry *symmetry, unsigned output)
{
    unsigned odd_rows = symmetry->odd_rows[output / 8] >> output % 8 & 1;
    unsigned odd_columns = symmetry->odd_columns[output / 8] >> output % 8 & 1;

    return 2 * odd_rows + odd_columns;
}

/* What ln_fold_rows keeps in its scratch, one behind the other. */
typedef struct parts {
    int16_t *patches;  /* by class */
    int16_t *wide;     /* weights of one kernel row, by output */
    int16_t *block[2]; /* a place's left and right block, in turn: sums, then differences */
    uint16_t *class;   /* by output: where the patches of its class begin */
} parts;

size_t ln_fold_scratch_size(const ln_layer *layer)
{
    unsigned numbers = block_numbers(layer);

    return CLASSES * ln_dot_size(numbers) + (layer->outputs + 4u) * numbers * sizeof(int16_t) +
           (layer->outputs + 1u) / 2 * 2 * sizeof(uint16_t);
}

static parts take_apart(const ln_layer *layer, void *scratch)
{
    unsigned numbers = block_numbers(layer);
    parts p;

    p.patches = scratch;
    p.wide = p.patches + CLASSES * ln_dot_size(numbers) / sizeof(int16_t);
    p.block[0] = p.wide + layer->outputs * numbers;
    p.block[1] = p.block[0] + 2 * numbers;
    p.class = (uint16_t *)p.block[1] + 2 * numbers;
    return p;
}

/* Two rows that meet the same weights, null where one is outside. Blocks `inner_begin` to in front of `inner_end` lie inside. */
typedef struct row_pair {
    const ln_layer *layer;
    const uint8_t *upper, *lower;
    unsigned inner_begin, inner_end;
    uint8_t zero;
} row_pair;

static row_pair pair_rows(const ln_layer *layer, const uint8_t *upper, const uint8_t *lower, uint8_t zero)
{
    unsigned stride = layer->stride, padding = layer->padding;
    row_pair rows = {layer, upper, lower, (padding + stride - 1) / stride, 0, zero};

    if (upper != NULL && lower != NULL)
        rows.inner_end = (layer->in_width + padding) / stride;
    return rows;
}

/* The bytes of a block, which begins at pixel `first`, where it is partly or wholly outside. */
static void put_together(const row_pair *rows, const uint8_t *row, int first, uint8_t *bytes)
{
    const ln_layer *layer = rows->layer;
    int begin = first < 0 ? 0 : first;
    int end = first + layer->stride < layer->in_width ? first + layer->stride : layer->in_width;

    memset(bytes, rows->zero, block_numbers(layer));
    if (row != NULL && begin < end)
        memcpy(bytes + (begin - first) * INPUTS, row + begin * INPUTS, (size_t)((end - begin) * INPUTS));
}

static void fold_outer_block(const row_pair *rows, int first, int16_t *block)
{
    uint8_t upper[MOST_BLOCK], lower[MOST_BLOCK];
    unsigned numbers = block_numbers(rows->layer);

    put_together(rows, rows->upper, first, upper);
    put_together(rows, rows->lower, first, lower);
    ln_fold_block(block, block + numbers, upper, lower, numbers, rows->zero);
}

static inline void fold_block(const row_pair *rows, unsigned number, unsigned numbers, int16_t *block)
{
    int first = (int)(number * rows->layer->stride) - rows->layer->padding;

    if (number >= rows->inner_begin && number < rows->inner_end)
        ln_fold_block(block, block + numbers, rows->upper + first * INPUTS, rows->lower + first * INPUTS,
                      numbers, rows->zero);
    else
        fold_outer_block(rows, first, block);
}

/* All outputs at LN_DOT_PATCHES places; returns where the sums of the next places are. */
static int32_t *add_outputs(const parts *p, unsigned outputs, unsigned numbers, int32_t *sums)
{
    const int16_t *wide = p->wide;

    for (unsigned o = 0; o < outputs; o++, wide += numbers, sums += LN_DOT_PATCHES)
        ln_fold_dot(sums, p->patches + p->class[o], wide, numbers);
    return sums;
}

void ln_fold_rows(const ln_layer *layer, const ln_symmetry *symmetry, unsigned ky, const uint8_t *upper,
                  const uint8_t *lower, uint8_t zero, int32_t *sums, void *scratch)
{
    const row_pair rows = pair_rows(layer, upper, lower, zero);
    unsigned numbers = block_numbers(layer);
    size_t patches = ln_dot_size(numbers) / sizeof(int16_t); /* of one class */
    parts p = take_apart(layer, scratch);

    for (unsigned o = 0; o < layer->outputs; o++) {
        ln_fold_widen(p.wide + o * numbers, weights(layer, o) + ky * 2 * numbers, numbers);
        p.class[o] = (uint16_t)(class_of(symmetry, o) * patches);
    }
    fold_block(&rows, 0, numbers, p.block[0]);
    for (unsigned x = 0; x < layer->width; x += LN_DOT_PATCHES) {
        /* Places behind the row's end are made as well: sums of anything else might overflow. */
        for (unsigned i = 0; i < LN_DOT_PATCHES; i++) {
            const int16_t *left = p.block[(x + i) % 2];
            int16_t *right = p.block[(x + i + 1) % 2];

            fold_block(&rows, x + i + 1, numbers, right);
            ln_fold_place(p.patches, p.patches + patches, i, left, right, numbers);
            ln_fold_place(p.patches + 2 * patches, p.patches + 3 * patches, i, left + numbers,
                          right + numbers, numbers);
        }
        sums = add_outputs(&p, layer->outputs, numbers, sums);
    }
}
