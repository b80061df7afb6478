/* `take` and `make` of the kernels that work by patches: included once, by the one that is compiled for this
 * processor. It defines beforehand:
 *
 *   PATCH_GROUP   patches are filled in groups of so many numbers
 *   bytes_of      bytes of LN_PLACES patches of so many numbers, a multiple of 4
 *   fill          makes numbers of patch `patch`, which has `length` of them, from number `at` on: `count` bytes
 *                 less `zero`. `at` is a multiple of PATCH_GROUP, and so is `count` but at the patch's end
 *   copy          copies `count` bytes, or up to 3 more
 *   dot           for each output o and each patch p: sums[LN_PLACES * o + p] += patch p, of `count` numbers,
 *                 times the weights of output o, which begin at weights + o * step. Up to 3 bytes behind an
 *                 output's weights may be read */
#include "device/kernels/patches.h"

#define MOST_KERNEL 16

static int keeps_sums(const ln_conv *conv)
{
    return conv->state != NULL;
}

static size_t patch_length(const ln_conv *conv)
{
    return (keeps_sums(conv) ? 1u : conv->layer->kernel) * ln_kernel_row_bytes(conv->layer);
}

/* The scratch: sums of LN_PLACES places, their patches, and room for a patch as bytes. */
static int32_t *place_sums(const ln_conv *conv)
{
    return conv->scratch;
}

static int16_t *patches(const ln_conv *conv)
{
    return (int16_t *)(void *)(place_sums(conv) + LN_PLACES * conv->layer->outputs);
}

static uint8_t *patch_bytes(const ln_conv *conv)
{
    return (uint8_t *)patches(conv) + bytes_of(patch_length(conv));
}

/* What the layer's kernel covers of an input row from byte `begin` on. `inside`: whether all of that is in a
 * row; `outer` is room for it where it is not. Null rows are outside the picture. */
static inline const uint8_t *part_of(const ln_conv *conv, const uint8_t *row, int begin, int inside,
                                     uint8_t *outer)
{
    if (inside && row)
        return row + begin;
    ln_row_piece(conv, row, begin, ln_kernel_row_bytes(conv->layer), outer);
    return outer;
}

/* Fills patch `p` from some input rows, part by part. */
static inline void fill_parts(const ln_conv *conv, const uint8_t *const *row, unsigned rows, int begin,
                              int inside, unsigned p)
{
    size_t part = ln_kernel_row_bytes(conv->layer), at = 0;
    uint8_t *outer = patch_bytes(conv);

    for (const uint8_t *const *end = row + rows; row != end; row++, at += part)
        fill(patches(conv), p, rows * part, at, part_of(conv, *row, begin, inside, outer), part, conv->zero);
}

/* The same where a row's part is no whole number of groups: the parts are joined first. */
static inline void fill_joined(const ln_conv *conv, const uint8_t *const *row, unsigned rows, int begin,
                               int inside, unsigned p)
{
    size_t part = ln_kernel_row_bytes(conv->layer), length = rows * part;
    uint8_t *bytes = patch_bytes(conv);

    for (const uint8_t *const *end = row + rows; row != end; row++, bytes += part)
        if (inside && *row)
            copy(bytes, *row + begin, part);
        else
            ln_row_piece(conv, *row, begin, part, bytes);
    fill(patches(conv), p, length, 0, patch_bytes(conv), length, conv->zero);
}

/* Makes the patches of LN_PLACES places from x on, of `rows` input rows. Those behind the row's end are made,
 * too: to leave them out would cost more than it saves. */
static void gather(const ln_conv *conv, unsigned x, const uint8_t *const *row, unsigned rows)
{
    const ln_layer *layer = conv->layer;
    size_t part = ln_kernel_row_bytes(layer);
    int step = layer->stride * layer->inputs, begin = (int)x * step - layer->padding * layer->inputs;
    int last = (int)ln_row_bytes(layer) - (int)ln_whole_words(part); /* with what `copy` adds */

    for (unsigned p = 0; p < LN_PLACES; p++, begin += step)
        if (part % PATCH_GROUP == 0 || rows == 1)
            fill_parts(conv, row, rows, begin, begin >= 0 && begin <= last, p);
        else
            fill_joined(conv, row, rows, begin, begin >= 0 && begin <= last, p);
}

static void set_biases(const ln_layer *layer, int32_t *sums)
{
    for (unsigned o = 0; o < layer->outputs; o++) {
        int32_t bias = ln_i32((const uint8_t *)ln_weights(layer, o) - 8);

        for (unsigned p = 0; p < LN_PLACES; p++)
            *sums++ = bias;
    }
}

/* ---- From the sums that are kept */

static int32_t *kept_sums(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;

    return (int32_t *)conv->state + y % ln_open_rows(layer) * ln_row_sums(layer, LN_PLACES) + x * layer->outputs;
}

/* Adds the newest input row, of which the patches from place x on are made, to output row y. */
static void add_patches(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;
    size_t length = ln_kernel_row_bytes(layer);
    unsigned ky = conv->taken - 1u + layer->padding - y * layer->stride;
    int32_t *sums = kept_sums(conv, x, y);

    if (ky == 0 || conv->taken == 1)
        set_biases(layer, sums);
    if (ky < layer->kernel)
        dot(patches(conv), length, ln_weights(layer, 0) + ky * length, ln_output_step(layer), layer->outputs,
            sums);
}

/* The same for every output row from y on that the input row touches. */
static void add_to_rows(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;

    for (; y < layer->height && y * layer->stride < (unsigned)conv->taken + layer->padding; y++)
        add_patches(conv, x, y);
}

static void gather_newest(const ln_conv *conv, unsigned x)
{
    const uint8_t *newest = ln_conv_input(conv, conv->taken - 1u);

    gather(conv, x, &newest, 1);
}

static void take(ln_conv *conv, const uint8_t *row)
{
    ln_conv_keep(conv, row);
    if (!keeps_sums(conv))
        return;
    conv->late = (uint8_t)ln_conv_ready(conv);
    for (unsigned x = 0; !conv->late && x < conv->layer->width; x += LN_PLACES) {
        gather_newest(conv, x);
        add_to_rows(conv, x, conv->done);
    }
}

/* Completes the sums with the late row, and adds it to the output rows behind, one of which may begin in their
 * place. */
static const int32_t *late_sums(const ln_conv *conv, unsigned x)
{
    int32_t *sums = place_sums(conv);

    gather_newest(conv, x);
    add_patches(conv, x, conv->done);
    memcpy(sums, kept_sums(conv, x, conv->done), LN_PLACES * conv->layer->outputs * sizeof *sums);
    add_to_rows(conv, x, conv->done + 1u);
    return sums;
}

/* ---- From the rows that are kept */

LN_NOT_INLINE static const int32_t *sums_of_rows(const ln_conv *conv, unsigned x)
{
    const ln_layer *layer = conv->layer;
    const uint8_t *row[MOST_KERNEL];
    int32_t *sums = place_sums(conv);
    int y = conv->done * layer->stride - layer->padding;

    for (unsigned i = 0; i < layer->kernel; i++, y++)
        row[i] = y < 0 || y >= layer->in_height ? NULL : ln_conv_input(conv, (unsigned)y);
    gather(conv, x, row, layer->kernel);
    set_biases(layer, sums);
    dot(patches(conv), patch_length(conv), ln_weights(layer, 0), ln_output_step(layer), layer->outputs, sums);
    return sums;
}

/* ---- From either */

static const int32_t *sums_at(ln_conv *conv, unsigned x)
{
    if (!keeps_sums(conv))
        return sums_of_rows(conv, x);
    return conv->late ? late_sums(conv, x) : kept_sums(conv, x, conv->done);
}

static void make(ln_conv *conv, const ln_outputs *to)
{
    const ln_layer *layer = conv->layer;
    ln_tile tile = {NULL, 0, LN_PLACES, 0, layer->outputs};

    for (; tile.x < layer->width; tile.x += LN_PLACES) {
        tile.sums = sums_at(conv, tile.x);
        if (tile.places > layer->width - tile.x)
            tile.places = layer->width - tile.x;
        ln_outputs_put(to, conv, &tile);
    }
    conv->late = 0;
}
