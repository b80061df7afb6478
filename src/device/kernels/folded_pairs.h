/* The inner loops of folded.c for the DSP extension.
 *
 * Numbers lie in groups of four, as in pairs.h; three groups, of four pixels, make a chunk. A chunk of the
 * four classes is followed by the next chunk. If half a filter is not a whole number of chunks, the rest of
 * the last chunk means nothing. */
#ifndef LN_DEVICE_KERNELS_FOLDED_PAIRS_H
#define LN_DEVICE_KERNELS_FOLDED_PAIRS_H

#include "device/kernels/folded.h"
#include "device/kernels/pairs.h"

#define LN_FOLD_PAIRS_CHUNK 12 /* numbers: four pixels */
#define LN_FOLD_PAIRS_CLASS_WORDS (LN_FOLD_PAIRS_CHUNK / LN_PAIRS_GROUP * LN_PAIRS_GROUP_WORDS)
#define LN_FOLD_PAIRS_CLASS_BYTES (4 * LN_FOLD_PAIRS_CLASS_WORDS)
#define LN_FOLD_PAIRS_CHUNK_WORDS (LN_FOLD_CLASSES * LN_FOLD_PAIRS_CLASS_WORDS)

static inline size_t ln_fold_pairs_bytes(unsigned kernel)
{
    unsigned chunks = (ln_fold_numbers(kernel) + LN_FOLD_PAIRS_CHUNK - 1) / LN_FOLD_PAIRS_CHUNK;

    return chunks * LN_FOLD_PAIRS_CHUNK_WORDS * sizeof(uint32_t);
}

#if LN_TARGET == LN_DSP

/* Four bytes of two rows, less zero: sums and differences of bytes 0 and 2, and of bytes 1 and 3. */
typedef struct ln_fold_word {
    uint32_t s02, s13, d02, d13;
} ln_fold_word;

static inline ln_fold_word ln_fold_two_rows(const uint8_t *upper, const uint8_t *lower, uint32_t minus_zeros)
{
    uint32_t u = ln_dsp_load(upper), l = ln_dsp_load(lower);
    uint32_t u02 = ln_dsp_add_bytes_02(minus_zeros, u), u13 = ln_dsp_add_bytes_13(minus_zeros, u);
    uint32_t l02 = ln_dsp_add_bytes_02(minus_zeros, l), l13 = ln_dsp_add_bytes_13(minus_zeros, l);
    ln_fold_word word = {ln_dsp_add(u02, l02), ln_dsp_add(u13, l13), ln_dsp_subtract(u02, l02),
                         ln_dsp_subtract(u13, l13)};

    return word;
}

/* Writes group `number` of a chunk to the patches of the four classes. */
#define LN_FOLD_PUT(words, number, left, right)                                                              \
    do {                                                                                                     \
        LN_DSP_PUT_PAIR(ln_dsp_add((left).s02, (right).s02), ln_dsp_add((left).s13, (right).s13), words,     \
                        (number)*LN_PAIRS_GROUP_BYTES);                                                      \
        LN_DSP_PUT_PAIR(ln_dsp_subtract((left).s02, (right).s02), ln_dsp_subtract((left).s13, (right).s13),  \
                        words, LN_FOLD_PAIRS_CLASS_BYTES + (number)*LN_PAIRS_GROUP_BYTES);                   \
        LN_DSP_PUT_PAIR(ln_dsp_add((left).d02, (right).d02), ln_dsp_add((left).d13, (right).d13), words,     \
                        2 * LN_FOLD_PAIRS_CLASS_BYTES + (number)*LN_PAIRS_GROUP_BYTES);                      \
        LN_DSP_PUT_PAIR(ln_dsp_subtract((left).d02, (right).d02), ln_dsp_subtract((left).d13, (right).d13),  \
                        words, 3 * LN_FOLD_PAIRS_CLASS_BYTES + (number)*LN_PAIRS_GROUP_BYTES);               \
    } while (0)

/* Makes a chunk from the four pixels `at` bytes from the filter's left end and the four that mirror them,
 * `right` bytes from there. Pixels are mirrored, their colours are not: numbers 0 to 11 on the left meet
 * numbers 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2 on the right. */
static inline void ln_fold_chunk(uint32_t *words, const uint8_t *upper, const uint8_t *lower, unsigned at,
                                 unsigned right, uint32_t minus_zeros)
{
    ln_fold_word r89ab = ln_fold_two_rows(upper + right + 8, lower + right + 8, minus_zeros);
    ln_fold_word r4567 = ln_fold_two_rows(upper + right + 4, lower + right + 4, minus_zeros), r0123;
    ln_fold_word left = ln_fold_two_rows(upper + at, lower + at, minus_zeros);
    ln_fold_word met = {r89ab.s13, ln_dsp_upper_halves(r89ab.s02, r4567.s02), r89ab.d13,
                        ln_dsp_upper_halves(r89ab.d02, r4567.d02)};

    LN_FOLD_PUT(words, 0, left, met);
    r0123 = ln_fold_two_rows(upper + right, lower + right, minus_zeros);
    left = ln_fold_two_rows(upper + at + 4, lower + at + 4, minus_zeros);
    met.s02 = ln_dsp_upper_halves(r4567.s13, r0123.s13);
    met.s13 = ln_dsp_lower_halves(r89ab.s02, r4567.s02);
    met.d02 = ln_dsp_upper_halves(r4567.d13, r0123.d13);
    met.d13 = ln_dsp_lower_halves(r89ab.d02, r4567.d02);
    LN_FOLD_PUT(words, 1, left, met);
    left = ln_fold_two_rows(upper + at + 8, lower + at + 8, minus_zeros);
    met.s02 = ln_dsp_lower_halves(r4567.s13, r0123.s13);
    met.s13 = r0123.s02;
    met.d02 = ln_dsp_lower_halves(r4567.d13, r0123.d13);
    met.d13 = r0123.d02;
    LN_FOLD_PUT(words, 2, left, met);
}

static inline void ln_fold_place(int16_t *patches, unsigned patch, const uint8_t *upper, const uint8_t *lower,
                                 unsigned kernel, uint8_t zero)
{
    uint32_t *words = (uint32_t *)(void *)patches + 2 * patch, minus_zeros = ln_dsp_both(-zero);
    unsigned last = LN_FOLD_INPUTS * kernel - LN_FOLD_PAIRS_CHUNK;

    for (unsigned at = 0; at < ln_fold_numbers(kernel);
         at += LN_FOLD_PAIRS_CHUNK, words += LN_FOLD_PAIRS_CHUNK_WORDS)
        ln_fold_chunk(words, upper, lower, at, last - at, minus_zeros);
}

/* Reads up to 3 bytes beyond the weights of the left half: they belong to the right half. */
static inline void ln_fold_dot(const int16_t *patches, unsigned class, const int8_t *weights, unsigned kernel,
                               int32_t *sums)
{
    const uint32_t *words = (const uint32_t *)(const void *)patches + class * LN_FOLD_PAIRS_CLASS_WORDS;
    unsigned numbers = ln_fold_numbers(kernel);

    LN_PAIRS_SUMS_LOAD(sums);
    for (; numbers >= LN_FOLD_PAIRS_CHUNK; numbers -= LN_FOLD_PAIRS_CHUNK) {
        LN_PAIRS_GROUP_ADD_BYTES(words, 0, ln_dsp_load(weights));
        LN_PAIRS_GROUP_ADD_BYTES(words, LN_PAIRS_GROUP_BYTES, ln_dsp_load(weights + 4));
        LN_PAIRS_GROUP_ADD_BYTES(words, 2 * LN_PAIRS_GROUP_BYTES, ln_dsp_load(weights + 8));
        words += LN_FOLD_PAIRS_CHUNK_WORDS;
        weights += LN_FOLD_PAIRS_CHUNK;
    }
    for (; numbers >= LN_PAIRS_GROUP; numbers -= LN_PAIRS_GROUP) {
        LN_PAIRS_GROUP_ADD_BYTES(words, 0, ln_dsp_load(weights));
        words += LN_PAIRS_GROUP_WORDS;
        weights += LN_PAIRS_GROUP;
    }
    if (numbers > 0) /* the patches' other numbers of the group mean nothing */
        LN_PAIRS_GROUP_ADD_BYTES(words, 0, ln_dsp_load(weights) & (((uint32_t)1 << 8 * numbers) - 1));
    LN_PAIRS_SUMS_STORE(sums);
}

#endif
#endif
