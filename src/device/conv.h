/* One convolution (SPEC 1.2) on a picture that arrives row by row.
 *
 * It keeps whichever is smaller: the last `kernel` input rows, or the sums of the output rows that have
 * begun. So a kernel of 16 rows with a stride of 8 needs two rows of sums and not sixteen rows of pixels. One
 * that is done in lanes (lanes.h) has its rows.
 *
 * If it can be folded (fold.h), it keeps half a kernel of input rows and the sums of one output row: a row of
 * pixels then meets its mirror image, goes into the sums, and makes room. These sums are only in use until
 * the output row is ready, before other layers work: so they lie in the scratch.
 */
#ifndef LN_DEVICE_CONV_H
#define LN_DEVICE_CONV_H

#include <limitnet/core.h>

#include "core/bytes.h"
#include "device/dot.h"
#include "device/fold.h"
#include "device/lanes.h"

typedef enum ln_conv_kind { LN_CONV_ROWS, LN_CONV_TENSOR, LN_CONV_SUMS, LN_CONV_FOLDED } ln_conv_kind;

typedef struct ln_conv {
    const ln_layer *layer;
    const ln_symmetry *symmetry; /* folded only */
    uint8_t *rows;               /* input rows: `kernel` of them in turn, all, one, or half a kernel */
    int32_t *sums;               /* of the output rows that have begun, in turn */
    void *scratch;
    uint16_t taken, done; /* input rows so far, output rows so far */
    uint8_t kind;         /* ln_conv_kind */
    uint8_t lanes;        /* whether it is done in lanes (lanes.h); all rows of its kernels are there */
    uint8_t late;         /* whether the newest row is not in the sums yet */
    uint8_t zero;         /* byte that stands for the number 0 in the input */
} ln_conv;

/* Describes a layer. */
void ln_conv_init(ln_conv *conv, const ln_layer *layer, uint8_t zero);

/* One that is folded; `symmetry` stays in use. */
void ln_conv_init_folded(ln_conv *conv, const ln_layer *layer, uint8_t zero, const ln_symmetry *symmetry);

/* One that keeps all its input rows, in order, for others to read. */
void ln_conv_init_tensor(ln_conv *conv, const ln_layer *layer, uint8_t zero);

/* Bytes that a layer needs while a picture streams, and bytes of scratch, which all layers share. Both are
 * multiples of 4. */
size_t ln_conv_size(const ln_conv *conv);
size_t ln_conv_scratch_size(const ln_conv *conv);

/* Begins a picture. Both memories are 4-byte aligned. */
void ln_conv_begin(ln_conv *conv, void *memory, void *scratch);

/* Where the next input row goes: in_width x inputs bytes. Rows are written there, then taken. Not for a
 * folded one. */
uint8_t *ln_conv_row(const ln_conv *conv);
void ln_conv_take(ln_conv *conv);

/* Both in one, for every kind: takes the row from anywhere. */
void ln_conv_take_row(ln_conv *conv, const uint8_t *row);

/* Whether all that the next output row needs was taken. No further input row may be taken while it is so. */
int ln_conv_ready(const ln_conv *conv);

/* The accumulators of some outputs at some places of a row. */
typedef struct ln_tile {
    const int32_t *sums; /* [output][place], outputs LN_DOT_PATCHES apart */
    unsigned x, places;
    unsigned output, outputs;
} ln_tile;

/* The ready row comes in tiles, each of which is asked for once and in order. One stays until the next call
 * for any layer. */
unsigned ln_conv_tiles(const ln_conv *conv);
ln_tile ln_conv_tile(const ln_conv *conv, unsigned number);

/* Whether the ready row may be passed on as a whole instead, as bytes of the next layer, and that. `zero` is
 * the byte that stands for 0 there. */
int ln_conv_passes(const ln_conv *conv);
void ln_conv_pass(const ln_conv *conv, uint8_t zero, uint8_t *next);

/* Goes on to the next output row. */
void ln_conv_advance(ln_conv *conv);

/* In the model file each output has its bias, its multiplier and then its weights; as far lie two outputs
 * apart. */
static inline size_t ln_conv_output_step(const ln_layer *layer)
{
    return 8 + (size_t)layer->kernel * layer->kernel * layer->inputs;
}

static inline uint32_t ln_conv_multiplier(const ln_layer *layer, unsigned output)
{
    return ln_u32(layer->parameters + output * ln_conv_output_step(layer) + 4);
}

#endif
