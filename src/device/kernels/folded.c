/* The kernel for a first layer whose filters are symmetric, on every processor: a quarter of the
 * multiplications. Where a filter is even along rows or columns, pixels that meet the same weight are added
 * first; where it is odd, subtracted.
 *
 * Half a filter's height of input rows is kept, and the sums of one output row: a row below the middle meets
 * its mirror image above, both go into the sums, and make room. The sums are in the scratch, since no other
 * layer works before they are complete. */
#include "device/kernels/folded_helium.h"
#include "device/kernels/folded_pairs.h"
#include "device/kernels/folded_portable.h"

#define MOST_KERNEL 16

/* ---- Which layers ------------------------------------------------------------------------------ */

/* The number of the weight that mirrors number i: along rows, or along columns. */
static unsigned row_mirror(const ln_layer *layer, unsigned i)
{
    unsigned row = (unsigned)ln_kernel_row_bytes(layer);

    return i + (layer->kernel - 1u - 2 * (i / row)) * row;
}

static unsigned column_mirror(const ln_layer *layer, unsigned i)
{
    return i + (layer->kernel - 1u - 2 * (i / LN_FOLD_INPUTS % layer->kernel)) * LN_FOLD_INPUTS;
}

static unsigned weights_of(const ln_layer *layer)
{
    return (unsigned)(layer->kernel * ln_kernel_row_bytes(layer));
}

/* 2 if a symmetric filter is odd along rows, plus 1 if it is odd along columns: any weight tells that is not
 * 0. */
static unsigned class_of(const ln_layer *layer, const int8_t *w)
{
    unsigned i = 0;

    while (w[i] == 0 && i + 1 < weights_of(layer))
        i++;
    return 2u * (w[row_mirror(layer, i)] != w[i]) + (w[column_mirror(layer, i)] != w[i]);
}

static void find_classes(const ln_layer *layer, uint8_t *classes)
{
    for (unsigned o = 0; o < layer->outputs; o++)
        classes[o] = (uint8_t)class_of(layer, ln_weights(layer, o));
}

static int symmetric(const ln_layer *layer, const int8_t *w)
{
    unsigned class = class_of(layer, w);

    for (unsigned i = 0; i < weights_of(layer); i++)
        if (w[row_mirror(layer, i)] != (class & 2 ? -w[i] : w[i]) ||
            w[column_mirror(layer, i)] != (class & 1 ? -w[i] : w[i]))
            return 0;
    return 1;
}

/* A filter is at least as high as the stride and at most twice, so that a row is in the upper half of at most
 * one output row's filters and in the lower half of one other's. With less padding than half its height both
 * halves meet the picture. */
static int suits(const ln_conv_task *task)
{
    const ln_layer *layer = task->layer;
    unsigned kernel = layer->kernel, stride = layer->stride;

    if (!task->first || layer->inputs != LN_FOLD_INPUTS || (kernel != 8 && kernel != 12 && kernel != 16) ||
        kernel < stride || kernel > 2 * stride || layer->padding >= kernel / 2)
        return 0;
    for (unsigned o = 0; o < layer->outputs; o++)
        if (!symmetric(layer, ln_weights(layer, o)))
            return 0;
    return 1;
}

static size_t patches_size(unsigned kernel, unsigned target)
{
    switch (target) {
    case LN_HELIUM:
        return ln_fold_helium_bytes(kernel);
    case LN_DSP:
        return ln_fold_pairs_bytes(kernel);
    default:
        return ln_fold_portable_bytes(kernel);
    }
}

static size_t sums_size(const ln_layer *layer, unsigned target)
{
    return ln_row_sums(layer, LN_PLACES_ON(target)) * sizeof(int32_t);
}

/* The state is each output's class. */
static ln_needs needs(const ln_conv_task *task)
{
    const ln_layer *layer = task->layer;
    ln_needs needs = {layer->kernel / 2u, ln_whole_words(layer->outputs),
                      sums_size(layer, task->target) + patches_size(layer->kernel, task->target)};

    return needs;
}

/* ---- Two rows that meet the same weights ------------------------------------------------------- */

static int32_t *sums_of(const ln_conv *conv)
{
    return conv->scratch;
}

static int16_t *patches_of(const ln_conv *conv)
{
    return (int16_t *)(void *)((uint8_t *)conv->scratch + sums_size(conv->layer, LN_TARGET));
}

/* Two such rows, null where one is outside the picture. */
typedef struct row_pair {
    const uint8_t *upper, *lower;
    size_t size;
    unsigned stride; /* bytes from one place to the next */
    uint8_t zero;
} row_pair;

/* Makes the patches of LN_PLACES places, of which the first one's filters begin at byte `first` of the rows.
 * Those behind the row's end are made, too: sums of anything else might overflow. */
static inline void fold_places(const row_pair *rows, int first, unsigned kernel, int16_t *patches)
{
    uint8_t outer[2][MOST_KERNEL * LN_FOLD_INPUTS];
    unsigned count = kernel * LN_FOLD_INPUTS;
    size_t inside = rows->upper && rows->lower ? rows->size - count + 1 : 0;

    for (unsigned p = 0; p < LN_PLACES; p++, first += (int)rows->stride) {
        const uint8_t *upper = outer[0], *lower = outer[1];

        if ((size_t)first < inside) {
            upper = rows->upper + first;
            lower = rows->lower + first;
        } else {
            ln_row_piece(rows->upper, rows->size, first, count, rows->zero, outer[0]);
            ln_row_piece(rows->lower, rows->size, first, count, rows->zero, outer[1]);
        }
        ln_fold_place(patches, p, upper, lower, kernel, rows->zero);
    }
}

/* Adds the patches to the sums of all outputs; `step` lies between the weights of two. Not inline: it needs
 * all registers. */
LN_NOT_INLINE static void add_outputs(const int16_t *patches, const uint8_t *classes, unsigned outputs,
                                      const int8_t *weights, size_t step, unsigned kernel, int32_t *sums)
{
    for (const uint8_t *end = classes + outputs; classes != end; weights += step, sums += LN_PLACES)
        ln_fold_dot(patches, *classes++, weights, kernel, sums);
}

/* Adds two rows to the sums: `upper` meets row `ky` of the filters, `lower` row kernel - 1 - ky. */
static inline void add_pair(const ln_conv *conv, const row_pair *rows, unsigned ky, unsigned kernel)
{
    const ln_layer *layer = conv->layer;
    const int8_t *weights = ln_weights(layer, 0) + ky * kernel * LN_FOLD_INPUTS;
    int16_t *patches = patches_of(conv);
    int32_t *sums = sums_of(conv), *end = sums + ln_row_sums(layer, LN_PLACES);
    int first = -layer->padding * LN_FOLD_INPUTS;

    for (; sums != end; sums += LN_PLACES * layer->outputs, first += (int)(LN_PLACES * rows->stride)) {
        fold_places(rows, first, kernel, patches);
        add_outputs(patches, conv->state, layer->outputs, weights, ln_output_step(layer), kernel, sums);
    }
}

/* ---- Rows in, rows out ------------------------------------------------------------------------- */

/* Where input row `ky` of output row y's filters is kept, one above their middle. Rows below the middle come
 * in the order in which their mirror images make room. A row that the next output row's filters have above
 * their middle as well takes the place of a mirror image, and these are in reverse order. */
static uint8_t *upper_row(const ln_conv *conv, unsigned y, unsigned ky)
{
    unsigned shared = (unsigned)conv->layer->kernel - conv->layer->stride;

    return ln_conv_input(conv, y % 2 != 0 && ky < shared ? shared - 1 - ky : ky);
}

/* Adds input row kernel - 1 - ky of output row y's filters, null for one below the picture, and its mirror
 * image. */
static void fold_row(const ln_conv *conv, unsigned y, unsigned ky, const uint8_t *lower)
{
    const ln_layer *layer = conv->layer;
    int inside = y * layer->stride + ky >= layer->padding;
    row_pair rows = {inside ? upper_row(conv, y, ky) : NULL, lower, ln_row_bytes(layer),
                     (unsigned)layer->stride * LN_FOLD_INPUTS, conv->zero};

    if (layer->kernel == 8) /* what the compiler knows, it unrolls */
        add_pair(conv, &rows, ky, 8);
    else
        add_pair(conv, &rows, ky, layer->kernel);
}

/* The newest row, number `row` from the first one of all filters on, as one below the middle of output row
 * y's. */
static void add_lower(const ln_conv *conv, unsigned y, unsigned row, const uint8_t *bytes)
{
    const ln_layer *layer = conv->layer;
    unsigned half = layer->kernel / 2u, ky = y * layer->stride + layer->kernel - 1 - row;

    if (ky + 1 == half || conv->taken == 0)
        for (unsigned x = 0; x < layer->width; x += LN_PLACES)
            ln_sums_begin(layer, sums_of(conv) + x * layer->outputs);
    fold_row(conv, y, ky, bytes);
    if (conv->taken + 1u == layer->in_height)
        while (ky-- > 0)
            fold_row(conv, y, ky, NULL);
}

static void take(ln_conv *conv, const uint8_t *bytes)
{
    const ln_layer *layer = conv->layer;
    unsigned half = layer->kernel / 2u, row = (unsigned)conv->taken + layer->padding;
    unsigned y = row / layer->stride, ky = row % layer->stride; /* as one above the middle */

    if (conv->taken == 0)
        find_classes(layer, conv->state);
    if (row >= conv->done * layer->stride + half && conv->done < layer->height)
        add_lower(conv, conv->done, row, bytes);
    if (ky < half)
        memcpy(upper_row(conv, y, ky), bytes, ln_row_bytes(layer));
    conv->taken++;
}

static void make(ln_conv *conv, const ln_outputs *to)
{
    const ln_layer *layer = conv->layer;
    ln_tile tile = {sums_of(conv), 0, LN_PLACES, 0, layer->outputs};

    for (; tile.x < layer->width; tile.x += LN_PLACES, tile.sums += LN_PLACES * layer->outputs) {
        if (tile.places > layer->width - tile.x)
            tile.places = layer->width - tile.x;
        ln_outputs_put(to, conv, &tile);
    }
}

const ln_kernel ln_kernel_folded = {suits, needs, take, make};
