#include "device/conv.h"

#include <string.h>

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

/* Output rows that have begun and are not complete: an input row touches no more. */
static unsigned open_rows(const ln_layer *layer)
{
    return (layer->kernel + layer->stride - 1u) / layer->stride;
}

static size_t size_with_rows(const ln_layer *layer)
{
    return whole_words(layer->kernel * row_bytes(layer));
}

static size_t size_with_sums(const ln_layer *layer)
{
    return open_rows(layer) * row_sums(layer) * sizeof(int32_t) + whole_words(row_bytes(layer));
}

static int keeps_rows(const ln_layer *layer)
{
    return size_with_rows(layer) <= size_with_sums(layer);
}

static size_t patch_length(const ln_layer *layer)
{
    return keeps_rows(layer) ? layer->kernel * kernel_row(layer) : kernel_row(layer);
}

size_t ln_conv_size(const ln_layer *layer)
{
    return keeps_rows(layer) ? size_with_rows(layer) : size_with_sums(layer);
}

size_t ln_conv_scratch_size(const ln_layer *layer)
{
    size_t patches = LN_DOT_PATCHES * patch_length(layer) * sizeof(int16_t);

    return LN_DOT_PATCHES * layer->outputs * sizeof(int32_t) + patches;
}

void ln_conv_begin(ln_conv *conv, const ln_layer *layer, uint8_t zero, void *memory, void *scratch)
{
    conv->layer = layer;
    conv->zero = zero;
    conv->taken = 0;
    conv->done = 0;
    conv->sums = keeps_rows(layer) ? NULL : memory;
    conv->rows = memory;
    if (conv->sums != NULL)
        conv->rows += open_rows(layer) * row_sums(layer) * sizeof(int32_t);
    conv->place_sums = scratch;
    conv->patches = (int16_t *)(conv->place_sums + LN_DOT_PATCHES * layer->outputs);
}

static uint8_t *input_row(const ln_conv *conv, unsigned number)
{
    if (conv->sums != NULL)
        return conv->rows;
    return conv->rows + number % conv->layer->kernel * row_bytes(conv->layer);
}

uint8_t *ln_conv_row(const ln_conv *conv)
{
    return input_row(conv, conv->taken);
}

/* What the kernel covers at output place x in the input rows from `top` on, as numbers: each row's part behind
 * the one of the row before. Places outside the input are 0. */
static void gather(const ln_conv *conv, unsigned x, int top, int rows, int16_t *restrict patch)
{
    const ln_layer *layer = conv->layer;
    int left = (int)(x * layer->stride) - layer->padding, right = left + layer->kernel;
    int begin = left < 0 ? 0 : left;
    int end = right < layer->in_width ? right : layer->in_width;
    int before = (begin - left) * layer->inputs;
    int inside = (end - begin) * layer->inputs; /* below 0 only for places behind the row's end */
    int after = (right - end) * layer->inputs;
    int zero = conv->zero;

    for (int y = top; y < top + rows; y++) {
        if (inside <= 0 || y < 0 || y >= layer->in_height) {
            memset(patch, 0, kernel_row(layer) * sizeof *patch);
            patch += kernel_row(layer);
        } else {
            const uint8_t *restrict bytes = input_row(conv, (unsigned)y) + begin * layer->inputs;

            for (int i = 0; i < before; i++)
                *patch++ = 0;
            for (int i = 0; i < inside; i++)
                *patch++ = (int16_t)(*bytes++ - zero);
            for (int i = 0; i < after; i++)
                *patch++ = 0;
        }
    }
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
    return conv->sums + y % open_rows(conv->layer) * row_sums(conv->layer);
}

/* Adds the newest input row to every output row that it touches. */
static void add_row(ln_conv *conv)
{
    const ln_layer *layer = conv->layer;
    size_t length = kernel_row(layer), step = ln_conv_output_step(layer);
    unsigned row = conv->taken + layer->padding;

    for (unsigned x = 0; x < layer->width; x += LN_DOT_PATCHES) {
        for (unsigned p = 0; p < LN_DOT_PATCHES; p++)
            gather(conv, x + p, conv->taken, 1, conv->patches + p * length);
        for (unsigned y = conv->done; y < layer->height && y * layer->stride <= row; y++) {
            unsigned ky = row - y * layer->stride;
            int32_t *sums = open_row(conv, y) + x * layer->outputs;

            if (ky == 0 || conv->taken == 0)
                set_biases(layer, sums);
            ln_dot(conv->patches, length, weights(layer) + ky * length, step, layer->outputs, sums);
        }
    }
}

void ln_conv_take(ln_conv *conv)
{
    if (conv->sums != NULL)
        add_row(conv);
    conv->taken++;
}

int ln_conv_ready(const ln_conv *conv)
{
    const ln_layer *layer = conv->layer;
    unsigned needed = (unsigned)conv->done * layer->stride + layer->kernel;

    /* Rows below the picture are 0, so its last row completes all that it touches. */
    return conv->done < layer->height &&
           (needed <= (unsigned)conv->taken + layer->padding || conv->taken == layer->in_height);
}

const int32_t *ln_conv_sums(const ln_conv *conv, unsigned x)
{
    const ln_layer *layer = conv->layer;
    size_t length = patch_length(layer);
    int top = conv->done * layer->stride - layer->padding;

    if (conv->sums != NULL)
        return open_row(conv, conv->done) + x * layer->outputs;
    /* Places behind the row's end are computed too: a special case would cost more than it saves. */
    for (unsigned p = 0; p < LN_DOT_PATCHES; p++)
        gather(conv, x + p, top, layer->kernel, conv->patches + p * length);
    set_biases(layer, conv->place_sums);
    ln_dot(conv->patches, length, weights(layer), ln_conv_output_step(layer), layer->outputs,
           conv->place_sums);
    return conv->place_sums;
}

void ln_conv_advance(ln_conv *conv)
{
    conv->done++;
}
