/* A kernel for the DSP extension, about twice as fast as by pairs on large layers: SMLAL, which multiplies
 * two words and adds their product to 64 bits, does up to four multiplications at once.
 *
 * One word holds two neighbours of a row of the picture, the other two weights, both 22 bits apart:
 *
 *     (a1 + a0 2^22) (w0 + w1 2^22) = a1 w0 + (a0 w0 + a1 w1) 2^22 + a0 w1 2^44
 *
 * So three lanes of 22, 22 and 20 bits add up side by side. Where the filter's w0 meets a0, the middle lane
 * belongs to that place, the lower one to the place on its right and the upper one to the place on its left.
 *
 * A row is a string of bytes here, whatever its channels: from one place to the next the filter moves on by a
 * step of stride x inputs bytes. Byte g of what a row of the filter covers and the bytes one, two and three
 * steps behind it meet two to four weights: a group. A row of the filter has a step of groups.
 *
 * Places are worked on in blocks of six, three accumulators each, and a row in strips of some blocks: a
 * strip's words serve all outputs, and the packed weights of an output a strip. */
#include "device/kernels/dsp.h"
#include "device/kernels/kernel.h"

#define LANE 22
#define LANE_HALF ((uint32_t)1 << 21) /* the lower two lanes hold -LANE_HALF to LANE_HALF - 1 */
#define TOP_HALF ((uint32_t)1 << 19)

#define BLOCK_PLACES 6
#define BLOCK_LANES 6    /* words of its three accumulators */
#define GROUP_WORDS 4    /* of the picture, in a block */
#define MOST_GROUPS 48   /* of a filter, which has three rows or more, */
#define MOST_STEP 16     /* so many of them in a row */
#define STRIP_BYTES 4704 /* of the picture's words: longer strips pack weights less often */

/* ---- Which layers ------------------------------------------------------------------------------ */

static unsigned step_of(const ln_layer *layer)
{
    return (unsigned)layer->stride * layer->inputs;
}

/* Sums of magnitudes, of positive and of negative weights. */
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

/* The second and fourth weights of the groups go into the upper lane; all of them into the middle one. */
static int output_stays(const ln_layer *layer, const int8_t *w, uint8_t zero)
{
    magnitudes all = {0, 0}, top = {0, 0};
    unsigned row = (unsigned)ln_kernel_row_bytes(layer);

    for (unsigned i = 0; i < layer->kernel * row; i++) {
        add_weight(&all, w[i]);
        if (i % row / step_of(layer) % 2 != 0)
            add_weight(&top, w[i]);
    }
    return stays(&all, zero, LANE_HALF) && stays(&top, zero, TOP_HALF);
}

/* Two to four weights in each group, such as those of a 3x3 filter with a stride of 1, or of a 7x7 one with a
 * stride of 2; and no weights whose sums could leave their lane. */
static int suits(const ln_conv_task *task)
{
    const ln_layer *layer = task->layer;
    unsigned step = step_of(layer), row = (unsigned)ln_kernel_row_bytes(layer);

    if (task->target != LN_DSP || (task->whole && task->zero != 0) || row <= 2 * step || row > 4 * step ||
        layer->kernel * step > MOST_GROUPS)
        return 0;
    for (unsigned o = 0; o < layer->outputs; o++)
        if (!output_stays(layer, ln_weights(layer, o), task->zero))
            return 0;
    return 1;
}

/* ---- Memory ------------------------------------------------------------------------------------ */

/* How many groups are worked on in a turn of the loop: a 7x7 filter with a stride of 2 over colours has 42
 * groups, a 3x3 one with a stride of 1 has 48, 36, 24 or 12. */
static unsigned turn_of(const ln_layer *layer)
{
    return layer->kernel * step_of(layer) % 14 == 0 ? 14 : 12;
}

/* Groups of so many rows of a filter, rounded up to whole turns. */
static unsigned groups_of(const ln_layer *layer, unsigned rows)
{
    unsigned turn = turn_of(layer);

    return (rows * step_of(layer) + turn - 1) / turn * turn;
}

/* The last block ends with the row. The first one begins in front of it, by one place at least: the place
 * that the first accumulator's upper lane belongs to. */
static unsigned row_blocks(const ln_layer *layer)
{
    return layer->width / BLOCK_PLACES + 1u;
}

/* Of each strip but the last one, which may have fewer. */
static unsigned strip_blocks(const ln_layer *layer)
{
    unsigned most =
        STRIP_BYTES / (GROUP_WORDS * groups_of(layer, layer->kernel) * (unsigned)sizeof(uint32_t));
    unsigned strips = (row_blocks(layer) + most - 1) / most;

    return (row_blocks(layer) + strips - 1) / strips;
}

/* The scratch: what a strip leaves at its right end for each output, the lanes of one output, and the
 * picture's words. */
static ln_needs needs(const ln_conv_task *task)
{
    const ln_layer *layer = task->layer;
    size_t words =
        layer->outputs + strip_blocks(layer) * (BLOCK_LANES + GROUP_WORDS * groups_of(layer, layer->kernel));
    ln_needs needs = {layer->kernel, 0, words * sizeof(uint32_t)};

    return needs;
}

#if LN_TARGET == LN_DSP

/* A strip of the row that is made. */
typedef struct strip {
    unsigned first, blocks;     /* its first block in the row, and how many it has */
    unsigned outside;           /* places of the first block that are in front of the row */
    unsigned ky, rows;          /* the filter's first row in the picture, and how many are */
    unsigned step, row_weights; /* of the layer */
    unsigned turn, groups;      /* groups in a turn and in a block */
    unsigned block;             /* words of a block of the picture */
    uint32_t *lanes, *end;      /* in the scratch */
    uint32_t *words;
} strip;

/* Rows of the filter above and below the picture are left out. */
static void find_rows(const ln_conv *conv, strip *s)
{
    const ln_layer *layer = conv->layer;
    int top = conv->done * layer->stride - layer->padding, below = layer->in_height - top;
    int first = top < 0 ? -top : 0, end = below < layer->kernel ? below : layer->kernel;

    s->ky = (unsigned)first;
    s->rows = (unsigned)(end - first);
    s->step = step_of(layer);
    s->row_weights = (unsigned)ln_kernel_row_bytes(layer);
    s->turn = turn_of(layer);
    s->groups = groups_of(layer, s->rows);
    s->block = GROUP_WORDS * s->groups;
}

static void find_blocks(const ln_conv *conv, unsigned first, unsigned blocks, strip *s)
{
    const ln_layer *layer = conv->layer;
    unsigned all = row_blocks(layer);

    s->first = first;
    s->blocks = all - first < blocks ? all - first : blocks;
    s->outside = first == 0 ? all * BLOCK_PLACES - layer->width : 0;
    s->lanes = (uint32_t *)conv->scratch + layer->outputs;
    s->end = s->lanes + s->blocks * BLOCK_LANES;
    s->words = s->lanes + blocks * BLOCK_LANES;
}

/* The strip's first place in the row; of the first strip, in front of it. */
static int first_place(const ln_layer *layer, const strip *s)
{
    return (int)layer->width - (int)((row_blocks(layer) - s->first) * BLOCK_PLACES);
}

/* ---- Words of the picture ---------------------------------------------------------------------- */

/* Where 128 stands for 0, rows are kept with the uppermost bit of each byte turned over: as signed numbers.
 */
static void take(ln_conv *conv, const uint8_t *row)
{
    uint8_t *kept = ln_conv_input(conv, conv->taken);
    size_t bytes = ln_row_bytes(conv->layer);

    if (conv->zero == 0) {
        ln_conv_keep(conv, row);
        return;
    }
    conv->taken++;
    LN_UNROLLED(4)
    for (size_t i = 0; i < bytes / 4; i++, row += 4, kept += 4) {
        uint32_t word = ln_dsp_load(row) ^ 0x80808080u;

        memcpy(kept, &word, sizeof word);
    }
    for (size_t i = 0; i < bytes % 4; i++)
        kept[i] = row[i] ^ 0x80u;
}

static inline uint32_t pair_bytes(const uint8_t *low, const uint8_t *high, int is_signed)
{
    if (is_signed)
        return (uint32_t)(int8_t)*low + ((uint32_t)(int8_t)*high << LANE);
    return *low + ((uint32_t)*high << LANE);
}

/* The words of one row of a block, from six steps of bytes. The first word of each group is the last one of
 * the block before, `before` words from there. */
static inline void pair_row(uint32_t *words, int before, const uint8_t *bytes, unsigned step, int is_signed)
{
    const uint8_t *b1 = bytes + step, *b2 = b1 + step, *b3 = b2 + step, *b4 = b3 + step, *b5 = b4 + step;

    for (const uint8_t *end = b1; bytes != end;) {
        uint32_t first = words[before], second = pair_bytes(b1++, bytes++, is_signed);

        LN_DSP_PUT_PAIR(pair_bytes(b3++, b2++, is_signed), pair_bytes(b5++, b4++, is_signed), words, 8);
        LN_DSP_WRITE_PAIR(first, second, words, 16);
    }
}

/* `count` bytes of a row of `size` bytes from `begin` on; `outer` is room for those that are not all in the
 * row. */
static inline const uint8_t *piece(const uint8_t *row, int size, int begin, int count, uint8_t *outer)
{
    if (begin >= 0 && begin + count <= size)
        return row + begin;
    ln_row_piece(row, (size_t)size, begin, (size_t)count, 0, outer);
    return outer;
}

/* The first word of each group, from two steps of bytes. In a row's first strip they are often all outside.
 */
static inline void pair_first(const uint8_t *row, int size, int begin, uint32_t *words, unsigned step,
                              int is_signed)
{
    uint8_t outer[2 * MOST_STEP];
    const uint8_t *bytes;

    if (begin + 2 * (int)step <= 0) {
        for (unsigned i = 0; i < step; i++)
            words[i * GROUP_WORDS] = 0;
        return;
    }
    bytes = piece(row, size, begin, 2 * (int)step, outer);
    for (unsigned i = 0; i < step; i++)
        words[i * GROUP_WORDS] = pair_bytes(bytes + step + i, bytes + i, is_signed);
}

/* One input row in all blocks of a strip. */
static inline void pair_blocks(const ln_layer *layer, const strip *s, const uint8_t *row, uint32_t *words,
                               unsigned step, int is_signed)
{
    uint8_t outer[BLOCK_PLACES * MOST_STEP];
    int size = (int)ln_row_bytes(layer), count = BLOCK_PLACES * (int)step, before = 0;
    int begin = (first_place(layer, s) + 1) * (int)step - layer->padding * layer->inputs;

    pair_first(row, size, begin, words, step, is_signed);
    begin += 2 * (int)step;
    for (uint32_t *end = words + s->blocks * s->block; words != end; words += s->block, begin += count) {
        pair_row(words, before, piece(row, size, begin, count, outer), step, is_signed);
        before = GROUP_WORDS - 1 - (int)s->block;
    }
}

LN_NOT_INLINE static void pair_rows(const ln_conv *conv, const strip *s)
{
    int top = conv->done * conv->layer->stride - conv->layer->padding;
    uint32_t *words = s->words;

    for (unsigned ky = s->ky; ky < s->ky + s->rows; ky++, words += s->step * GROUP_WORDS) {
        const uint8_t *row = ln_conv_input(conv, (unsigned)(top + (int)ky));

        if (conv->zero == 0)
            pair_blocks(conv->layer, s, row, words, s->step, 0);
        else if (s->step == 6) /* colours with a stride of 2: what the compiler knows, it unrolls */
            pair_blocks(conv->layer, s, row, words, 6, 1);
        else
            pair_blocks(conv->layer, s, row, words, s->step, 1);
    }
}

/* ---- Packed weights and sums ------------------------------------------------------------------- */

/* What sum_blocks works on. It knows where the members are. */
typedef struct summing {
    uint32_t start[BLOCK_LANES]; /* of a block's accumulators */
    const uint32_t *first;       /* of the weights */
    uint32_t *lanes;             /* where the next block's accumulators go, */
    const uint32_t *end;         /* and the end of the last one's */
    const uint32_t *words;       /* of the picture */
    uint32_t r7;
    uint32_t weights[2 * MOST_GROUPS + 2]; /* two words a group; then END and where this struct is */
} summing;

#define END 0x80000000u /* no pair of weights */

/* Multiplies the words of all blocks with the weights, `groups` groups in a turn: three accumulators a block,
 * from sum->start on. It takes all registers: r6 to r11 accumulate, r2 to r5 are the picture's words, r0 and
 * r1 a group's weights, r12 and lr walk through weights and words. r7 is saved by hand, as the compiler may
 * hold the frame's address in it. */
#define SUM_BLOCKS(sum, groups)                                                                              \
    do {                                                                                                     \
        register summing *at __asm__("r1") = (sum);                                                          \
                                                                                                             \
        __asm__ volatile("str r7, [r1, %[r7]]\n\t"                                                           \
                         "ldr lr, [r1, %[words]]\n"                                                          \
                         "1:\n\t" /* a block */                                                              \
                         "ldmia r1, {r6, r7, r8, r9, r10, r11, r12}\n\t"                                     \
                         "ldrd r0, r1, [r12], #8\n"                                                          \
                         "2:\n\t" /* a turn */                                                               \
                         ".rept " #groups "\n\t"                                                             \
                         "ldmia lr!, {r2, r3, r4, r5}\n\t"                                                   \
                         "smlal r6, r7, r2, r0\n\t"                                                          \
                         "smlal r8, r9, r3, r0\n\t"                                                          \
                         "smlal r10, r11, r4, r0\n\t"                                                        \
                         "smlal r6, r7, r3, r1\n\t"                                                          \
                         "smlal r8, r9, r4, r1\n\t"                                                          \
                         "smlal r10, r11, r5, r1\n\t"                                                        \
                         "ldrd r0, r1, [r12], #8\n\t"                                                        \
                         ".endr\n\t"                                                                         \
                         "cmp r0, %[end_mark]\n\t"                                                           \
                         "bne.w 2b\n\t"                                                                      \
                         "ldrd r0, r2, [r1, %[lanes]]\n\t" /* and the end */                                 \
                         "stmia r0!, {r6, r7, r8, r9, r10, r11}\n\t"                                         \
                         "str r0, [r1, %[lanes]]\n\t"                                                        \
                         "cmp r0, r2\n\t"                                                                    \
                         "bne.w 1b\n\t"                                                                      \
                         "ldr r7, [r1, %[r7]]"                                                               \
                         : "+r"(at)                                                                          \
                         : [r7] "n"(offsetof(summing, r7)), [words] "n"(offsetof(summing, words)),           \
                           [lanes] "n"(offsetof(summing, lanes)), [end_mark] "n"(END)                        \
                         : "r0", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc",  \
                           "memory");                                                                        \
    } while (0)

LN_NOT_INLINE static void sum_blocks(summing *sum, unsigned turn)
{
    if (turn == 14)
        SUM_BLOCKS(sum, 14);
    else
        SUM_BLOCKS(sum, 12);
}

static void init_summing(summing *sum, const strip *s)
{
    for (unsigned i = 0; i < BLOCK_LANES; i += 2) {
        sum->start[i] = LANE_HALF + (LANE_HALF << LANE);
        sum->start[i + 1] = LANE_HALF >> (32 - LANE);
    }
    sum->first = sum->weights;
    sum->end = s->end;
    sum->words = s->words;
}

static inline uint32_t pair_weights(int low, int high)
{
    return (uint32_t)low + ((uint32_t)high << LANE);
}

/* Packs some groups, of which each has `weights` weights. */
static inline uint32_t *pack_groups(const int8_t *w, unsigned groups, unsigned step, unsigned weights,
                                    uint32_t *packed)
{
    const int8_t *w1 = w + step, *w2 = w1 + step, *w3 = w2 + step;

    LN_UNROLLED(4)
    for (const int8_t *end = w + groups; w != end;) {
        uint32_t pair = pair_weights(*w++, *w1++), next = 0;

        if (weights > 2)
            next = pair_weights(*w2++, weights > 3 ? *w3++ : 0);
        LN_DSP_WRITE_PAIR(pair, next, packed, 8);
    }
    return packed;
}

/* Packs some rows of a filter, `weights` weights each. */
static inline uint32_t *pack_rows(const int8_t *w, unsigned rows, unsigned step, unsigned weights,
                                  uint32_t *packed)
{
    unsigned four = weights > 3 * step ? weights - 3 * step : 0;
    unsigned three = weights > 3 * step ? step : weights - 2 * step;

    for (const int8_t *end = w + rows * weights; w != end; w += weights) {
        packed = pack_groups(w, four, step, 4, packed);
        packed = pack_groups(w + four, three - four, step, 3, packed);
        packed = pack_groups(w + three, step - three, step, 2, packed);
    }
    return packed;
}

/* Makes an output's lanes in a strip; `weights` are those of the filter's first row. Not inline: it needs all
 * registers. */
LN_NOT_INLINE static void make_lanes(const strip *s, const int8_t *weights, summing *sum)
{
    const int8_t *w = weights + s->ky * s->row_weights;
    unsigned step = s->step, row = s->row_weights;
    uint32_t *packed;

    if (step == 6 &&
        row == 21) /* a 7x7 filter with a stride of 2 over colours: what the compiler knows, it unrolls */
        packed = pack_rows(w, s->rows, 6, 21, sum->weights);
    else if (row == 3 * step) /* a 3x3 one with a stride of 1 */
        packed = pack_rows(w, s->rows, step, 3 * step, sum->weights);
    else
        packed = pack_rows(w, s->rows, step, row, sum->weights);
    for (unsigned i = s->rows * step; i < s->groups; i++)
        LN_DSP_WRITE_PAIR(0, 0, packed, 8);
    packed[0] = END;
    packed[1] = (uint32_t)sum;
    sum->lanes = s->lanes;
    sum_blocks(sum, s->turn);
}

/* ---- Lanes become sums ------------------------------------------------------------------------- */

/* Two places share an accumulator and the lower lane of the one in front, `left`. The lower two lanes are
 * numbers from 0 on: they began with their halves, which `bias` takes off again. */
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

static uint32_t bias_of(const int8_t *weights)
{
    return ln_dsp_load(weights - 8) - LANE_HALF;
}

/* Puts sums in the place of the lanes. Returns what they leave for the next strip. */
static uint32_t sum_lanes(const strip *s, uint32_t left, uint32_t bias)
{
    for (uint32_t *lanes = s->lanes; lanes != s->end; lanes += 2) {
        uint32_t low = lanes[0], high = lanes[1];

        lanes[0] = first_sum(left, high) + bias;
        lanes[1] = second_sum(low, high) + bias;
        left = lower(low);
    }
    return left;
}

/* Requantises the sums and passes them on, `pass` bytes apart. Returns what they leave for the next strip. */
static uint32_t pass_lanes(const strip *s, uint32_t left, const int8_t *weights, int zero, uint8_t *byte,
                           size_t pass)
{
    uint32_t bias = bias_of(weights), multiplier = ln_dsp_load(weights - 4);
    const uint32_t *lanes = s->lanes + s->outside / 2 * 2;

    if (s->outside % 2 != 0) { /* only the second place is in the row */
        *byte = ln_dsp_requantise((int32_t)(second_sum(lanes[0], lanes[1]) + bias), multiplier, zero);
        byte += pass;
        lanes += 2;
    }
    if (s->outside > 0)
        left = lower(lanes[-2]);
    LN_UNROLLED(4)
    for (const uint32_t *end = s->end; lanes != end; lanes += 2) {
        uint32_t low = lanes[0], high = lanes[1];

        byte[0] = ln_dsp_requantise((int32_t)(first_sum(left, high) + bias), multiplier, zero);
        byte[pass] = ln_dsp_requantise((int32_t)(second_sum(low, high) + bias), multiplier, zero);
        byte += 2 * pass;
        left = lower(low);
    }
    return left;
}

/* Makes all outputs in a strip and hands them out. `left` is what the strip before left of each. Not inline,
 * so that the stack has either this or pair_rows. */
LN_NOT_INLINE static void make_strip(const ln_conv *conv, const strip *s, uint32_t *left,
                                     const ln_outputs *to)
{
    const ln_layer *layer = conv->layer;
    const int8_t *weights = ln_weights(layer, 0);
    size_t step = ln_output_step(layer);
    unsigned x = (unsigned)(first_place(layer, s) + (int)s->outside);
    ln_tile tile = {(const int32_t *)s->lanes + s->outside, x, s->blocks * BLOCK_PLACES - s->outside, 0, 1};
    uint8_t *byte = to->next + x * layer->pass;
    int zero = ln_output_zero(layer);
    summing sum;

    init_summing(&sum, s);
    for (; tile.output < layer->pass; tile.output++, weights += step, left++) {
        make_lanes(s, weights, &sum);
        *left = pass_lanes(s, *left, weights, zero, byte++, layer->pass);
    }
    for (; tile.output < layer->outputs; tile.output++, weights += step, left++) {
        make_lanes(s, weights, &sum);
        *left = sum_lanes(s, *left, bias_of(weights));
        ln_outputs_put(to, conv, &tile);
    }
}

static void make(ln_conv *conv, const ln_outputs *to)
{
    unsigned all = row_blocks(conv->layer), blocks = strip_blocks(conv->layer);
    strip s;

    find_rows(conv, &s);
    for (unsigned first = 0; first < all; first += blocks) {
        find_blocks(conv, first, blocks, &s);
        pair_rows(conv, &s);
        make_strip(conv, &s, conv->scratch, to);
    }
}

const ln_kernel ln_kernel_lanes = {suits, needs, take, make};
#else
const ln_kernel ln_kernel_lanes = {suits, needs, NULL, NULL};
#endif
