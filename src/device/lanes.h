/* A faster way for Arm's DSP extension to convolve: SMLAL, which multiplies two words and adds their product
 * to 64 bits, does up to four multiplications at once.
 *
 * One word holds two neighbours of a row, the other two weights, both 22 bits apart:
 *
 *     (a1 + a0 2^22) (w0 + w1 2^22) = a1 w0 + (a0 w0 + a1 w1) 2^22 + a0 w1 2^44
 *
 * Three lanes of 22, 22 and 20 bits add up side by side. Where the kernel's w0 meets a0, the middle lane
 * belongs to that place, the lower one to the place on its right and the upper one to the place on its left.
 *
 * A row is a string of bytes here, whatever its channels: from one place to the next the kernel moves on by
 * stride x inputs bytes, a step. So byte g of what a row of the kernel covers, those one, two and three steps
 * behind it, and the weights that they meet are a group of their own; a row of the kernel has a step of
 * groups.
 *
 * Places are worked on in blocks of six, three accumulators each, and a row in strips of some blocks: a
 * strip's words serve all outputs, an output's packed weights a strip. One loop makes the accumulators of a
 * strip, another takes their lanes apart. */
#ifndef LN_DEVICE_LANES_H
#define LN_DEVICE_LANES_H

#include <limitnet/core.h>

#include "device/dot.h"

/* Sums of one output at some places of a row. */
typedef struct ln_lanes_sums {
    const int32_t *sums;
    unsigned x, count;
} ln_lanes_sums;

#ifdef LN_DOT_DSP

/* Whether a layer's shape allows it: two to four weights of a row of the kernel in each group, and a row of
 * any weights in the lanes. */
int ln_lanes_fit(const ln_layer *layer);

/* The sum of a whole kernel may be too large for the lanes; then it is made in parts of some rows. Finds for
 * each output at which rows its parts begin: bit ky of parts[output]. `zero` is the byte that stands for 0.
 */
void ln_lanes_find_parts(const ln_layer *layer, uint8_t zero, uint16_t *parts);

unsigned ln_lanes_strips(const ln_layer *layer);

/* Bytes of scratch for a strip; a multiple of 4. */
size_t ln_lanes_scratch_size(const ln_layer *layer);

/* Begins a strip of the output row whose kernels begin at input row `top`. Input row y, if there is one, is
 * number y % kept of `rows`. Strips are worked on from the left to the right: each leaves something for the
 * next one in the scratch. */
void ln_lanes_begin(const ln_layer *layer, uint8_t zero, const uint8_t *rows, unsigned kept, int top,
                    unsigned strip, void *scratch);

/* An output's sums in the strip, each output once. They stay until the next call. */
ln_lanes_sums ln_lanes_output(const ln_layer *layer, unsigned parts, unsigned output, void *scratch);

/* Instead of that, where all outputs are passed on: the strip as bytes of a row of the next layer, where
 * `zero` stands for 0. */
void ln_lanes_pass(const ln_layer *layer, const uint16_t *parts, uint8_t zero, uint8_t *row, void *scratch);

#else

static inline int ln_lanes_fit(const ln_layer *layer)
{
    (void)layer;
    return 0;
}

static inline void ln_lanes_find_parts(const ln_layer *layer, uint8_t zero, uint16_t *parts)
{
    (void)layer;
    (void)zero;
    (void)parts;
}

static inline unsigned ln_lanes_strips(const ln_layer *layer)
{
    (void)layer;
    return 0;
}

static inline size_t ln_lanes_scratch_size(const ln_layer *layer)
{
    (void)layer;
    return 0;
}

static inline void ln_lanes_begin(const ln_layer *layer, uint8_t zero, const uint8_t *rows, unsigned kept,
                                  int top, unsigned strip, void *scratch)
{
    (void)layer;
    (void)zero;
    (void)rows;
    (void)kept;
    (void)top;
    (void)strip;
    (void)scratch;
}

static inline ln_lanes_sums ln_lanes_output(const ln_layer *layer, unsigned parts, unsigned output,
                                            void *scratch)
{
    ln_lanes_sums none = {NULL, 0, 0};

    (void)layer;
    (void)parts;
    (void)output;
    (void)scratch;
    return none;
}

static inline void ln_lanes_pass(const ln_layer *layer, const uint16_t *parts, uint8_t zero, uint8_t *row,
                                 void *scratch)
{
    (void)layer;
    (void)parts;
    (void)zero;
    (void)row;
    (void)scratch;
}

#endif
#endif
