#include "device/lanes.h"

#if defined(LN_DOT_DSP) && defined(__OPTIMIZE__)

#include <string.h>

#include "core/bytes.h"
#include "device/conv.h"
#include "device/dsp.h"

#define LANE 22
#define LANE_HALF ((uint32_t)1 << 21) /* the lower two lanes hold -LANE_HALF to LANE_HALF - 1 */
#define TOP_HALF ((uint32_t)1 << 19)
#define HIGH_HALVES (LANE_HALF >> (32 - LANE) | TOP_HALF << (2 * LANE - 32)) /* in the upper word */

#define MOST_GROUPS 48 /* of a part: so long is the unrolled loop */
#define GROUP_CODE 32  /* bytes of that loop for each */
#define GROUP_WORDS 4  /* of the picture, in a block */
#define BLOCK_PLACES 6
#define STRIP_BYTES 4800 /* of the picture's words: longer strips pack weights less often */
#define MOST_STEP 16     /* with the largest weights so many products fit into the top lane */
#define MOST_ROW 64      /* and so many into the others */

static unsigned step_of(const ln_layer *layer)
{
    return (unsigned)layer->stride * layer->inputs;
}

static unsigned row_weights(const ln_layer *layer)
{
    return (unsigned)layer->kernel * layer->inputs;
}

/* Weights of a row of the kernel that are the second or fourth of their group. They go into the top lane. */
static unsigned top_weights(const ln_layer *layer)
{
    unsigned step = step_of(layer), weights = row_weights(layer);

    return weights > 3 * step ? weights - 2 * step : step;
}

int ln_lanes_fit(const ln_layer *layer)
{
    unsigned step = step_of(layer), weights = row_weights(layer);

    return weights > 2 * step && weights <= 4 * step && weights <= MOST_ROW &&
           top_weights(layer) <= MOST_STEP;
}

/* Positive and negative weights, each summed up as magnitudes. */
typedef struct magnitudes {
    uint32_t positive, negative;
} magnitudes;

static void add_weight(magnitudes *sum, int weight)
{
    if (weight < 0)
        sum->negative += (uint32_t)-weight;
    else
        sum->positive += (uint32_t)weight;
}

/* Whether their products with bytes less `zero` stay in a lane. */
static int stays(const magnitudes *sum, uint8_t zero, uint32_t half)
{
    uint32_t above = 255u - zero;

    return above * sum->positive + zero * sum->negative < half &&
           zero * sum->positive + above * sum->negative < half;
}

static void add_row(const ln_layer *layer, const int8_t *w, magnitudes *all, magnitudes *top)
{
    unsigned step = step_of(layer), weights = row_weights(layer);

    for (unsigned i = 0; i < weights; i++) {
        add_weight(all, w[i]);
        if (i / step % 2 != 0)
            add_weight(top, w[i]);
    }
}

static const int8_t *weights_of(const ln_layer *layer, unsigned output)
{
    return (const int8_t *)layer->parameters + output * ln_conv_output_step(layer) + 8;
}

static uint16_t parts_of(const ln_layer *layer, const int8_t *w, uint8_t zero)
{
    magnitudes all = {0, 0}, top = {0, 0};
    unsigned parts = 0, groups = 0, step = step_of(layer);

    for (unsigned ky = 0; ky < layer->kernel; ky++, w += row_weights(layer)) {
        add_row(layer, w, &all, &top);
        groups += step;
        if (ky == 0 || groups > MOST_GROUPS || !stays(&all, zero, LANE_HALF) ||
            !stays(&top, zero, TOP_HALF)) {
            parts |= 1u << ky;
            memset(&all, 0, sizeof all);
            memset(&top, 0, sizeof top);
            add_row(layer, w, &all, &top);
            groups = step;
        }
    }
    return (uint16_t)parts;
}

void ln_lanes_find_parts(const ln_layer *layer, uint8_t zero, uint16_t *parts)
{
    for (unsigned o = 0; o < layer->outputs; o++)
        parts[o] = parts_of(layer, weights_of(layer, o), zero);
}

/* Words of a block of the picture. */
static unsigned block_words(const ln_layer *layer)
{
    return layer->kernel * step_of(layer) * GROUP_WORDS;
}

/* The first block begins in front of the row by one place: the upper lane's. */
static unsigned row_blocks(const ln_layer *layer)
{
    return (layer->width + 1u + BLOCK_PLACES - 1u) / BLOCK_PLACES;
}

unsigned ln_lanes_strips(const ln_layer *layer)
{
    unsigned most = STRIP_BYTES / (block_words(layer) * sizeof(uint32_t));

    return most == 0 ? row_blocks(layer) : (row_blocks(layer) + most - 1) / most;
}

/* Of each strip but the last one, which may have fewer. */
static unsigned strip_blocks(const ln_layer *layer)
{
    unsigned strips = ln_lanes_strips(layer);

    return (row_blocks(layer) + strips - 1) / strips;
}

/* A strip in the scratch. Behind it: what it leaves at its right end for each output, the sums of one output, and the picture's
 * words. */
typedef struct strip {
    uint32_t *sums, *words;
    unsigned x, count; /* places that are in the row; with x = 0 they begin with the second one */
    unsigned blocks;
    unsigned whole; /* blocks that lie in the row, but for the very first place */
    unsigned rest;  /* places of one that is partly in it */
    unsigned step, row_weights;
} strip;

static uint32_t *carries(strip *s)
{
    return (uint32_t *)(void *)(s + 1);
}

size_t ln_lanes_scratch_size(const ln_layer *layer)
{
    size_t words = layer->outputs + strip_blocks(layer) * (BLOCK_PLACES + block_words(layer));

    return sizeof(strip) + words * sizeof(uint32_t);
}

static void find_strip(const ln_layer *layer, unsigned number, strip *s)
{
    unsigned size = strip_blocks(layer), first = number * size, left = row_blocks(layer) - first;
    unsigned end, places;

    s->blocks = left < size ? left : size;
    s->sums = carries(s) + layer->outputs;
    s->words = s->sums + size * BLOCK_PLACES;
    s->x = first == 0 ? 0 : first * BLOCK_PLACES - 1;
    end = (first + s->blocks) * BLOCK_PLACES - 1;
    s->count = (end < layer->width ? end : layer->width) - s->x;
    places = s->count + (first == 0);
    s->whole = places / BLOCK_PLACES;
    s->rest = places % BLOCK_PLACES;
    s->step = step_of(layer);
    s->row_weights = row_weights(layer);
    if (first == 0) /* what is left of nothing only makes sums of the place outside */
        memset(carries(s), 0, layer->outputs * sizeof *carries(s));
}

static inline uint32_t pair_bytes(unsigned low, unsigned high, uint32_t zeros)
{
    return low + ((uint32_t)high << LANE) - zeros;
}

/* The words of one row of a block from the eight steps of bytes that it covers. The first word of each group is the last one
 * of the block before, if that lies `back` words before. */
static inline void pair_row(uint32_t *words, const uint8_t *bytes, unsigned step, uint32_t zeros,
                            unsigned back)
{
    for (const uint8_t *end = bytes + step; bytes != end; bytes++, words += GROUP_WORDS) {
        uint32_t first = back > 0 ? (words - back)[3] : pair_bytes(bytes[step], bytes[0], zeros);

        LN_DSP_PUT_PAIR(first, pair_bytes(bytes[3 * step], bytes[2 * step], zeros), words, 0);
        LN_DSP_PUT_PAIR(pair_bytes(bytes[5 * step], bytes[4 * step], zeros),
                        pair_bytes(bytes[7 * step], bytes[6 * step], zeros), words, 8);
    }
}

/* What a block covers of a row from byte `begin` on, where that is partly outside. */
static void put_together(const uint8_t *row, int size, int begin, int count, uint8_t zero, uint8_t *bytes)
{
    int from = begin < 0 ? 0 : begin, to = begin + count < size ? begin + count : size;

    memset(bytes, zero, (size_t)count);
    if (from < to)
        memcpy(bytes + (from - begin), row + from, (size_t)(to - from));
}

/* A row of the kernel in all blocks. */
static inline void pair_blocks(const ln_layer *layer, uint8_t zero, const uint8_t *row, const strip *s,
                               uint32_t *words, unsigned step)
{
    uint8_t outer[2 * GROUP_WORDS * MOST_STEP];
    int count = (int)(2 * GROUP_WORDS * step), size = layer->in_width * layer->inputs;
    int begin = (int)(s->x == 0 ? 0 : (s->x + 1) * step) - layer->padding * layer->inputs;
    unsigned block = layer->kernel * step * GROUP_WORDS;
    uint32_t zeros = zero + ((uint32_t)zero << LANE);

    for (unsigned i = 0; i < s->blocks; i++, words += block, begin += (int)(BLOCK_PLACES * step)) {
        const uint8_t *bytes = outer;

        if (begin >= 0 && begin + count <= size)
            bytes = row + begin;
        else
            put_together(row, size, begin, count, zero, outer);
        if (i == 0)
            pair_row(words, bytes, step, zeros, 0);
        else
            pair_row(words, bytes, step, zeros, block);
    }
}

static void clear_blocks(const ln_layer *layer, const strip *s, uint32_t *words)
{
    size_t size = step_of(layer) * GROUP_WORDS * sizeof *words;

    for (unsigned i = 0; i < s->blocks; i++, words += block_words(layer))
        memset(words, 0, size);
}

void ln_lanes_begin(const ln_layer *layer, uint8_t zero, const uint8_t *rows, unsigned kept, int top,
                    unsigned number, void *scratch)
{
    strip *s = scratch;
    unsigned step = step_of(layer);
    uint32_t *words;

    find_strip(layer, number, s);
    words = s->words;
    for (int y = top; y < top + layer->kernel; y++, words += step * GROUP_WORDS) {
        const uint8_t *row = rows + (unsigned)y % kept * layer->in_width * layer->inputs;

        if (y < 0 || y >= layer->in_height)
            clear_blocks(layer, s, words);
        else if (step == 6) /* colours with a stride of 2: offsets that the compiler knows */
            pair_blocks(layer, zero, row, s, words, 6);
        else if (zero == 0) /* nothing to subtract */
            pair_blocks(layer, 0, row, s, words, step);
        else
            pair_blocks(layer, zero, row, s, words, step);
    }
}

static inline uint32_t pair_weights(int low, int high)
{
    return (uint32_t)low + ((uint32_t)high << LANE);
}

/* The weights of some rows of the kernel; what is missing of a group is 0. */
static inline void pack_rows(const int8_t *w, unsigned rows, unsigned step, unsigned weights,
                             uint32_t *packed)
{
    unsigned four = weights > 3 * step ? weights - 3 * step : 0;
    unsigned three = weights > 3 * step ? step : weights - 2 * step;

    for (; rows > 0; rows--, w += weights) {
        const int8_t *w0 = w, *w1 = w + step, *w2 = w1 + step, *w3 = w2 + step;
        unsigned g = 0;

        for (; g < four; g++, packed += 2)
            LN_DSP_PUT_PAIR(pair_weights(*w0++, *w1++), pair_weights(*w2++, *w3++), packed, 0);
        _Pragma("GCC unroll 4") for (; g < three; g++, packed += 2)
            LN_DSP_PUT_PAIR(pair_weights(*w0++, *w1++), (int)*w2++, packed, 0);
        for (; g < step; g++, packed += 2)
            LN_DSP_PUT_PAIR(pair_weights(*w0++, *w1++), 0, packed, 0);
    }
}

/* Lanes as numbers from 0 on: they begin with the halves. */
static inline uint32_t lower(uint32_t low)
{
    return low & (2 * LANE_HALF - 1);
}

static inline uint32_t middle(uint32_t low, uint32_t high)
{
    return (low >> LANE | high << (32 - LANE)) & (2 * LANE_HALF - 1);
}

static inline uint32_t top(uint32_t high)
{
    return high >> (2 * LANE - 32);
}

/* Some rows of the kernel for one output. */
typedef struct part {
    uint32_t weights[2 * MOST_GROUPS];
    const uint32_t *words;     /* of the next block */
    size_t others;             /* words of a block that are not its own */
    uint32_t skip;             /* bytes of code in front of as many groups as there are */
    uint32_t even, odd;        /* what sums are more than their lanes */
    uint32_t left;             /* what the blocks so far know of the next block's first place */
    uint32_t multiplier, zero; /* for sums that are passed on */
    size_t pass;
} part;

/* The lanes of a block: l0 and h0 are the halves of the first accumulator, and so on. `skip` jumps into an unrolled loop, to where
 * as many groups are left as there are; so all its instructions have four bytes. The picture's words come by one LDM, which wants
 * registers in their order. */
#define SUM_LANES(words, weights, skip)                                                                      \
    uint32_t l0 = LANE_HALF, l1 = LANE_HALF, l2 = LANE_HALF, h0 = HIGH_HALVES, h1 = HIGH_HALVES;             \
    uint32_t h2 = HIGH_HALVES, w0 = (skip), w1;                                                              \
    const uint32_t *w = (weights);                                                                           \
                                                                                                             \
    __asm__ volatile("add pc, %[w0]\n\t"                                                                     \
                     "nop.n\n\t"                                                                             \
                     ".rept 48\n\t"                                                                          \
                     "ldmia.w %[at]!, {r2, r3, r4, r5}\n\t"                                                  \
                     "ldrd %[w0], %[w1], [%[w]], #8\n\t"                                                     \
                     "smlal %[l0], %[h0], r2, %[w0]\n\t"                                                     \
                     "smlal %[l1], %[h1], r3, %[w0]\n\t"                                                     \
                     "smlal %[l2], %[h2], r4, %[w0]\n\t"                                                     \
                     "smlal %[l0], %[h0], r3, %[w1]\n\t"                                                     \
                     "smlal %[l1], %[h1], r4, %[w1]\n\t"                                                     \
                     "smlal %[l2], %[h2], r5, %[w1]\n\t"                                                     \
                     ".endr"                                                                                 \
                     : [l0] "+r"(l0), [h0] "+r"(h0), [l1] "+r"(l1), [h1] "+r"(h1), [l2] "+r"(l2),            \
                       [h2] "+r"(h2), [at] "+r"(words), [w] "+r"(w), [w0] "+r"(w0), [w1] "=&r"(w1)           \
                     :                                                                                       \
                     : "r2", "r3", "r4", "r5", "memory")

/* Adds the sums of some blocks to those that are there. */
static __attribute__((noinline)) void add_blocks(part *p, unsigned blocks, uint32_t *sums)
{
    const uint32_t *words = p->words;

    for (; blocks > 0; blocks--, sums += BLOCK_PLACES, words += p->others) {
        SUM_LANES(words, p->weights, p->skip);
        sums[0] += p->left + top(h0) + p->odd;
        sums[1] += middle(l0, h0) + p->even;
        sums[2] += lower(l0) + top(h1) + p->odd;
        sums[3] += middle(l1, h1) + p->even;
        sums[4] += lower(l1) + top(h2) + p->odd;
        sums[5] += middle(l2, h2) + p->even;
        p->left = lower(l2);
    }
    p->words = words;
}

/* Passes the sums of some blocks on. `byte` is where the second place's goes; the first one lies `back` bytes before, or
 * outside and means nothing, and `back` is 0. */
static __attribute__((noinline)) void pass_blocks(part *p, unsigned blocks, uint8_t *byte, size_t back)
{
    const uint32_t *words = p->words;
    uint32_t left = p->left;

    for (; blocks > 0; blocks--) {
        SUM_LANES(words, p->weights, p->skip);
        uint32_t even = p->even, odd = p->odd, multiplier = p->multiplier, zero = p->zero;
        size_t pass = p->pass;

        *(byte - back) = ln_dsp_requantise(left + top(h0) + odd, multiplier, zero);
        byte[0] = ln_dsp_requantise(middle(l0, h0) + even, multiplier, zero);
        byte[pass] = ln_dsp_requantise(lower(l0) + top(h1) + odd, multiplier, zero);
        byte[2 * pass] = ln_dsp_requantise(middle(l1, h1) + even, multiplier, zero);
        byte += 2 * pass;
        byte[pass] = ln_dsp_requantise(lower(l1) + top(h2) + odd, multiplier, zero);
        byte[2 * pass] = ln_dsp_requantise(middle(l2, h2) + even, multiplier, zero);
        byte += 4 * pass;
        back = pass;
        left = lower(l2);
    }
    p->words = words;
    p->left = left;
}

/* An output's rows from `ky` to in front of `end`. */
static inline void begin_part(const ln_layer *layer, const strip *s, const int8_t *w, unsigned ky,
                              unsigned end, part *p)
{
    unsigned step = s->step, weights = s->row_weights, rows = end - ky;
    uint32_t bias = ky > 0 ? 0 : ln_u32((const uint8_t *)w - 8);

    w += ky * weights;
    if (step == 6 && weights == 21) /* the same with a kernel of 7 */
        pack_rows(w, rows, 6, 21, p->weights);
    else
        pack_rows(w, rows, step, weights, p->weights);
    p->words = s->words + ky * step * GROUP_WORDS;
    p->others = (layer->kernel - rows) * step * GROUP_WORDS;
    p->skip = (MOST_GROUPS - rows * step) * GROUP_CODE;
    p->even = bias - LANE_HALF;
    p->odd = p->even - TOP_HALF;
}

/* The row of the kernel at which the part that begins at ky ends. */
static unsigned part_end(const ln_layer *layer, unsigned parts, unsigned ky)
{
    do
        ky++;
    while (ky < layer->kernel && (parts >> ky & 1) == 0);
    return ky;
}

/* One of an output's parts. Not inline, for the sake of the stack. */
static __attribute__((noinline)) void begin_apart(const ln_layer *layer, const strip *s, const int8_t *w,
                                                  unsigned ky, unsigned end, part *p)
{
    begin_part(layer, s, w, ky, end, p);
}

static void sum_output(const ln_layer *layer, unsigned parts, const strip *s, const int8_t *w,
                       uint32_t *carry, part *p)
{
    memset(s->sums, 0, s->blocks * BLOCK_PLACES * sizeof *s->sums);
    p->left = *carry;
    *carry = 0;
    for (unsigned ky = 0, end; ky < layer->kernel; ky = end) {
        end = part_end(layer, parts, ky);
        begin_apart(layer, s, w, ky, end, p);
        add_blocks(p, s->blocks, s->sums);
        *carry += p->left;
        p->left = 0;
    }
}

ln_lanes_sums ln_lanes_output(const ln_layer *layer, unsigned parts, unsigned output, void *scratch)
{
    strip *s = scratch;
    ln_lanes_sums made = {(const int32_t *)s->sums + (s->x == 0), s->x, s->count};
    part p;

    sum_output(layer, parts, s, weights_of(layer, output), carries(s) + output, &p);
    return made;
}

/* Passes on `count` sums, from the first one in the row on. */
static void pass_sums(const uint32_t *sums, unsigned count, const part *p, uint8_t *byte)
{
    for (const uint32_t *end = sums + count; sums != end; byte += p->pass)
        *byte = ln_dsp_requantise(*sums++, p->multiplier, p->zero);
}

/* Passes an output in one part on. Blocks that lie in the row do so themselves. */
static void pass_output(const ln_layer *layer, const strip *s, const int8_t *w, uint32_t *carry,
                        uint8_t *byte, part *p)
{
    size_t back = s->x == 0 ? 0 : p->pass;

    begin_part(layer, s, w, 0, layer->kernel, p);
    p->left = *carry;
    pass_blocks(p, s->whole, byte + back, back);
    if (s->rest > 0) {
        unsigned outside = s->x == 0 && s->whole == 0, rest = s->rest - outside;

        memset(s->sums, 0, BLOCK_PLACES * sizeof *s->sums);
        add_blocks(p, 1, s->sums);
        pass_sums(s->sums + outside, rest, p, byte + (s->count - rest) * p->pass);
    }
    *carry = p->left;
}

void ln_lanes_pass(const ln_layer *layer, const uint16_t *parts, uint8_t zero, uint8_t *row, void *scratch)
{
    strip *s = scratch;
    const int8_t *w = weights_of(layer, 0);
    size_t step = ln_conv_output_step(layer);
    part p;

    p.pass = layer->pass;
    p.zero = zero;
    row += s->x * p.pass;
    for (unsigned o = 0; o < layer->outputs; o++, w += step, row++) {
        p.multiplier = ln_u32((const uint8_t *)w - 4);
        if (parts[o] == 1) {
            pass_output(layer, s, w, carries(s) + o, row, &p);
        } else {
            sum_output(layer, parts[o], s, w, carries(s) + o, &p);
            pass_sums(s->sums + (s->x == 0), s->count, &p, row);
        }
    }
}

#endif
