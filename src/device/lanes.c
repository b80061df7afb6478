#include "device/lanes.h"

#ifdef LN_DOT_DSP

#include <stddef.h>
#include <string.h>

#include "device/conv.h"
#include "device/dsp.h"

#define UNUSED __attribute__((unused)) /* but by assembly */
#define LANE 22
#define LANE_HALF ((uint32_t)1 << 21) /* the lower two lanes hold -LANE_HALF to LANE_HALF - 1 */
#define TOP_HALF ((uint32_t)1 << 19)

#define MOST_GROUPS 48 /* of a part: so long is the unrolled loop */
#define GROUP_CODE 32  /* bytes of that loop for each */
#define GROUP_WORDS 4  /* of the picture, in a block */
#define BLOCK_PLACES 6
#define BLOCK_LANES 6    /* words of its three accumulators */
#define STRIP_BYTES 4800 /* of the picture's words: longer strips pack weights less often */
#define MOST_STEP 16     /* with the largest weights so many products fit into the top lane */
#define MOST_ROW 64      /* and so many into the others */

/* ---- Which layers ---------------------------------------------------------------------------- */

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

/* ---- What fits into the lanes ---------------------------------------------------------------- */

/* Positive and negative weights, each summed up as magnitudes. */
typedef struct magnitudes {
    uint32_t positive, negative;
} magnitudes;

static void add(magnitudes *sum, const magnitudes *to_add)
{
    sum->positive += to_add->positive;
    sum->negative += to_add->negative;
}

/* Whether their products with bytes less `zero` stay in a lane. */
static int stays(const magnitudes *sum, uint8_t zero, uint32_t half)
{
    uint32_t above = 255u - zero;

    return above * sum->positive + zero * sum->negative < half &&
           zero * sum->positive + above * sum->negative < half;
}

static magnitudes sum_weights(const int8_t *w, unsigned count)
{
    magnitudes sum = {0, 0};

    for (const int8_t *end = w + count; w != end; w++) {
        if (*w < 0)
            sum.negative += (uint32_t) - *w;
        else
            sum.positive += (uint32_t)*w;
    }
    return sum;
}

/* Those of a row of the kernel, and those of its weights that go into the top lane. */
static void sum_row(const ln_layer *layer, const int8_t *w, magnitudes *all, magnitudes *top)
{
    unsigned step = step_of(layer), weights = row_weights(layer);

    memset(all, 0, sizeof *all);
    memset(top, 0, sizeof *top);
    for (unsigned i = 0; i < weights; i += step) {
        magnitudes some = sum_weights(w + i, weights - i < step ? weights - i : step);

        add(all, &some);
        if (i / step % 2 != 0)
            add(top, &some);
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
        magnitudes row_all, row_top;

        sum_row(layer, w, &row_all, &row_top);
        add(&all, &row_all);
        add(&top, &row_top);
        groups += step;
        if (ky == 0 || groups > MOST_GROUPS || !stays(&all, zero, LANE_HALF) ||
            !stays(&top, zero, TOP_HALF)) {
            parts |= 1u << ky;
            all = row_all;
            top = row_top;
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

/* ---- Strips ---------------------------------------------------------------------------------- */

/* Words of a block of the picture. */
static unsigned block_words(const ln_layer *layer)
{
    return layer->kernel * step_of(layer) * GROUP_WORDS;
}

/* The last block ends with the row. The first one begins outside, by one place at least: the upper lane's. */
static unsigned row_blocks(const ln_layer *layer)
{
    return layer->width / BLOCK_PLACES + 1u;
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

/* A strip in the scratch. Behind it: what it leaves at its right end for each output, the sums of one output,
 * and the picture's words. */
typedef struct strip {
    uint32_t *sums, *end, *words; /* sums are lanes first */
    unsigned x, count;            /* places that are in the row, */
    unsigned outside;             /* and those of the first block that are in front of it */
    unsigned blocks;
    unsigned ky, rows; /* the first row of the kernel that is in the picture, and how many are */
    size_t block;      /* words of a block of these */
    int before; /* how far behind the strip's first word the one that came before it lies; 0 for none */
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

/* Of a kernel that begins at input row `top`. */
static void find_rows(const ln_layer *layer, int top, strip *s)
{
    int first = top < 0 ? -top : 0, below = layer->in_height - top;

    s->ky = (unsigned)first;
    s->rows = (unsigned)((below < layer->kernel ? below : layer->kernel) - first);
    s->step = step_of(layer);
    s->row_weights = row_weights(layer);
    s->block = s->rows * s->step * GROUP_WORDS;
}

static void find_strip(const ln_layer *layer, unsigned number, strip *s)
{
    unsigned size = strip_blocks(layer), first = number * size, left = row_blocks(layer) - first;
    unsigned outside = row_blocks(layer) * BLOCK_PLACES - layer->width;

    s->blocks = left < size ? left : size;
    s->sums = carries(s) + layer->outputs;
    s->end = s->sums + s->blocks * BLOCK_PLACES;
    s->words = s->sums + size * BLOCK_PLACES;
    s->outside = first == 0 ? outside : 0;
    s->x = first == 0 ? 0 : first * BLOCK_PLACES - outside;
    s->count = s->blocks * BLOCK_PLACES - s->outside;
    s->before = first == 0 ? 0 : (int)((size - 1) * s->block + GROUP_WORDS - 1);
    if (first == 0) /* what is left of nothing only makes sums of a place outside */
        memset(carries(s), 0, layer->outputs * sizeof *carries(s));
}

/* ---- Words of the picture -------------------------------------------------------------------- */

/* What 0 is in a word of bytes. */
static inline uint32_t zeros_of(uint8_t zero)
{
    return zero + ((uint32_t)zero << LANE);
}

static inline uint32_t pair_bytes(unsigned low, unsigned high, uint32_t zeros)
{
    return low + ((uint32_t)high << LANE) - zeros;
}

/* The words of one row of a block. The first one of each group is the last one of the block before, `before`
 * words from there. The others pair six steps of bytes. */
static inline void pair_row(uint32_t *words, int before, const uint8_t *bytes, unsigned step, uint32_t zeros)
{
    const uint8_t *b1 = bytes + step, *b2 = b1 + step, *b3 = b2 + step, *b4 = b3 + step, *b5 = b4 + step;

    for (const uint8_t *end = b1; bytes != end;) {
        uint32_t first = words[before], second = pair_bytes(*b1++, *bytes++, zeros);

        LN_DSP_PUT_PAIR(pair_bytes(*b3++, *b2++, zeros), pair_bytes(*b5++, *b4++, zeros), words, 8);
        LN_DSP_WRITE_PAIR(first, second, words, 16);
    }
}

/* Some bytes of a row from `begin` on, of which not all are in it. */
LN_NOT_INLINE static void put_together(const uint8_t *row, int size, int begin, int count, uint8_t zero,
                                       uint8_t *bytes)
{
    int from = begin < 0 ? -begin : 0, to = size - begin < count ? size - begin : count;

    if (from >= to) { /* only places outside */
        memset(bytes, zero, (size_t)count);
        return;
    }
    if (from > 0)
        memset(bytes, zero, (size_t)from);
    memcpy(bytes + from, row + begin + from, (size_t)(to - from));
    if (to < count)
        memset(bytes + to, zero, (size_t)(count - to));
}

/* The same anywhere; `outer` is room for what must be put together. */
static inline const uint8_t *row_part(const uint8_t *row, int size, int begin, int count, uint8_t zero,
                                      uint8_t *outer)
{
    if (begin >= 0 && begin + count <= size)
        return row + begin;
    put_together(row, size, begin, count, zero, outer);
    return outer;
}

/* The first words of a row, from two steps of bytes. They are often outside. */
LN_NOT_INLINE static void pair_first(const uint8_t *row, int size, int begin, uint8_t zero, unsigned step,
                                     uint32_t *words)
{
    uint8_t outer[2 * MOST_STEP];
    const uint8_t *bytes;

    if (begin + 2 * (int)step <= 0) {
        for (; step > 0; step--, words += GROUP_WORDS)
            *words = 0;
        return;
    }
    bytes = row_part(row, size, begin, 2 * (int)step, zero, outer);
    for (const uint8_t *end = bytes + step; bytes != end; bytes++, words += GROUP_WORDS)
        *words = pair_bytes(bytes[step], bytes[0], zeros_of(zero));
}

/* A row of the kernel in all blocks. */
static inline void pair_blocks(const ln_layer *layer, uint8_t zero, const uint8_t *row, const strip *s,
                               uint32_t *words, unsigned step)
{
    uint8_t outer[BLOCK_PLACES * MOST_STEP];
    int count = (int)(BLOCK_PLACES * step), size = layer->in_width * layer->inputs;
    int first = ((int)(s->x - s->outside) + 1) * (int)step - layer->padding * layer->inputs;
    int begin = first + 2 * (int)step, before = s->before;

    if (before == 0)
        pair_first(row, size, first, zero, step, words);
    for (unsigned i = 0; i < s->blocks; i++, words += s->block, begin += count) {
        pair_row(words, before, row_part(row, size, begin, count, zero, outer), step, zeros_of(zero));
        before = GROUP_WORDS - 1 - (int)s->block;
    }
}

void ln_lanes_begin(const ln_layer *layer, uint8_t zero, const uint8_t *rows, unsigned kept, int top,
                    unsigned number, void *scratch)
{
    strip *s = scratch;
    unsigned y, end, step;
    uint32_t *words;

    find_rows(layer, top, s);
    find_strip(layer, number, s);
    words = s->words;
    step = s->step;
    y = (unsigned)(top + (int)s->ky);
    for (end = y + s->rows; y < end; y++, words += step * GROUP_WORDS) {
        const uint8_t *row = rows + y % kept * layer->in_width * layer->inputs;

        if (step == 6) /* colours with a stride of 2: offsets that the compiler knows */
            pair_blocks(layer, zero, row, s, words, 6);
        else if (zero == 0) /* nothing to subtract */
            pair_blocks(layer, 0, row, s, words, step);
        else
            pair_blocks(layer, zero, row, s, words, step);
    }
}

/* ---- Packed weights -------------------------------------------------------------------------- */

static inline uint32_t pair_weights(int low, int high)
{
    return (uint32_t)low + ((uint32_t)high << LANE);
}

/* Packs some groups, of which each has `weights` weights; what is missing is 0. */
static inline uint32_t *pack_groups(const int8_t *w, unsigned groups, unsigned step, unsigned weights,
                                    uint32_t *packed)
{
    const int8_t *w1 = w + step, *w2 = w1 + step, *w3 = w2 + step;

    _Pragma("GCC unroll 4") for (const int8_t *end = w + groups; w != end;)
    {
        uint32_t pair = pair_weights(*w++, *w1++), next = 0;

        if (weights > 2)
            next = pair_weights(*w2++, weights > 3 ? *w3++ : 0);
        LN_DSP_WRITE_PAIR(pair, next, packed, 8);
    }
    return packed;
}

static inline void pack_rows(const int8_t *w, unsigned rows, unsigned step, unsigned weights,
                             uint32_t *packed)
{
    unsigned four = weights > 3 * step ? weights - 3 * step : 0;
    unsigned three = weights > 3 * step ? step : weights - 2 * step;

    do {
        packed = pack_groups(w, four, step, 4, packed);
        packed = pack_groups(w + four, three - four, step, 3, packed);
        packed = pack_groups(w + three, step - three, step, 2, packed);
        w += weights;
    } while (--rows > 0);
}

/* ---- Lanes and sums -------------------------------------------------------------------------- */

/* Some rows of the kernel for one output. The first eight words are in sum_blocks' order. */
typedef struct part {
    uint32_t skip;               /* bytes of code in front of as many groups as there are */
    uint32_t start[BLOCK_LANES]; /* of the accumulators */
    const uint32_t *first;       /* of the weights */
    size_t others;               /* bytes of a block that are not its own */
    const uint32_t *end;         /* of the lanes to make */
    uint32_t bias;               /* what sums are more than their lanes */
    uint32_t multiplier, zero;   /* for sums that are passed on */
    size_t pass;
    uint32_t weights[2 * MOST_GROUPS];
} part;

/* Makes the lanes of blocks from `words` on: three accumulators each, which begin with p->start. It takes all
 * registers, in the order of LDM and STM, so all of the function is assembly, with a frame of its own
 * (firmware/stack.awk); lr and r12 walk through the picture's words and the weights. p->skip jumps into an
 * unrolled loop, to where as many groups are left as there are: so all its instructions have four bytes. */
__attribute__((naked, noinline)) static void sum_blocks(const part *p UNUSED, uint32_t *lanes UNUSED,
                                                        const uint32_t *words UNUSED)
{
    __asm__("push {r0, r1, r4, r5, r6, r7, r8, r9, r10, r11, lr}\n\t"
            "mov lr, r2\n\t"
            "1: ldmia.w r0, {r0, r6, r7, r8, r9, r10, r11, r12}\n\t"
            "add pc, r0\n\t"
            "nop.n\n\t"
            ".rept %c[groups]\n\t"
            "ldmia.w lr!, {r2, r3, r4, r5}\n\t"
            "ldrd r0, r1, [r12], #8\n\t"
            "smlal r6, r7, r2, r0\n\t"
            "smlal r8, r9, r3, r0\n\t"
            "smlal r10, r11, r4, r0\n\t"
            "smlal r6, r7, r3, r1\n\t"
            "smlal r8, r9, r4, r1\n\t"
            "smlal r10, r11, r5, r1\n\t"
            ".endr\n\t"
            "ldrd r0, r1, [sp]\n\t"
            "ldrd r2, r3, [r0, %[others]]\n\t" /* and the end, which is next to it */
            "stmia.w r1!, {r6, r7, r8, r9, r10, r11}\n\t"
            "str r1, [sp, #4]\n\t"
            "add lr, r2\n\t"
            "cmp r1, r3\n\t"
            "bne.w 1b\n\t"
            "pop {r0, r1, r4, r5, r6, r7, r8, r9, r10, r11, pc}"
            :
            : [groups] "n"(MOST_GROUPS), [others] "n"(offsetof(part, others))
            : "r2", "r3", "r12", "cc", "memory");
}

/* Two places share an accumulator and the lower lane of the one in front. The lower two lanes are numbers
 * from 0 on: they begin with their halves. */
static inline uint32_t first_sum(uint32_t left, uint32_t high)
{
    return left + (uint32_t)((int32_t)high >> (2 * LANE - 32));
}

static inline uint32_t second_sum(uint32_t low, uint32_t high)
{
    uint32_t middle = low >> LANE;

    __asm__("bfi %0, %1, %2, %3" : "+r"(middle) : "r"(high), "n"(32 - LANE), "n"(2 * LANE - 32));
    return middle;
}

static inline uint32_t lower(uint32_t low)
{
    return low & (2 * LANE_HALF - 1);
}

/* Tells a part how many rows it has. */
static inline void set_rows(const strip *s, unsigned rows, part *p)
{
    p->skip = (MOST_GROUPS - rows * s->step) * GROUP_CODE;
    p->others = (s->block - rows * s->step * GROUP_WORDS) * sizeof(uint32_t);
}

/* Gives it their weights, from `w` on, and what is added to its sums. */
static inline void set_weights(const strip *s, const int8_t *w, unsigned rows, uint32_t bias, part *p)
{
    unsigned step = s->step, weights = s->row_weights;

    p->bias = bias - LANE_HALF;
    if (step == 6 && weights == 21) /* the same with a kernel of 7 */
        pack_rows(w, rows, 6, 21, p->weights);
    else if (weights == 3 * step) /* a kernel of 3 with a stride of 1 */
        pack_rows(w, rows, step, 3 * step, p->weights);
    else
        pack_rows(w, rows, step, weights, p->weights);
}

/* An output's weights from the first row on that is in the picture, and its bias. */
static const int8_t *inner_weights(const strip *s, const int8_t *w)
{
    return w + s->ky * s->row_weights;
}

static uint32_t bias_of(const int8_t *w)
{
    return ln_dsp_load(w - 8);
}

/* Rows of the part that begins with row `ky` of the kernel, or goes on there, as far as they are in the
 * picture. */
static unsigned part_rows(const strip *s, unsigned parts, unsigned ky)
{
    unsigned end = ky + 1;

    while (end < s->ky + s->rows && (parts >> end & 1) == 0)
        end++;
    return end - ky;
}

/* Lanes become sums: the first ones in their own place, others are added. Returns what they know of the place
 * behind them. */
static inline uint32_t sum_lanes(const uint32_t *lanes, const part *p, uint32_t left, uint32_t *sums,
                                 int first)
{
    for (const uint32_t *end = p->end; lanes != end; sums += 2) {
        uint32_t low, high;

        LN_DSP_READ_PAIR(low, high, lanes, 8);
        sums[0] = first_sum(left, high) + p->bias + (first ? 0 : sums[0]);
        sums[1] = second_sum(low, high) + p->bias + (first ? 0 : sums[1]);
        left = lower(low);
    }
    return left;
}

/* Adds another part's sums to those that are there, a block at a time. */
static uint32_t add_blocks(const strip *s, const uint32_t *words, part *p)
{
    uint32_t lanes[BLOCK_LANES], left = 0;

    p->end = lanes + BLOCK_LANES;
    for (uint32_t *sums = s->sums; sums != s->end; sums += BLOCK_PLACES, words += s->block) {
        sum_blocks(p, lanes, words);
        left = sum_lanes(lanes, p, left, sums, 0);
    }
    return left;
}

/* Not inline, for the sake of the stack. */
LN_NOT_INLINE static void begin_part(const strip *s, const int8_t *w, unsigned rows, uint32_t bias, part *p)
{
    set_rows(s, rows, p);
    set_weights(s, w, rows, bias, p);
}

static void sum_output(unsigned parts, const strip *s, const int8_t *w, uint32_t *carry, part *p)
{
    unsigned done = part_rows(s, parts, s->ky), rows;

    begin_part(s, inner_weights(s, w), done, bias_of(w), p);
    p->end = s->end;
    sum_blocks(p, s->sums, s->words);
    *carry = sum_lanes(s->sums, p, *carry, s->sums, 1);
    for (; done < s->rows; done += rows) {
        rows = part_rows(s, parts, s->ky + done);
        begin_part(s, inner_weights(s, w) + done * s->row_weights, rows, 0, p);
        *carry += add_blocks(s, s->words + done * s->step * GROUP_WORDS, p);
    }
}

static void init_part(part *p)
{
    for (unsigned i = 0; i < BLOCK_LANES; i += 2) {
        p->start[i] = LANE_HALF + (LANE_HALF << LANE);
        p->start[i + 1] = LANE_HALF >> (32 - LANE);
    }
    p->first = p->weights;
}

ln_lanes_sums ln_lanes_output(const ln_layer *layer, unsigned parts, unsigned output, void *scratch)
{
    strip *s = scratch;
    ln_lanes_sums made = {(const int32_t *)s->sums + s->outside, s->x, s->count};
    part p;

    init_part(&p);
    sum_output(parts, s, weights_of(layer, output), carries(s) + output, &p);
    return made;
}

/* ---- Passing on ------------------------------------------------------------------------------ */

/* Passes sums on. */
static void pass_sums(const strip *s, const part *p, uint8_t *byte)
{
    const uint32_t *sums = s->sums + s->outside;

    for (const uint32_t *end = sums + s->count; sums != end; byte += p->pass)
        *byte = ln_dsp_requantise(*sums++, p->multiplier, p->zero);
}

/* How an output's lanes are passed on. */
typedef struct passing {
    uint32_t left, bias, multiplier, zero;
    size_t pass;
    uint8_t *byte;
} passing;

static inline uint8_t passed_on(const passing *p, uint32_t sum)
{
    return ln_dsp_requantise((int32_t)(sum + p->bias), p->multiplier, (int)p->zero);
}

/* The two places of an accumulator. */
static inline const uint32_t *pass_two(passing *p, const uint32_t *lanes)
{
    uint32_t low, high;

    LN_DSP_READ_PAIR(low, high, lanes, 8);
    *p->byte = passed_on(p, first_sum(p->left, high));
    p->byte += p->pass;
    *p->byte = passed_on(p, second_sum(low, high));
    p->byte += p->pass;
    p->left = lower(low);
    return lanes;
}

/* Passes lanes on, from the first place in the row on. Returns what is left for the place behind them. */
static inline uint32_t pass_lanes(const strip *s, const part *of, uint32_t left, uint8_t *byte)
{
    passing p = {left, of->bias, of->multiplier, of->zero, of->pass, byte};
    const uint32_t *lanes = s->sums, *end = s->end;

    if (s->outside > 0) {
        const uint32_t *first = lanes + BLOCK_LANES;

        lanes += (s->outside + 1) / 2 * 2;
        if (s->outside % 2 != 0) {
            *p.byte = passed_on(&p, second_sum(lanes[-2], lanes[-1]));
            p.byte += p.pass;
        }
        p.left = lower(lanes[-2]);
        while (lanes != first)
            lanes = pass_two(&p, lanes);
    }
    while (lanes != end)
        lanes = pass_two(&p, pass_two(&p, pass_two(&p, lanes)));
    return p.left;
}

void ln_lanes_pass(const ln_layer *layer, const uint16_t *parts, uint8_t zero, uint8_t *row, void *scratch)
{
    strip *s = scratch;
    const int8_t *w = weights_of(layer, 0);
    uint32_t *carry = carries(s);
    size_t step = ln_conv_output_step(layer);
    part p;

    init_part(&p);
    p.pass = layer->pass;
    p.zero = zero;
    row += s->x * p.pass;
    set_rows(s, s->rows, &p);
    for (unsigned o = 0; o < layer->outputs; o++, w += step, row++, carry++) {
        p.multiplier = ln_dsp_load(w - 4);
        if (parts[o] == 1) {
            set_weights(s, inner_weights(s, w), s->rows, bias_of(w), &p);
            p.end = s->end;
            sum_blocks(&p, s->sums, s->words);
            *carry = pass_lanes(s, &p, *carry, row);
        } else {
            sum_output(parts[o], s, w, carry, &p);
            pass_sums(s, &p, row);
            set_rows(s, s->rows, &p);
        }
    }
}

#endif
