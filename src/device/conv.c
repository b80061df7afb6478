#include "device/conv.h"

#include <string.h>

#ifdef LN_DOT_MVE
#include "device/dot_mve.h"
#endif

#define MOST_KERNEL 16
#define COPIED_TOO 3 /* bytes that copy_words may copy besides */

static size_t whole_words(size_t bytes)
{
    return (bytes + 3) / 4 * 4;
}

static size_t row_bytes(const ln_layer *layer)
{
    return (size_t)layer->in_width * layer->inputs;
}

/* What one row of the kernel covers. */
static size_t kernel_row(const ln_layer *layer)
{
    return (size_t)layer->kernel * layer->inputs;
}

static const int8_t *weights(const ln_layer *layer)
{
    return (const int8_t *)layer->parameters + 8;
}

/* Sums of one output row: its width is rounded up to whole groups of places. */
static size_t row_sums(const ln_layer *layer)
{
    size_t groups = (layer->width + LN_DOT_PATCHES - 1u) / LN_DOT_PATCHES;

    return groups * LN_DOT_PATCHES * layer->outputs;
}

/* Output rows that have begun and are not complete. Where an input row completes one and begins another, they
 * take turns. */
static unsigned open_rows(const ln_conv *conv)
{
    const ln_layer *layer = conv->layer;

    if (conv->kind == LN_CONV_FOLDED || layer->kernel == 1)
        return 1;
    return (layer->kernel + layer->stride - 2u) / layer->stride;
}

static unsigned kept_rows(const ln_conv *conv)
{
    switch (conv->kind) {
    case LN_CONV_TENSOR:
        return conv->layer->in_height;
    case LN_CONV_ROWS:
        return conv->layer->kernel;
    case LN_CONV_FOLDED:
        return conv->layer->kernel / 2u;
    default:
        return 1;
    }
}

static int keeps_sums(const ln_conv *conv)
{
    return conv->kind == LN_CONV_SUMS || conv->kind == LN_CONV_FOLDED;
}

/* All sums that are kept. */
static size_t sums_size(const ln_conv *conv)
{
    return keeps_sums(conv) ? open_rows(conv) * row_sums(conv->layer) * sizeof(int32_t) : 0;
}

static size_t rows_size(const ln_conv *conv)
{
    return whole_words(kept_rows(conv) * row_bytes(conv->layer));
}

static size_t parts_size(const ln_conv *conv)
{
    return conv->lanes ? whole_words(conv->layer->outputs * sizeof(uint16_t)) : 0;
}

size_t ln_conv_size(const ln_conv *conv)
{
    if (conv->kind == LN_CONV_FOLDED)
        return rows_size(conv);
    return sums_size(conv) + rows_size(conv) + parts_size(conv);
}

static void init(ln_conv *conv, const ln_layer *layer, uint8_t zero, ln_conv_kind kind)
{
    memset(conv, 0, sizeof *conv);
    conv->layer = layer;
    conv->zero = zero;
    conv->kind = (uint8_t)kind;
}

void ln_conv_init_folded(ln_conv *conv, const ln_layer *layer, uint8_t zero, const ln_symmetry *symmetry)
{
    init(conv, layer, zero, LN_CONV_FOLDED);
    conv->symmetry = symmetry;
}

void ln_conv_init_tensor(ln_conv *conv, const ln_layer *layer, uint8_t zero)
{
    init(conv, layer, zero, LN_CONV_TENSOR);
    conv->lanes = (uint8_t)ln_lanes_fit(layer);
}

void ln_conv_init(ln_conv *conv, const ln_layer *layer, uint8_t zero)
{
    size_t with_rows;

    init(conv, layer, zero, LN_CONV_ROWS);
    conv->lanes = (uint8_t)ln_lanes_fit(layer);
    if (conv->lanes)
        return;
    with_rows = ln_conv_size(conv);
    conv->kind = LN_CONV_SUMS;
    if (with_rows <= ln_conv_size(conv))
        conv->kind = LN_CONV_ROWS;
}

static size_t patch_length(const ln_conv *conv)
{
    return (keeps_sums(conv) ? 1u : conv->layer->kernel) * kernel_row(conv->layer);
}

static size_t place_sums_size(const ln_conv *conv)
{
    return LN_DOT_PATCHES * conv->layer->outputs * sizeof(int32_t);
}

size_t ln_conv_scratch_size(const ln_conv *conv)
{
    size_t length = patch_length(conv);

    if (conv->kind == LN_CONV_FOLDED)
        return sums_size(conv) + ln_fold_scratch_size(conv->layer);
    if (conv->lanes)
        return ln_lanes_scratch_size(conv->layer);
    return place_sums_size(conv) + ln_dot_size(length) + whole_words(length + COPIED_TOO);
}

/* Behind the rows, as others may read those (LN_CONV_TENSOR). */
static uint16_t *parts_of(const ln_conv *conv)
{
    return (uint16_t *)(void *)(conv->rows + rows_size(conv));
}

void ln_conv_begin(ln_conv *conv, void *memory, void *scratch)
{
    conv->taken = 0;
    conv->done = 0;
    conv->late = 0;
    conv->scratch = scratch;
    if (conv->kind == LN_CONV_FOLDED) {
        conv->sums = scratch;
        conv->rows = memory;
        return;
    }
    conv->sums = memory;
    conv->rows = (uint8_t *)memory + sums_size(conv);
    if (conv->lanes)
        ln_lanes_find_parts(conv->layer, conv->zero, parts_of(conv));
}

static uint8_t *input_row(const ln_conv *conv, unsigned number)
{
    return conv->rows + number % kept_rows(conv) * row_bytes(conv->layer);
}

uint8_t *ln_conv_row(const ln_conv *conv)
{
    return input_row(conv, conv->taken);
}

/* Parts of the scratch. A folded layer has its sums in front, others the sums of LN_DOT_PATCHES places. */
static int32_t *place_sums(const ln_conv *conv)
{
    return conv->scratch;
}

static int16_t *patches(const ln_conv *conv)
{
    size_t sums = conv->kind == LN_CONV_FOLDED ? sums_size(conv) : place_sums_size(conv);

    return (int16_t *)(void *)((uint8_t *)conv->scratch + sums);
}

/* What the kernel covers at one place, as it is. */
static uint8_t *patch_bytes(const ln_conv *conv)
{
    return (uint8_t *)patches(conv) + ln_dot_size(patch_length(conv));
}

/* The input rows that the kernel covers from `top` on; null for those outside. */
static void find_rows(const ln_conv *conv, int top, unsigned rows, const uint8_t **row)
{
    for (int y = top; rows > 0; rows--, y++)
        *row++ = y < 0 || y >= conv->layer->in_height ? NULL : input_row(conv, (unsigned)y);
}

/* What the kernel covers of a row from pixel `left` on, where that is partly or wholly outside. */
static const uint8_t *put_together(const ln_conv *conv, const uint8_t *row, int left, uint8_t *bytes)
{
    const ln_layer *layer = conv->layer;
    int begin = left < 0 ? 0 : left;
    int end = left + layer->kernel < layer->in_width ? left + layer->kernel : layer->in_width;

    memset(bytes, conv->zero, kernel_row(layer));
    if (row && begin < end) /* begin >= end only for places behind the row's end */
        memcpy(bytes + (begin - left) * layer->inputs, row + begin * layer->inputs,
               (size_t)((end - begin) * layer->inputs));
    return bytes;
}

/* Copies whole words: up to 3 bytes more than asked for. */
static void copy_words(uint8_t *to, const uint8_t *from, size_t count)
{
#ifdef LN_DOT_MVE
    ln_dot_copy(to, from, count);
#else
    const uint8_t *end = from + count;

    do {
        uint32_t word;

        memcpy(&word, from, sizeof word);
        memcpy(to, &word, sizeof word);
        from += sizeof word;
        to += sizeof word;
    } while (from < end);
#endif
}

/* What the kernel covers at output place x in some input rows becomes a patch: each row's part behind the one
 * of the row before. */
static void gather(const ln_conv *conv, unsigned x, const uint8_t *const *row, unsigned rows, unsigned patch)
{
    const ln_layer *layer = conv->layer;
    int left = (int)(x * layer->stride) - layer->padding, begin = left * layer->inputs;
    size_t part = kernel_row(layer), length = rows * part;
    uint8_t *outer;
    /* Inside with what copy_words takes along. */
    int inside = begin >= 0 && (size_t)begin + whole_words(part) <= row_bytes(layer);

    if (part % LN_DOT_GROUP == 0 || rows == 1) {
        for (unsigned i = 0; i < rows; i++) {
            const uint8_t *bytes =
                inside && row[i] ? row[i] + begin : put_together(conv, row[i], left, patch_bytes(conv));

            ln_dot_fill(patches(conv), patch, length, i * part, bytes, part, conv->zero);
        }
        return;
    }
    outer = patch_bytes(conv);
    for (unsigned i = 0; i < rows; i++) {
        if (inside && row[i])
            copy_words(outer + i * part, row[i] + begin, part);
        else
            put_together(conv, row[i], left, outer + i * part);
    }
    ln_dot_fill(patches(conv), patch, length, 0, outer, length, conv->zero);
}

/* The patches of LN_DOT_PATCHES places from x on. Those behind the row's end are made, too: a special case
 * would cost more than it saves. */
static void gather_places(const ln_conv *conv, unsigned x, const uint8_t *const *row, unsigned rows)
{
    for (unsigned p = 0; p < LN_DOT_PATCHES; p++)
        gather(conv, x + p, row, rows, p);
}

static void set_biases(const ln_layer *layer, int32_t *sums)
{
    size_t step = ln_conv_output_step(layer);

    for (unsigned o = 0; o < layer->outputs; o++) {
        int32_t bias = ln_i32(layer->parameters + o * step);

        for (unsigned p = 0; p < LN_DOT_PATCHES; p++)
            *sums++ = bias;
    }
}

static int32_t *open_row(const ln_conv *conv, unsigned y)
{
    return conv->sums + y % open_rows(conv) * row_sums(conv->layer);
}

/* Adds the newest input row, which lies in the patches from place x on, to output row y, if it touches it. */
static void add_patches(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;
    size_t length = kernel_row(layer);
    unsigned ky = conv->taken - 1u + layer->padding - y * layer->stride;
    int32_t *sums = open_row(conv, y) + x * layer->outputs;

    if (ky == 0 || conv->taken == 1)
        set_biases(layer, sums);
    if (ky < layer->kernel)
        ln_dot(patches(conv), length, weights(layer) + ky * length, ln_conv_output_step(layer),
               layer->outputs, sums);
}

/* The same for every output row from y on. */
static void add_to_rows(const ln_conv *conv, unsigned x, unsigned y)
{
    const ln_layer *layer = conv->layer;

    for (; y < layer->height && y * layer->stride < (unsigned)conv->taken + layer->padding; y++)
        add_patches(conv, x, y);
}

static void gather_newest(const ln_conv *conv, unsigned x)
{
    const uint8_t *newest = input_row(conv, conv->taken - 1u);

    gather_places(conv, x, &newest, 1);
}

int ln_conv_ready(const ln_conv *conv)
{
    const ln_layer *layer = conv->layer;
    unsigned needed = (unsigned)conv->done * layer->stride + layer->kernel;

    /* Rows below the picture are 0, so its last row completes all that it touches. */
    return conv->done < layer->height &&
           (needed <= (unsigned)conv->taken + layer->padding || conv->taken == layer->in_height);
}

/* A row that completes an output row is late: it waits until the sums are asked for, as the next output row
 * may need their place. */
static void take_sums(ln_conv *conv)
{
    const ln_layer *layer = conv->layer;

    conv->late = (uint8_t)ln_conv_ready(conv);
    if (conv->late)
        return;
    for (unsigned x = 0; x < layer->width; x += LN_DOT_PATCHES) {
        gather_newest(conv, x);
        add_to_rows(conv, x, conv->done);
    }
}

void ln_conv_take(ln_conv *conv)
{
    conv->taken++;
    if (conv->kind == LN_CONV_SUMS)
        take_sums(conv);
}

/* Where a folded layer keeps row `ky`, in the upper half of output row y's kernels. Lower rows come in the
 * order in which their mirror images make room; those that the kernels of the next output row have in their
 * upper half as well take the places of the first of them, last one first. */
static uint8_t *upper_row(const ln_conv *conv, unsigned y, unsigned ky)
{
    unsigned shared = (unsigned)conv->layer->kernel - conv->layer->stride;

    return input_row(conv, y % 2 != 0 && ky < shared ? shared - 1 - ky : ky);
}

/* Adds row kernel - 1 - ky of output row y's kernels, or null for one below the picture, and its mirror
 * image. */
static void fold_row(const ln_conv *conv, unsigned y, unsigned ky, const uint8_t *lower)
{
    const ln_layer *layer = conv->layer;
    int inside = y * layer->stride + ky >= layer->padding;

    ln_fold_rows(layer, conv->symmetry, ky, inside ? upper_row(conv, y, ky) : NULL, lower, conv->zero,
                 conv->sums, patches(conv));
}

/* The newest row, number `row` from the kernels' first one on, as one in the lower half of output row y's
 * kernels. */
static void add_lower(const ln_conv *conv, unsigned y, unsigned row, const uint8_t *bytes)
{
    const ln_layer *layer = conv->layer;
    unsigned half = layer->kernel / 2u, ky = y * layer->stride + layer->kernel - 1 - row;

    if (ky + 1 == half || conv->taken == 0)
        for (unsigned x = 0; x < layer->width; x += LN_DOT_PATCHES)
            set_biases(layer, conv->sums + x * layer->outputs);
    fold_row(conv, y, ky, bytes);
    if (conv->taken + 1u == layer->in_height)
        while (ky-- > 0)
            fold_row(conv, y, ky, NULL);
}

static void take_folded(ln_conv *conv, const uint8_t *bytes)
{
    const ln_layer *layer = conv->layer;
    unsigned half = layer->kernel / 2u, row = (unsigned)conv->taken + layer->padding;
    unsigned y = row / layer->stride, ky = row % layer->stride; /* as an upper one */

    if (row >= conv->done * layer->stride + half && conv->done < layer->height)
        add_lower(conv, conv->done, row, bytes);
    if (ky < half)
        memcpy(upper_row(conv, y, ky), bytes, row_bytes(layer));
    conv->taken++;
}

void ln_conv_take_row(ln_conv *conv, const uint8_t *row)
{
    if (conv->kind == LN_CONV_FOLDED) {
        take_folded(conv, row);
    } else {
        memcpy(ln_conv_row(conv), row, row_bytes(conv->layer));
        ln_conv_take(conv);
    }
}

LN_NOT_INLINE static const int32_t *sums_of_rows(const ln_conv *conv, unsigned x)
{
    const ln_layer *layer = conv->layer;
    const uint8_t *row[MOST_KERNEL];
    int32_t *sums = place_sums(conv);

    find_rows(conv, conv->done * layer->stride - layer->padding, layer->kernel, row);
    gather_places(conv, x, row, layer->kernel);
    set_biases(layer, sums);
    ln_dot(patches(conv), patch_length(conv), weights(layer), ln_conv_output_step(layer), layer->outputs,
           sums);
    return sums;
}

/* Completes these sums, and goes on with the output rows behind, one of which may begin in their place. */
static const int32_t *late_sums(const ln_conv *conv, unsigned x)
{
    int32_t *sums = place_sums(conv);

    gather_newest(conv, x);
    add_patches(conv, x, conv->done);
    memcpy(sums, open_row(conv, conv->done) + x * conv->layer->outputs, place_sums_size(conv));
    add_to_rows(conv, x, conv->done + 1u);
    return sums;
}

static const int32_t *sums_at(const ln_conv *conv, unsigned x)
{
    if (!keeps_sums(conv))
        return sums_of_rows(conv, x);
    if (conv->late)
        return late_sums(conv, x);
    return open_row(conv, conv->done) + x * conv->layer->outputs;
}

static void begin_strip(const ln_conv *conv, unsigned strip)
{
    const ln_layer *layer = conv->layer;

    ln_lanes_begin(layer, conv->zero, conv->rows, kept_rows(conv),
                   conv->done * layer->stride - layer->padding, strip, conv->scratch);
}

int ln_conv_passes(const ln_conv *conv)
{
    return conv->lanes && conv->layer->pass == conv->layer->outputs;
}

void ln_conv_pass(const ln_conv *conv, uint8_t zero, uint8_t *next)
{
    const ln_layer *layer = conv->layer;

    for (unsigned i = 0; i < ln_lanes_strips(layer); i++) {
        begin_strip(conv, i);
        ln_lanes_pass(layer, parts_of(conv), zero, next, conv->scratch);
    }
}

static ln_tile lanes_tile(const ln_conv *conv, unsigned number)
{
    const ln_layer *layer = conv->layer;
    unsigned strip = number / layer->outputs, output = number % layer->outputs;
    ln_lanes_sums made;
    ln_tile tile;

    if (output == 0)
        begin_strip(conv, strip);
    made = ln_lanes_output(layer, parts_of(conv)[output], output, conv->scratch);
    tile.sums = made.sums;
    tile.x = made.x;
    tile.places = made.count;
    tile.output = output;
    tile.outputs = 1;
    return tile;
}

unsigned ln_conv_tiles(const ln_conv *conv)
{
    const ln_layer *layer = conv->layer;

    if (conv->lanes)
        return ln_lanes_strips(layer) * layer->outputs;
    return (layer->width + LN_DOT_PATCHES - 1u) / LN_DOT_PATCHES;
}

ln_tile ln_conv_tile(const ln_conv *conv, unsigned number)
{
    const ln_layer *layer = conv->layer;
    ln_tile tile;

    if (conv->lanes)
        return lanes_tile(conv, number);
    tile.x = number * LN_DOT_PATCHES;
    tile.sums = sums_at(conv, tile.x);
    tile.places = layer->width - tile.x < LN_DOT_PATCHES ? layer->width - tile.x : LN_DOT_PATCHES;
    tile.output = 0;
    tile.outputs = layer->outputs;
    return tile;
}

void ln_conv_advance(ln_conv *conv)
{
    conv->done++;
    conv->late = 0;
}
