/* `take` and `make` of the kernels that work by patches: included once, by the one that is compiled for this
 * processor. It defines beforehand:
 *
 *   PATCH_GROUP   patches are filled in groups of so many numbers
 *   bytes_of      bytes of LN_PLACES patches of so many numbers, a multiple of 4
 *   number        the type of what lies in patches
 *   patch_begin   where the numbers of patch `patch` begin; `length` is how many each patch will have
 *   fill          goes on with a patch: `count` bytes become numbers, less `zero`. `count` is a multiple of
 *                 PATCH_GROUP but at the patch's end. Returns where the patch goes on
 *   copy          copies `count` bytes, or up to 3 more
 *   dot           for each output o and each patch p: sums[LN_PLACES * o + p] += patch p, of `count` numbers,
 *                 times the weights of output o, which begin at weights + o * step. Up to 3 bytes behind an
 *                 output's weights may be read. `zero` is what `fill` was given */
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

static number *patches(const ln_conv *conv)
{
    return (number *)(void *)(place_sums(conv) + LN_PLACES * conv->layer->outputs);
}

static uint8_t *patch_bytes(const ln_conv *conv)
{
    return (uint8_t *)patches(conv) + bytes_of(patch_length(conv));
}

/* How patches are made of some input rows, null for those outside the picture. */
typedef struct gathering {
    const uint8_t *const *row, *const *end;
    size_t part;    /* bytes of a row */
    size_t size;    /* of a whole row */
    uint8_t *bytes; /* room for a patch as bytes */
    uint8_t zero;
} gathering;

/* Fills a patch, row by row: what the filter covers from byte `begin` on. `inside`: whether that is in a row.
 */
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

/* The same where a row's part is no whole number of groups: the parts are joined first. */
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

/* Makes the patches of LN_PLACES places from x on. Those behind the row's end are made, too: to leave them
 * out would cost more than it saves. */
static void gather(const ln_conv *conv, unsigned x, const uint8_t *const *row, unsigned rows)
{
    const ln_layer *layer = conv->layer;
    size_t part = ln_kernel_row_bytes(layer);
    gathering g = {row, row + rows, part, ln_row_bytes(layer), patch_bytes(conv), conv->zero};
    int step = layer->stride * layer->inputs, begin = (int)x * step - layer->padding * layer->inputs;
    int last = (int)ln_row_bytes(layer) - (int)ln_whole_words(part); /* with what `copy` adds */
    number *at = patches(conv);

    for (unsigned p = 0; p < LN_PLACES; p++, begin += step)
        if (part % PATCH_GROUP == 0 || rows == 1)
            fill_parts(&g, begin, begin >= 0 && begin <= last, patch_begin(at, p, rows * part));
        else
            fill_joined(&g, begin, begin >= 0 && begin <= last, patch_begin(at, p, rows * part));
}

/* ---- From the sums that are kept */

static int32_t *kept_sums(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;

    return (int32_t *)conv->state + y % ln_open_rows(layer) * ln_row_sums(layer, LN_PLACES) +
           x * layer->outputs;
}

/* Adds the newest input row, of which the patches from place x on are made, to output row y. */
static void add_patches(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;
    size_t length = ln_kernel_row_bytes(layer);
    unsigned ky = conv->taken - 1u + layer->padding - y * layer->stride;
    int32_t *sums = kept_sums(conv, x, y);

    if (ky == 0 || conv->taken == 1)
        ln_sums_begin(layer, sums);
    if (ky < layer->kernel)
        dot(patches(conv), length, conv->zero, ln_weights(layer, 0) + ky * length, ln_output_step(layer),
            layer->outputs, sums);
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
    ln_sums_begin(layer, sums);
    dot(patches(conv), patch_length(conv), conv->zero, ln_weights(layer, 0), ln_output_step(layer),
        layer->outputs, sums);
    return sums;
}

/* ---- From either */

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
            add_to_rows(conv, tile.x, conv->done + 1u); /* one of which may begin in the place of this one */
    }
    conv->late = 0;
}
