#include "device/fold.h"

#include <string.h>

#include "device/conv.h"

#if defined LN_DOT_MVE
#include "device/fold_mve.h"
#elif defined LN_DOT_DSP
#include "device/fold_dsp.h"
#else
#include "device/fold_plain.h"
#endif

#define MOST_KERNEL 16

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

            for (unsigned i = 0; i < LN_FOLD_INPUTS; i++)
                if (w[(y * kernel + x) * LN_FOLD_INPUTS + i] !=
                    sign * w[(my * kernel + mx) * LN_FOLD_INPUTS + i])
                    return 0;
        }
    }
    return 1;
}

static int shape_folds(const ln_layer *layer)
{
    unsigned kernel = layer->kernel, stride = layer->stride;

    return layer->inputs == LN_FOLD_INPUTS && (kernel == 8 || kernel == 12 || kernel == 16) &&
           kernel >= stride && kernel <= 2 * stride && layer->padding < kernel / 2;
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
        symmetry->class[o] = (uint8_t)(2 * odd_rows + odd_columns);
    }
    return 1;
}

size_t ln_fold_scratch_size(const ln_layer *layer)
{
    return ln_fold_size(layer->kernel);
}

/* Two rows that meet the same weights, null where one is outside. */
typedef struct row_pair {
    const ln_layer *layer;
    const uint8_t *upper, *lower;
    uint8_t zero;
} row_pair;

/* What a kernel covers of a row from pixel `first` on, where that is partly or wholly outside. */
static void put_together(const row_pair *rows, const uint8_t *row, int first, uint8_t *bytes)
{
    const ln_layer *layer = rows->layer;
    int begin = first < 0 ? 0 : first;
    int end = first + layer->kernel < layer->in_width ? first + layer->kernel : layer->in_width;

    memset(bytes, rows->zero, (size_t)layer->kernel * LN_FOLD_INPUTS);
    if (row && begin < end)
        memcpy(bytes + (begin - first) * LN_FOLD_INPUTS, row + begin * LN_FOLD_INPUTS,
               (size_t)((end - begin) * LN_FOLD_INPUTS));
}

static void fold_outer_place(const row_pair *rows, int first, int16_t *patches, unsigned patch)
{
    uint8_t upper[MOST_KERNEL * LN_FOLD_INPUTS], lower[MOST_KERNEL * LN_FOLD_INPUTS];

    put_together(rows, rows->upper, first, upper);
    put_together(rows, rows->lower, first, lower);
    ln_fold_place(patches, patch, upper, lower, rows->layer->kernel, rows->zero);
}

/* How many of LN_DOT_PATCHES places, of which the first one's kernel begins at pixel `first`, come before the
 * one whose kernel ends outside the rows. */
static unsigned places_inside(const row_pair *rows, int first)
{
    int room = rows->layer->in_width - rows->layer->kernel - first;
    unsigned places;

    if (!rows->upper || !rows->lower || room < 0)
        return 0;
    places = (unsigned)room / rows->layer->stride + 1;
    return places < LN_DOT_PATCHES ? places : LN_DOT_PATCHES;
}

/* The patches at these places. Those behind the row's end are made as well: sums of anything else might
 * overflow. */
static inline void fold_places(const row_pair *rows, int first, int16_t *patches, unsigned kernel)
{
    int stride = rows->layer->stride;
    unsigned patch = 0, end = places_inside(rows, first);
    uint8_t zero = rows->zero;

    if (first <
        0) { /* only one place: there is less padding than half a kernel, and that is no more than a stride */
        fold_outer_place(rows, first, patches, patch++);
        first += stride;
    }
    if (patch < end) {
        const uint8_t *upper = rows->upper + first * LN_FOLD_INPUTS,
                      *lower = rows->lower + first * LN_FOLD_INPUTS;

        first += (int)(end - patch) * stride;
        for (; patch < end; patch++, upper += stride * LN_FOLD_INPUTS, lower += stride * LN_FOLD_INPUTS)
            ln_fold_place(patches, patch, upper, lower, kernel, zero);
    }
    for (; patch < LN_DOT_PATCHES; patch++, first += stride)
        fold_outer_place(rows, first, patches, patch);
}

/* ln_fold_rows for kernels of this size. */
static inline void fold_rows(const row_pair *rows, const ln_symmetry *symmetry, unsigned ky, int32_t *sums,
                             int16_t *patches, unsigned kernel)
{
    const ln_layer *layer = rows->layer;
    const int8_t *w = weights(layer, 0) + ky * kernel * LN_FOLD_INPUTS;
    size_t step = ln_conv_output_step(layer), group = (size_t)layer->outputs * LN_DOT_PATCHES;

    for (unsigned x = 0; x < layer->width; x += LN_DOT_PATCHES, sums += group) {
        fold_places(rows, (int)(x * layer->stride) - layer->padding, patches, kernel);
        ln_fold_dot(patches, symmetry->class, layer->outputs, w, step, kernel, sums);
    }
}

void ln_fold_rows(const ln_layer *layer, const ln_symmetry *symmetry, unsigned ky, const uint8_t *upper,
                  const uint8_t *lower, uint8_t zero, int32_t *sums, void *scratch)
{
    const row_pair rows = {layer, upper, lower, zero};

    switch (layer->kernel) {
    case 8:
        fold_rows(&rows, symmetry, ky, sums, scratch, 8);
        break;
    case 12:
        fold_rows(&rows, symmetry, ky, sums, scratch, 12);
        break;
    case 16:
        fold_rows(&rows, symmetry, ky, sums, scratch, 16);
        break;
    }
}
