/* The interface of kernels: ways to compute a convolution (SPEC 1.2) on a picture that arrives row by row.
 *
 * conv.c holds the rows and asks a kernel for everything else. A new kernel is a file in this folder, which
 * defines one ln_kernel, and a line of LN_KERNELS in limitnet/device.h. Which processors it is for is known
 * in that file only. `suits` and `needs` work on every processor, as sizes are also asked for another one;
 * `take` and `make` may be null where the kernel's instructions are missing. */
#ifndef LN_DEVICE_KERNELS_KERNEL_H
#define LN_DEVICE_KERNELS_KERNEL_H

#include <limitnet/device.h>

#include <string.h>

#include "core/bytes.h"
#include "core/layout.h"
#include "device/latent.h"

/* A convolution to be done. */
typedef struct ln_conv_task {
    const ln_layer *layer;
    uint8_t target; /* the instruction set: LN_PORTABLE, LN_DSP or LN_HELIUM */
    uint8_t zero;   /* the byte that stands for the number 0 in the input */
    uint8_t first;  /* 1: it reads the camera's rows, and no other layer works until it has made a row */
    uint8_t whole;  /* 1: all its input rows are kept in any case, since another layer reads them later */
} ln_conv_task;

/* What a kernel needs for a task. */
typedef struct ln_needs {
    unsigned rows;  /* how many of the latest input rows are kept; at most the kernel's height */
    size_t state;   /* bytes that are kept from row to row besides, a multiple of 4 */
    size_t scratch; /* bytes of working memory, a multiple of 4. All layers share it: only a first layer finds
                       there what it left, and only until it has made a row */
} ln_needs;

/* A convolution at work. */
typedef struct ln_conv {
    const ln_layer *layer;
    const ln_kernel *kernel;
    uint8_t *rows; /* input rows: number y lies at y % kept */
    void *state;   /* null if the kernel needs none */
    void *scratch;
    uint16_t kept;
    uint16_t taken, done; /* input rows so far, output rows so far */
    uint8_t zero;         /* as in the task */
    uint8_t late;         /* for patches.h: whether the newest row is missing in the sums */
} ln_conv;

/* Its size where pointers have `pointer` bytes, for limitnet model to-c. */
#define LN_CONV_BYTES(pointer) (5 * (pointer) + 8)
LN_CHECK_BYTES(ln_conv, LN_CONV_BYTES(sizeof(void *)))

/* Where an output row goes. */
typedef struct ln_outputs {
    uint8_t *next;             /* the outputs that are passed on: width x pass bytes */
    const ln_latents *latents; /* the others */
} ln_outputs;

struct ln_kernel {
    int (*suits)(const ln_conv_task *task);
    ln_needs (*needs)(const ln_conv_task *task);

    /* Takes the next input row, width x inputs bytes: at ln_conv_input, or anywhere else, to be read during
     * the call only. */
    void (*take)(ln_conv *conv, const uint8_t *row);

    /* Makes output row `done`. All input rows that it needs were taken. */
    void (*make)(ln_conv *conv, const ln_outputs *to);
};

/* ---- For kernels ------------------------------------------------------------------------------ */

/* In front of an inner loop: so many turns at a time, which GCC does not do by itself. */
#if defined __GNUC__ && !defined __clang__
#define LN_UNROLLED(turns) LN_PRAGMA(GCC unroll turns)
#define LN_PRAGMA(text) _Pragma(#text)
#else
#define LN_UNROLLED(turns)
#endif

/* For functions whose stack must not add to that of what their caller does next. */
#ifdef __GNUC__
#define LN_NOT_INLINE __attribute__((noinline))
#else
#define LN_NOT_INLINE
#endif

static inline size_t ln_whole_words(size_t bytes)
{
    return (bytes + 3) / 4 * 4;
}

static inline size_t ln_row_bytes(const ln_layer *layer)
{
    return (size_t)layer->in_width * layer->inputs;
}

/* What one row of the layer's kernel covers. */
static inline size_t ln_kernel_row_bytes(const ln_layer *layer)
{
    return (size_t)layer->kernel * layer->inputs;
}

/* In the model file each output has its bias, its multiplier and its weights; so far apart are two outputs.
 */
static inline size_t ln_output_step(const ln_layer *layer)
{
    return 8 + layer->kernel * ln_kernel_row_bytes(layer);
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

static inline uint8_t *ln_conv_input(const ln_conv *conv, unsigned row)
{
    return conv->rows + row % conv->kept * ln_row_bytes(conv->layer);
}

/* Whether all that the next output row needs was taken. Rows below the picture are 0, so its last row
 * completes all that it touches. */
static inline int ln_conv_ready(const ln_conv *conv)
{
    const ln_layer *layer = conv->layer;
    unsigned needed = (unsigned)conv->done * layer->stride + layer->kernel;

    return conv->done < layer->height &&
           (needed <= (unsigned)conv->taken + layer->padding || conv->taken == layer->in_height);
}

/* Keeps a row that is taken, and counts it: the whole of `take` for a kernel that works when a row is made.
 */
void ln_conv_keep(ln_conv *conv, const uint8_t *row);

/* Copies `count` bytes of a row of `size` bytes from byte `begin` on, where not all of them are in it: those
 * outside are `zero`. A null row lies outside the picture. */
void ln_row_piece(const uint8_t *row, size_t size, int begin, size_t count, uint8_t zero, uint8_t *piece);

/* How many places kernels work at, at a time: each weight is loaded once for all of them. With sums, weights,
 * numbers and pointers for seven places the registers of a Cortex-M are just full. */
#define LN_PLACES_ON(target) ((target) == LN_PORTABLE ? 2u : 7u)
#define LN_PLACES LN_PLACES_ON(LN_TARGET)

/* Sums of one or more outputs at neighbouring places of the row that is made. */
typedef struct ln_tile {
    const int32_t *sums; /* [output][place], two outputs lie LN_PLACES apart */
    unsigned x, places;
    unsigned output, outputs;
} ln_tile;

/* Sums of all outputs at LN_PLACES places, [output][place], begin with the biases. */
void ln_sums_begin(const ln_layer *layer, int32_t *sums);

/* Hands sums out: requantised to bytes, or as latent values (SPEC 1.3). */
void ln_outputs_put(const ln_outputs *to, const ln_conv *conv, const ln_tile *tile);

/* Sums of one output row in groups of so many places, [group][output][place]; the last group may be partly
 * behind the row's end. */
static inline size_t ln_row_sums(const ln_layer *layer, unsigned places)
{
    return (layer->width + places - 1u) / places * places * layer->outputs;
}

#endif
