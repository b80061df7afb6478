/* The kernel by lanes, for the DSP extension. On large layers it is about twice as fast as by pairs: SMLAL,
 * which multiplies two words and adds the product to a 64-bit accumulator, does up to four multiplications at
 * once.
 *
 * One word holds two neighbours a0 and a1 of a row of the picture, another word two weights, both 22 bits
 * apart:
 *
 *     (a1 + a0 2^22) (w0 + w1 2^22) = a1 w0 + (a0 w0 + a1 w1) 2^22 + a0 w1 2^44
 *
 * So an accumulator holds three lanes of 22, 22 and 20 bits. Its middle lane is a sum for the place where the
 * filter's w0 meets a0, its lower lane a sum for the next place, and its upper lane one for the place before.
 *
 * The kernel sees a row as a string of bytes, whatever the channels. From one place to the next the filter
 * moves on by a step of stride x inputs bytes. A group is byte g of a step and the bytes one, two and three
 * steps behind it, with the two to four weights that they meet. So a row of the filter has as many groups as
 * a step has bytes.
 *
 * Six places make a block, with three accumulators. Some blocks make a strip. The picture's words of a strip
 * are made once and serve all outputs; the weights of an output are packed once for each strip. */
#include "device/kernels/dsp.h"
#include "device/kernels/kernel.h"

#define LANE 22
#define LANE_HALF ((uint32_t)1 << 21) /* the lower two lanes hold -LANE_HALF to LANE_HALF - 1 */
#define TOP_HALF ((uint32_t)1 << 19)

#define BLOCK_PLACES 6
#define BLOCK_LANES 6    /* words of a block's accumulators */
#define GROUP_WORDS 4    /* words of the picture for a group and a block */
#define MOST_GROUPS 48   /* groups of a filter */
#define MOST_STEP 16     /* groups of a row of it: a filter that suits has three rows or more */
#define STRIP_BYTES 4704 /* words of the picture; longer strips pack weights less often */

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

/* The upper lane takes the second and the fourth weight of each group, the middle lane all of them. */
static int output_stays(const ln_layer *layer, const int8_t *w, uint8_t zero)
{
    magnitudes all = {0, 0}, top = {0, 0};
    unsigned row = (unsigned)ln_filter_row_bytes(layer);

    for (unsigned i = 0; i < layer->kernel * row; i++) {
        add_weight(&all, w[i]);
        if (i % row / step_of(layer) % 2 != 0)
            add_weight(&top, w[i]);
    }
    return stays(&all, zero, LANE_HALF) && stays(&top, zero, TOP_HALF);
}

/* Layers with two to four weights in each group, such as those of a 3x3 filter with a stride of 1 or of a 7x7
 * filter with a stride of 2, and without weights whose sums could overflow a lane. */
static int suits(const ln_conv_task *task)
{
    const ln_layer *layer = task->layer;
    unsigned step = step_of(layer), row = (unsigned)ln_filter_row_bytes(layer);

    if (task->target != LN_DSP || row <= 2 * step || row > 4 * step || layer->kernel * step > MOST_GROUPS)
        return 0;
    if (task->whole && task->zero != 0) /* `take` changes such rows, which others want to read */
        return 0;
    for (unsigned o = 0; o < layer->outputs; o++)
        if (!output_stays(layer, ln_weights(layer, o), task->zero))
            return 0;
    return 1;
}

/* ---- Memory ------------------------------------------------------------------------------------ */

/* How many groups a turn of the inner loop takes. A 7x7 filter with a stride of 2 over colours has 42 groups,
 * a 3x3 filter with a stride of 1 has 48, 36, 24 or 12 of them. */
static unsigned turn_of(const ln_layer *layer)
{
    return layer->kernel * step_of(layer) % 14 == 0 ? 14 : 12;
}

/* Groups of some rows of a filter, rounded up to whole turns. */
static unsigned groups_of(const ln_layer *layer, unsigned rows)
{
    unsigned turn = turn_of(layer);

    return (rows * step_of(layer) + turn - 1) / turn * turn;
}

/* Blocks of a row. The last one ends with the row. The first one begins one to six places in front of it: the
 * upper lane of its first accumulator belongs to the place before. */
static unsigned row_blocks(const ln_layer *layer)
{
    return layer->width / BLOCK_PLACES + 1u;
}

/* Words of the picture in a block, for some rows of a filter. */
static unsigned block_words(const ln_layer *layer, unsigned rows)
{
    return GROUP_WORDS * groups_of(layer, rows);
}

/* Blocks of a strip; the last strip may have fewer. */
static unsigned strip_blocks(const ln_layer *layer)
{
    unsigned most = STRIP_BYTES / (block_words(layer, layer->kernel) * (unsigned)sizeof(uint32_t));
    unsigned strips = (row_blocks(layer) + most - 1) / most;

    return (row_blocks(layer) + strips - 1) / strips;
}

/* The scratch holds, for each output, a lower lane that goes on from strip to strip; then the lanes of one
 * output in a strip; then the picture's words in a strip. */
static ln_needs needs(const ln_conv_task *task)
{
    const ln_layer *layer = task->layer;
    size_t words = layer->outputs + strip_blocks(layer) * (BLOCK_LANES + block_words(layer, layer->kernel));
    ln_needs needs = {layer->kernel, 0, words * sizeof(uint32_t)};

    return needs;
}

#if LN_TARGET == LN_DSP

/* A strip of the row that is made. */
typedef struct strip {
    unsigned first, blocks;     /* number of its first block in the row; its blocks */
    unsigned outside;           /* its places in front of the row */
    unsigned ky, rows;          /* the filter's first row that is in the picture; its rows that are */
    unsigned step, row_weights; /* bytes of a step; weights in a row of the filter */
    unsigned turn, groups;      /* groups in a turn; groups in a block */
    unsigned block;             /* words of the picture in a block */
    uint32_t *lanes, *end;      /* in the scratch: an output's lanes, and their end */
    uint32_t *words;            /* in the scratch: the picture's words */
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
    s->row_weights = (unsigned)ln_filter_row_bytes(layer);
    s->turn = turn_of(layer);
    s->groups = groups_of(layer, s->rows);
    s->block = block_words(layer, s->rows);
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

/* The place where a strip begins. The first strip begins in front of the row. */
static int first_place(const ln_layer *layer, const strip *s)
{
    return (int)layer->width - (int)((row_blocks(layer) - s->first) * BLOCK_PLACES);
}

/* ---- Words of the picture ---------------------------------------------------------------------- */

/* Keeps rows where 128 stands for 0 as signed numbers, by inverting the uppermost bit of each byte: so
 * nothing needs to be subtracted whenever words are made. */
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

/* Makes the words of a block for one row of the picture, from six steps of bytes. The first word of each
 * group is a copy: it lies `before` words away, where it is the last word of the block before. */
static inline void pair_row(uint32_t *words, int before, const uint8_t *bytes, unsigned step, int is_signed)
{
    const uint8_t *b1 = bytes + step, *b2 = b1 + step, *b3 = b2 + step, *b4 = b3 + step, *b5 = b4 + step;

    for (const uint8_t *end = b1; bytes != end;) {
        uint32_t first = words[before], second = pair_bytes(b1++, bytes++, is_signed);

        LN_DSP_PUT_PAIR(pair_bytes(b3++, b2++, is_signed), pair_bytes(b5++, b4++, is_signed), words, 8);
        LN_DSP_WRITE_PAIR(first, second, words, 16);
    }
}

/* `count` bytes of a row of `size` bytes from byte `begin` on. If some lie outside, they are put together in
 * `outer`. */
static inline const uint8_t *piece(const uint8_t *row, int size, int begin, int count, uint8_t *outer)
{
    if (begin >= 0 && begin + count <= size)
        return row + begin;
    ln_row_piece(row, (size_t)size, begin, (size_t)count, 0, outer);
    return outer;
}

/* Makes the first word of each group in a strip, from two steps of bytes. At a row's beginning all of them
 * are often outside. */
static inline void pair_first(const uint8_t *row, int size, int begin, uint32_t *words, unsigned step,
                              int is_signed)
{
    uint8_t outer[2 * MOST_STEP];

    if (begin + 2 * (int)step <= 0) {
        for (unsigned i = 0; i < step; i++)
            words[i * GROUP_WORDS] = 0;
        return;
    }

    const uint8_t *bytes = piece(row, size, begin, 2 * (int)step, outer);

    for (unsigned i = 0; i < step; i++)
        words[i * GROUP_WORDS] = pair_bytes(bytes + step + i, bytes + i, is_signed);
}

/* Makes the words of all blocks of a strip for one row of the picture. */
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
        else if (s->step ==
                 6) /* colours with a stride of 2: a constant, so that the compiler unrolls the loop */
            pair_blocks(conv->layer, s, row, words, 6, 1);
        else
            pair_blocks(conv->layer, s, row, words, s->step, 1);
    }
}

/* ---- Packed weights and sums ------------------------------------------------------------------- */

/* What sum_blocks works on; it knows the members by their offsets. */
typedef struct summing {
    uint32_t start[BLOCK_LANES];           /* what a block's accumulators begin with */
    const uint32_t *first;                 /* the first of the weights */
    uint32_t *lanes;                       /* where the next block's accumulators go */
    const uint32_t *end;                   /* where the last block's accumulators end */
    const uint32_t *words;                 /* the picture's */
    uint32_t r7;                           /* what the register held before */
    uint32_t weights[2 * MOST_GROUPS + 2]; /* two words a group, then END and this struct's address */
} summing;

#define END 0x80000000u /* a word that no pair of weights makes */

#define GROUP                                                                                                \
    "ldmia lr!, {r2, r3, r4, r5}\n\t"                                                                        \
    "smlal r6, r7, r2, r0\n\t"                                                                               \
    "smlal r8, r9, r3, r0\n\t"                                                                               \
    "smlal r10, r11, r4, r0\n\t"                                                                             \
    "smlal r6, r7, r3, r1\n\t"                                                                               \
    "smlal r8, r9, r4, r1\n\t"                                                                               \
    "smlal r10, r11, r5, r1\n\t"                                                                             \
    "ldrd r0, r1, [r12], #8\n\t"
#define TURN_OF_4 GROUP GROUP GROUP GROUP
#define TURN_OF_12 TURN_OF_4 TURN_OF_4 TURN_OF_4
#define TURN_OF_14 TURN_OF_12 GROUP GROUP

/* Makes the lanes of all blocks: multiplies the picture's words with the weights. r6 to r11 are a block's
 * accumulators, r2 to r5 a group's words, r0 and r1 its weights; lr walks through the words, r12 through the
 * weights. At their end r0 is END and r1 the struct. All registers are in use, so the loop saves r7 itself: a
 * compiler that keeps the frame's address in r7 does not let it be taken. */
#define SUM_BLOCKS(sum, turn)                                                                                \
    do {                                                                                                     \
        register summing *at __asm__("r1") = (sum);                                                          \
                                                                                                             \
        __asm__ volatile("str r7, [r1, %[r7]]\n\t"                                                           \
                         "ldr lr, [r1, %[words]]\n"                                                          \
                         "1:\n\t" /* a block */                                                              \
                         "ldmia r1, {r6, r7, r8, r9, r10, r11, r12}\n\t"                                     \
                         "ldrd r0, r1, [r12], #8\n"                                                          \
                         "2:\n\t" turn "cmp r0, %[end]\n\t"                                                  \
                         "bne.w 2b\n\t"                                                                      \
                         "ldrd r0, r2, [r1, %[lanes]]\n\t" /* the lanes and their end */                     \
                         "stmia r0!, {r6, r7, r8, r9, r10, r11}\n\t"                                         \
                         "str r0, [r1, %[lanes]]\n\t"                                                        \
                         "cmp r0, r2\n\t"                                                                    \
                         "bne.w 1b\n\t"                                                                      \
                         "ldr r7, [r1, %[r7]]"                                                               \
                         : "+r"(at)                                                                          \
                         : [r7] "n"(offsetof(summing, r7)), [words] "n"(offsetof(summing, words)),           \
                           [lanes] "n"(offsetof(summing, lanes)), [end] "n"(END)                             \
                         : "r0", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc",  \
                           "memory");                                                                        \
    } while (0)

LN_NOT_INLINE static void sum_blocks(summing *sum, unsigned turn)
{
    if (turn == 14)
        SUM_BLOCKS(sum, TURN_OF_14);
    else
        SUM_BLOCKS(sum, TURN_OF_12);
}

/* The lower two lanes begin with half their range, so that they never become negative. */
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

/* Packs some groups with `weights` weights each. */
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

/* Packs some rows of a filter with `weights` weights each: four, three or two in a group. */
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

/* Makes an output's lanes in a strip. `w` are its weights. Two shapes are constants, so that the compiler
 * unrolls the loops: a 7x7 filter with a stride of 2 over colours, and 3x3 filters with a stride of 1. */
LN_NOT_INLINE static void make_lanes(const strip *s, const int8_t *w, summing *sum)
{
    unsigned step = s->step, row = s->row_weights;
    uint32_t *packed = sum->weights;

    w += s->ky * row;
    if (step == 6 && row == 21)
        packed = pack_rows(w, s->rows, 6, 21, packed);
    else if (row == 3 * step)
        packed = pack_rows(w, s->rows, step, 3 * step, packed);
    else
        packed = pack_rows(w, s->rows, step, row, packed);
    for (unsigned i = s->rows * step; i < s->groups;
         i++) /* without weights: the words that they meet do not matter */
        LN_DSP_WRITE_PAIR(0, 0, packed, 8);
    packed[0] = END;
    packed[1] = (uint32_t)sum;
    sum->lanes = s->lanes;
    sum_blocks(sum, s->turn);
}

/* ---- Lanes become sums ------------------------------------------------------------------------- */

/* An accumulator, `low` and `high`, and the lower lane of the accumulator on its left give the sums at two
 * places. */
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

/* An output's bias, less what its lanes began with. */
static uint32_t bias_of(const int8_t *weights)
{
    return ln_dsp_load(weights - 8) - LANE_HALF;
}

/* Replaces the lanes by their sums. Returns the last lower lane. */
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

/* Requantises the sums to bytes that lie `pass` bytes apart. Returns the last lower lane. */
static uint32_t pass_lanes(const strip *s, uint32_t left, const int8_t *weights, int zero, uint8_t *byte,
                           size_t pass)
{
    uint32_t bias = bias_of(weights), multiplier = ln_dsp_load(weights - 4);
    const uint32_t *lanes = s->lanes + s->outside / 2 * 2;

    if (s->outside % 2 != 0) { /* only the second place of an accumulator is in the row */
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

/* Makes all outputs in a strip and hands them out. `left` is each output's last lower lane in the strip
 * before. Not inline, so that the stack holds either this or pair_rows. */
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
