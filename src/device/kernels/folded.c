/* The folding kernel, for a first layer with symmetric filters, on every processor. It makes a quarter of the
 * multiplications: where a filter is even along rows or columns, it first adds the pixels that meet the same
 * weight; where a filter is odd, it subtracts them.
 *
 * It keeps half a filter's height of input rows and the sums of one output row. Each row below the filters'
 * middle meets its mirror image, a kept row; both go into the sums, and the kept row makes room. The sums lie
 * in the scratch, since no other layer works before they are complete. */
#include "device/kernels/folded_helium.h"
#include "device/kernels/folded_pairs.h"
#include "device/kernels/folded_portable.h"

#define MOST_KERNEL 16

/* ---- Which layers ------------------------------------------------------------------------------ */

/* Which weight mirrors weight i, along rows or along columns. */
static unsigned row_mirror(const ln_layer *layer, unsigned i)
{
    unsigned row = (unsigned)ln_filter_row_bytes(layer);

    return i + (layer->kernel - 1u - 2 * (i / row)) * row;
}

static unsigned column_mirror(const ln_layer *layer, unsigned i)
{
    return i + (layer->kernel - 1u - 2 * (i / LN_FOLD_INPUTS % layer->kernel)) * LN_FOLD_INPUTS;
}

static unsigned weights_of(const ln_layer *layer)
{
    return (unsigned)(layer->kernel * ln_filter_row_bytes(layer));
}

/* The class of a symmetric filter: 2 if it is odd along rows, plus 1 if it is odd along columns. Any weight
 * but 0 tells it. */
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

/* Layers of colours with symmetric filters of 8, 12 or 16 pixels. A filter is as high as the stride or up to
 * twice as high, so that an input row is above the middle for one output row at most and below the middle for
 * one at most. The padding is less than half a filter, so that both halves meet the picture. */
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

/* The state holds each output's class, the scratch the sums and the patches. */
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

/* Two such rows. */
typedef struct row_pair {
    const uint8_t *upper, *lower; /* null where one is outside the picture */
    size_t size;                  /* bytes of a row */
    unsigned stride;              /* bytes from one place to the next */
    uint8_t zero;
} row_pair;

/* Makes the patches of LN_PLACES places; the first place's filter begins at byte `first` of the rows. It
 * makes those of places beyond the row's end, too: with anything else their sums might overflow. */
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

/* Adds the patches to the sums of all outputs. `step` is the distance of two outputs' weights. */
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

/* Where input row `ky` of output row y's filters is kept, a row above their middle. Places become free in the
 * order of the mirror images, from the middle up. If output rows share input rows, the first rows of the next
 * output row take these places in that order; so on every other output row they lie in reverse. */
static uint8_t *upper_row(const ln_conv *conv, unsigned y, unsigned ky)
{
    unsigned shared = (unsigned)conv->layer->kernel - conv->layer->stride;

    return ln_conv_input(conv, y % 2 != 0 && ky < shared ? shared - 1 - ky : ky);
}

/* Adds input row kernel - 1 - ky of output row y's filters, `lower`, and its mirror image, row ky. `lower` is
 * null below the picture. */
static void fold_row(const ln_conv *conv, unsigned y, unsigned ky, const uint8_t *lower)
{
    const ln_layer *layer = conv->layer;
    int inside = y * layer->stride + ky >= layer->padding;
    row_pair rows = {inside ? upper_row(conv, y, ky) : NULL, lower, ln_row_bytes(layer),
                     (unsigned)layer->stride * LN_FOLD_INPUTS, conv->zero};

    if (layer->kernel == 8) /* a constant, so that the compiler unrolls the loops */
        add_pair(conv, &rows, ky, 8);
    else
        add_pair(conv, &rows, ky, layer->kernel);
}

/* Adds the newest row, which is below the middle of output row y's filters. `row` counts from the first row
 * of output row 0's filters. */
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
    unsigned y = row / layer->stride,
             ky = row % layer->stride; /* of the filters that have it above their middle */

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
