/* The interface of kernels. A kernel is one way to compute a convolution (SPEC 1.2) on a picture that arrives
 * row by row. To avoid confusion, this folder calls the weights of one output its filter.
 *
 * conv.c keeps the input rows and asks a kernel for everything else. A new kernel takes two files: its own in
 * this folder, which defines an ln_kernel, and limitnet/device.h with a line of LN_KERNELS. Only its own file
 * knows which processors it is for. */
#ifndef LN_DEVICE_KERNELS_KERNEL_H
#define LN_DEVICE_KERNELS_KERNEL_H

#include <limitnet/device.h>

#include <string.h>

#include "core/bytes.h"
#include "core/compiler.h"
#include "core/layout.h"
#include "device/latent.h"

/* A convolution to be computed. */
typedef struct ln_conv_task {
    const ln_layer *layer;
    uint8_t target; /* instruction set: LN_PORTABLE, LN_DSP or LN_HELIUM */
    uint8_t zero;   /* input byte that stands for the number 0: 0 or 128 */
    uint8_t first;  /* 1: this is the network's first layer; no other layer works until it has made a row */
    uint8_t whole;  /* 1: all input rows are kept, since another layer reads them, too */
} ln_conv_task;

/* What a kernel needs for a task. */
typedef struct ln_needs {
    unsigned rows;  /* latest input rows that it reads; at most the filter's height */
    size_t state;   /* bytes of its own that are kept while the picture streams in; a multiple of 4 */
    size_t scratch; /* bytes of working memory, a multiple of 4. All layers share it: they find nothing in it
                       that they left there. Only the first layer does, until it has made a row */
} ln_needs;

/* A convolution that is being computed. */
typedef struct ln_conv {
    const ln_layer *layer;
    const ln_kernel *kernel;
    uint8_t *rows; /* input rows: row y is number y % kept */
    void *state;   /* null if the kernel needs none */
    void *scratch;
    uint16_t kept;        /* input rows that are kept */
    uint16_t taken, done; /* input rows so far; output rows so far */
    uint8_t zero;         /* as in the task */
    uint8_t late;         /* used by patches_template.h */
} ln_conv;

/* Its size where pointers have `pointer` bytes, for `limitnet model to-c`. */
#define LN_CONV_BYTES(pointer) (5 * (pointer) + 8)
LN_CHECK_BYTES(ln_conv, LN_CONV_BYTES(sizeof(void *)))

/* Where an output row goes. */
typedef struct ln_outputs {
    uint8_t *next;             /* row of width x pass bytes for the outputs that are passed on */
    const ln_latents *latents; /* for the other outputs */
    uint32_t *activity; /* magnitudes of the row's latent values are added to it, by place; null: not */
} ln_outputs;

/* `suits` and `needs` answer for any processor. `take` and `make` may be null if the processor that is
 * compiled for lacks the kernel's instructions: then `suits` refuses the task. */
struct ln_kernel {
    int (*suits)(const ln_conv_task *task);
    ln_needs (*needs)(const ln_conv_task *task);

    /* Takes the next input row, width x inputs bytes. It may already be in its place, ln_conv_input; if not,
     * it is read during the call only. */
    void (*take)(ln_conv *conv, const uint8_t *row);

    /* Makes output row `done`. All input rows that it needs have been taken. */
    void (*make)(ln_conv *conv, const ln_outputs *to);
};

/* ---- For kernels ------------------------------------------------------------------------------ */

/* Stands in front of an inner loop that GCC shall unroll. */
#if defined __GNUC__ && !defined __clang__
#define LN_UNROLLED(turns) LN_PRAGMA(GCC unroll turns)
#define LN_PRAGMA(text) _Pragma(#text)
#else
#define LN_UNROLLED(turns)
#endif

static inline size_t ln_whole_words(size_t bytes)
{
    return (bytes + 3) / 4 * 4;
}

static inline size_t ln_row_bytes(const ln_layer *layer)
{
    return (size_t)layer->in_width * layer->inputs;
}

/* What one row of a filter covers. */
static inline size_t ln_filter_row_bytes(const ln_layer *layer)
{
    return (size_t)layer->kernel * layer->inputs;
}

/* Bytes from one output's parameters to the next one's: bias, multiplier, weights. */
static inline size_t ln_output_step(const ln_layer *layer)
{
    return 8 + layer->kernel * ln_filter_row_bytes(layer);
}

static inline const int8_t *ln_weights(const ln_layer *layer, unsigned output)
{
    return (const int8_t *)layer->parameters + output * ln_output_step(layer) + 8;
}

/* The byte that stands for 0 in what a layer passes on. */
static inline uint8_t ln_output_zero(const ln_layer *layer)
{
    return layer->activation == LN_ACTIVATION_RELU ? 0 : 128;
}

/* Where an input row is kept. */
static inline uint8_t *ln_conv_input(const ln_conv *conv, unsigned row)
{
    return conv->rows + row % conv->kept * ln_row_bytes(conv->layer);
}

/* Whether all input rows that the next output row needs have been taken. Rows below the picture are 0, so the
 * picture's last row completes all output rows that are left. */
static inline int ln_conv_ready(const ln_conv *conv)
{
    const ln_layer *layer = conv->layer;
    unsigned needed = (unsigned)conv->done * layer->stride + layer->kernel;

    return conv->done < layer->height &&
           (needed <= (unsigned)conv->taken + layer->padding || conv->taken == layer->in_height);
}

/* Keeps and counts a row: this is all that `take` has to do, unless the kernel works on rows as they come. */
void ln_conv_keep(ln_conv *conv, const uint8_t *row);

/* Copies `count` bytes from byte `begin` of a row on, which has `size` bytes. Bytes outside the row are
 * `zero`; if the row is null, all are. */
void ln_row_piece(const uint8_t *row, size_t size, int begin, size_t count, uint8_t zero, uint8_t *piece);

/* Kernels work on some neighbouring places at a time, so that each weight is loaded once for all of them.
 * Seven places just fill a Cortex-M's registers: seven sums, two weights, two numbers, three pointers. */
#define LN_PLACES_ON(target) ((target) == LN_PORTABLE ? 2u : 7u)
#define LN_PLACES LN_PLACES_ON(LN_TARGET)

/* Sums of some outputs at some neighbouring places of a row. */
typedef struct ln_tile {
    const int32_t *sums;      /* [output][place]; LN_PLACES from one output to the next */
    unsigned x, places;       /* the first place, how many */
    unsigned output, outputs; /* the first output, how many */
} ln_tile;

/* Sets the sums of all outputs at LN_PLACES places to the biases. */
void ln_sums_begin(const ln_layer *layer, int32_t *sums);

/* Hands sums of the row that is made to whoever wants them: requantised to bytes, or as latent values
 * (SPEC 1.3). */
void ln_outputs_put(const ln_outputs *to, const ln_conv *conv, const ln_tile *tile);

/* Number of sums of a whole row, in tiles of `places` places: [tile][output][place]. The last tile may reach
 * beyond the row's end. */
static inline size_t ln_row_sums(const ln_layer *layer, unsigned places)
{
    return (layer->width + places - 1u) / places * places * layer->outputs;
}

#endif
