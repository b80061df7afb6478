/* `take` and `make` of the kernels by patches. Only the kernel that is compiled for this processor includes
 * this file. It defines beforehand:
 *
 *   PATCH_GROUP   patches are filled in groups of this many numbers
 *   bytes_of      size of LN_PLACES patches of some numbers each; a multiple of 4
 *   number        type of the elements of patches
 *   patch_begin   where patch number `patch` begins, if each patch has `length` numbers
 *   fill          appends `count` bytes, less `zero`, to a patch. `count` is a multiple of PATCH_GROUP
 *                 except at the patch's end. Returns where the patch goes on
 *   copy          copies `count` bytes, or up to 3 more
 *   dot           for each output o and each patch p: sums[LN_PLACES * o + p] += patch p, of `count`
 *                 numbers, times the weights of output o, which begin at weights + o * step. `zero` is what
 *                 `fill` was given. It may read up to 3 bytes beyond an output's weights */
#include "device/kernels/patches.h"

#define MOST_KERNEL 16

static int keeps_sums(const ln_conv *conv)
{
    return conv->state != NULL;
}

static size_t patch_length(const ln_conv *conv)
{
    return (keeps_sums(conv) ? 1u : conv->layer->kernel) * ln_filter_row_bytes(conv->layer);
}

/* The scratch holds the sums of LN_PLACES places, their patches, and one patch as bytes. */
static int32_t *place_sums(const ln_conv *conv)
{
    return conv->scratch;
}

static number *patches(const ln_conv *conv)
{
    return (number *)(void *)(place_sums(conv) + LN_PLACES * conv->layer->outputs);
}

static uint8_t *patch_bytes(const ln_conv *conv)
{
    return (uint8_t *)patches(conv) + bytes_of(patch_length(conv));
}

/* The rows that patches are made of. */
typedef struct gathering {
    const uint8_t *const *row, *const *end; /* null where a row is outside the picture */
    size_t size, part;                      /* bytes of a row; bytes of it that a filter covers */
    uint8_t *bytes;                         /* room for a patch as bytes */
    uint8_t zero;
} gathering;

/* Fills a patch with what the filter covers from byte `begin` of each row on. `inside` tells whether all of
 * that is in the rows. */
static inline void fill_parts(const gathering *g, int begin, int inside, number *at)
{
    for (const uint8_t *const *row = g->row; row != g->end; row++) {
        const uint8_t *part = g->bytes;

        if (inside && *row)
            part = *row + begin;
        else
            ln_row_piece(*row, g->size, begin, g->part, g->zero, g->bytes);
        at = fill(at, part, g->part, g->zero);
    }
}

/* The same where a row's part is not a whole number of groups: joins the parts first. */
static inline void fill_joined(const gathering *g, int begin, int inside, number *at)
{
    uint8_t *bytes = g->bytes;

    for (const uint8_t *const *row = g->row; row != g->end; row++, bytes += g->part)
        if (inside && *row)
            copy(bytes, *row + begin, g->part);
        else
            ln_row_piece(*row, g->size, begin, g->part, g->zero, bytes);
    fill(at, g->bytes, (size_t)(bytes - g->bytes), g->zero);
}

/* Makes the patches of LN_PLACES places from x on, also of places beyond the row's end: to leave them out
 * would cost more than it saves. */
static void gather(const ln_conv *conv, unsigned x, const uint8_t *const *row, unsigned rows)
{
    const ln_layer *layer = conv->layer;
    size_t part = ln_filter_row_bytes(layer);
    gathering g = {row, row + rows, ln_row_bytes(layer), part, patch_bytes(conv), conv->zero};
    int step = layer->stride * layer->inputs, begin = (int)x * step - layer->padding * layer->inputs;
    int last =
        (int)ln_row_bytes(layer) - (int)ln_whole_words(part); /* so that what `copy` adds is inside, too */
    number *at = patches(conv);

    for (unsigned p = 0; p < LN_PLACES; p++, begin += step)
        if (part % PATCH_GROUP == 0 || rows == 1)
            fill_parts(&g, begin, begin >= 0 && begin <= last, patch_begin(at, p, rows * part));
        else
            fill_joined(&g, begin, begin >= 0 && begin <= last, patch_begin(at, p, rows * part));
}

/* ---- Layers that keep sums --------------------------------------------------------------------- */

static int32_t *kept_sums(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;

    return (int32_t *)conv->state + y % ln_open_rows(layer) * ln_row_sums(layer, LN_PLACES) +
           x * layer->outputs;
}

/* Adds the patches of the newest input row, made from place x on, to output row y. */
static void add_patches(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;
    size_t length = ln_filter_row_bytes(layer);
    unsigned ky = conv->taken - 1u + layer->padding - y * layer->stride;
    int32_t *sums = kept_sums(conv, x, y);

    if (ky == 0 || conv->taken == 1)
        ln_sums_begin(layer, sums);
    if (ky < layer->kernel)
        dot(patches(conv), length, conv->zero, ln_weights(layer, 0) + ky * length, ln_output_step(layer),
            layer->outputs, sums);
}

/* Adds them to every output row from y on that the input row touches. */
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

/* A row that completes an output row is late: `make` adds it. */
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

/* ---- Layers that keep rows --------------------------------------------------------------------- */

LN_NOT_INLINE static const int32_t *sums_of_rows(const ln_conv *conv, unsigned x)
{
    const ln_layer *layer = conv->layer;
    const uint8_t *row[MOST_KERNEL];
    int32_t *sums = place_sums(conv);
    int y = conv->done * layer->stride - layer->padding;

    for (unsigned i = 0; i < layer->kernel; i++, y++)
        row[i] = y < 0 || y >= layer->in_height ? NULL : ln_conv_input(conv, (unsigned)y);
    gather(conv, x, row, layer->kernel);
    ln_sums_begin(layer, sums);
    dot(patches(conv), patch_length(conv), conv->zero, ln_weights(layer, 0), ln_output_step(layer),
        layer->outputs, sums);
    return sums;
}

/* ---- Both -------------------------------------------------------------------------------------- */

/* A late row is added to the output row that it completes, and afterwards to those that follow: the next one
 * to begin takes the place of the complete one. */
static void make(ln_conv *conv, const ln_outputs *to)
{
    const ln_layer *layer = conv->layer;
    ln_tile tile = {NULL, 0, LN_PLACES, 0, layer->outputs};

    for (; tile.x < layer->width; tile.x += LN_PLACES) {
        if (tile.places > layer->width - tile.x)
            tile.places = layer->width - tile.x;
        if (conv->late) {
            gather_newest(conv, tile.x);
            add_patches(conv, tile.x, conv->done);
        }
        tile.sums = keeps_sums(conv) ? kept_sums(conv, tile.x, conv->done) : sums_of_rows(conv, tile.x);
        ln_outputs_put(to, conv, &tile);
        if (conv->late)
            add_to_rows(conv, tile.x, conv->done + 1u);
    }
    conv->late = 0;
}
