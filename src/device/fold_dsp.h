/* The inner loops of fold.c for the DSP extension; fold_plain.h says what they do. */
#ifndef LN_DEVICE_FOLD_DSP_H
#define LN_DEVICE_FOLD_DSP_H

#include "device/dot_dsp.h"

/* Numbers lie in groups of four, as in a patch: two words, of bytes 0 and 2 and of bytes 1 and 3. A chunk is three groups,
 * which are four pixels of three colours. */
#define LN_FOLD_CHUNK 12
#define LN_FOLD_CHUNK_WORDS 6

/* Group `number` of a block's sums and differences. */
#define LN_FOLD_ROWS(sums, differences, number, upper, lower, zeros)                                         \
    do {                                                                                                     \
        uint32_t u = ln_dsp_load((upper) + 4 * (number)), l = ln_dsp_load((lower) + 4 * (number));           \
        uint32_t u02 = ln_dsp_bytes_02(u), u13 = ln_dsp_bytes_13(u);                                         \
        uint32_t l02 = ln_dsp_bytes_02(l), l13 = ln_dsp_bytes_13(l);                                         \
                                                                                                             \
        LN_DSP_PUT_PAIR(ln_dsp_subtract(ln_dsp_add(u02, l02), zeros),                                        \
                        ln_dsp_subtract(ln_dsp_add(u13, l13), zeros), sums, 8 * (number));                   \
        LN_DSP_PUT_PAIR(ln_dsp_subtract(u02, l02), ln_dsp_subtract(u13, l13), differences, 8 * (number));    \
    } while (0)

static inline void ln_fold_block(int16_t *sums, int16_t *differences, const uint8_t *upper,
                                 const uint8_t *lower, unsigned count, uint8_t zero)
{
    uint32_t *s = (uint32_t *)(void *)sums, *d = (uint32_t *)(void *)differences;
    const uint8_t *end = upper + count;
    uint32_t zeros = 2u * zero * 0x10001u;

    do {
        LN_FOLD_ROWS(s, d, 0, upper, lower, zeros);
        LN_FOLD_ROWS(s, d, 1, upper, lower, zeros);
        LN_FOLD_ROWS(s, d, 2, upper, lower, zeros);
        upper += LN_FOLD_CHUNK;
        lower += LN_FOLD_CHUNK;
        s += LN_FOLD_CHUNK_WORDS;
        d += LN_FOLD_CHUNK_WORDS;
    } while (upper != end);
}

/* A group of the left block, and what it meets in the right one, to where the patch has its group `number`. */
#define LN_FOLD_PUT(even, odd, number, l02, l13, r02, r13)                                                   \
    do {                                                                                                     \
        LN_DSP_PUT_PAIR(ln_dsp_add(l02, r02), ln_dsp_add(l13, r13), even, (number)*LN_DOT_GROUP_BYTES);      \
        LN_DSP_PUT_PAIR(ln_dsp_subtract(l02, r02), ln_dsp_subtract(l13, r13), odd,                           \
                        (number)*LN_DOT_GROUP_BYTES);                                                        \
    } while (0)

/* A chunk of the left block and the one that lies as far from the other end. Its pixels count from the right, its colours
 * do not: the left chunk's numbers 0 to 11 meet the right one's numbers 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2. */
static inline void ln_fold_put_chunk(uint32_t *even, uint32_t *odd, const uint32_t *left,
                                     const uint32_t *right)
{
    uint32_t r02, r13, r46, r57, r8a, r9b, l02, l13, pair;

    LN_DSP_GET_PAIR(r46, r57, right, 8);
    LN_DSP_GET_PAIR(r8a, r9b, right, 16);
    LN_DSP_GET_PAIR(l02, l13, left, 0);
    pair = ln_dsp_upper_halves(r8a, r46);
    LN_FOLD_PUT(even, odd, 0, l02, l13, r9b, pair);
    pair = ln_dsp_lower_halves(r8a, r46);
    LN_DSP_GET_PAIR(r02, r13, right, 0);
    LN_DSP_GET_PAIR(l02, l13, left, 8);
    r46 = ln_dsp_upper_halves(r57, r13);
    LN_FOLD_PUT(even, odd, 1, l02, l13, r46, pair);
    LN_DSP_GET_PAIR(l02, l13, left, 16);
    pair = ln_dsp_lower_halves(r57, r13);
    LN_FOLD_PUT(even, odd, 2, l02, l13, pair, r02);
}

static inline void ln_fold_place(int16_t *even, int16_t *odd, unsigned patch, const int16_t *left,
                                 const int16_t *right, unsigned count)
{
    uint32_t *e = (uint32_t *)(void *)even + 2 * patch, *o = (uint32_t *)(void *)odd + 2 * patch;
    const uint32_t *l = (const uint32_t *)(const void *)left, *end = l + count / 2;
    const uint32_t *r = (const uint32_t *)(const void *)right + count / 2;

    do {
        r -= LN_FOLD_CHUNK_WORDS;
        ln_fold_put_chunk(e, o, l, r);
        l += LN_FOLD_CHUNK_WORDS;
        e += 3 * LN_DOT_GROUP_WORDS;
        o += 3 * LN_DOT_GROUP_WORDS;
    } while (l != end);
}

/* Group `number` of weights. */
#define LN_FOLD_WIDEN(words, weights, number)                                                                \
    do {                                                                                                     \
        uint32_t four = ln_dsp_load((weights) + 4 * (number));                                               \
                                                                                                             \
        LN_DSP_PUT_PAIR(ln_dsp_signed_02(four), ln_dsp_signed_13(four), words, 8 * (number));                \
    } while (0)

static inline void ln_fold_widen(int16_t *wide, const int8_t *weights, unsigned count)
{
    uint32_t *words = (uint32_t *)(void *)wide;
    const int8_t *end = weights + count;

    do {
        LN_FOLD_WIDEN(words, weights, 0);
        LN_FOLD_WIDEN(words, weights, 1);
        LN_FOLD_WIDEN(words, weights, 2);
        weights += LN_FOLD_CHUNK;
        words += LN_FOLD_CHUNK_WORDS;
    } while (weights != end);
}

static inline void ln_fold_dot(int32_t *sums, const int16_t *patches, const int16_t *wide, unsigned count)
{
    const uint32_t *p = (const uint32_t *)(const void *)patches, *w = (const uint32_t *)(const void *)wide;
    const uint32_t *end = w + count / 2;

    LN_DOT_SUMS_LOAD(sums);
    do {
        uint32_t w02, w13;

        LN_DSP_GET_PAIR(w02, w13, w, 0);
        LN_DOT_GROUP_ADD(p, 0, w02, w13);
        LN_DSP_GET_PAIR(w02, w13, w, 8);
        LN_DOT_GROUP_ADD(p, LN_DOT_GROUP_BYTES, w02, w13);
        LN_DSP_GET_PAIR(w02, w13, w, 16);
        LN_DOT_GROUP_ADD(p, 2 * LN_DOT_GROUP_BYTES, w02, w13);
        p += 3 * LN_DOT_GROUP_WORDS;
        w += LN_FOLD_CHUNK_WORDS;
    } while (w != end);
    LN_DOT_SUMS_STORE(sums);
}

#endif
