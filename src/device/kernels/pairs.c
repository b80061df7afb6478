/* The kernel for Arm's DSP extension, by patches. It suits every layer. SMLAD multiplies two pairs of 16-bit
 * numbers at once. */
#include "device/kernels/pairs.h"

#include "device/kernels/patches.h"

static int suits(const ln_conv_task *task)
{
    return task->target == LN_DSP;
}

static size_t bytes_of(size_t numbers)
{
    return (numbers + LN_PAIRS_GROUP - 1) / LN_PAIRS_GROUP * LN_PAIRS_GROUP_BYTES;
}

static ln_needs needs(const ln_conv_task *task)
{
    return ln_patches_needs(task, bytes_of);
}

#if LN_TARGET == LN_DSP

typedef uint32_t number; /* a pair of 16-bit numbers */

static inline number *patch_begin(number *patches, unsigned patch, size_t length)
{
    (void)length;
    return patches + 2 * patch;
}

/* Widens a group of four bytes to two pairs. */
static inline number *put_group(number *at, uint32_t bytes, uint32_t minus_zeros)
{
    uint32_t p02 = ln_dsp_add_bytes_02(minus_zeros, bytes), p13 = ln_dsp_add_bytes_13(minus_zeros, bytes);

    LN_DSP_WRITE_PAIR(p02, p13, at, LN_PAIRS_GROUP_BYTES);
    return at;
}

static inline number *fill(number *at, const uint8_t *bytes, size_t count, int zero)
{
    uint32_t minus_zeros = ln_dsp_both(-zero);

    for (; count >= 16; count -= 16, bytes += 16) {
        at = put_group(at, ln_dsp_load(bytes), minus_zeros);
        at = put_group(at, ln_dsp_load(bytes + 4), minus_zeros);
        at = put_group(at, ln_dsp_load(bytes + 8), minus_zeros);
        at = put_group(at, ln_dsp_load(bytes + 12), minus_zeros);
    }
    for (; count >= 4; count -= 4, bytes += 4)
        at = put_group(at, ln_dsp_load(bytes), minus_zeros);
    if (count > 0) { /* numbers that are missing in the last group are 0 */
        uint32_t last = (uint32_t)zero * 0x1010101;

        memcpy(&last, bytes, count);
        at = put_group(at, last, minus_zeros);
    }
    return at;
}

static inline void copy(uint8_t *to, const uint8_t *from, size_t count)
{
    const uint8_t *end = from + count;

    for (; from < end; from += 4, to += 4) {
        uint32_t word = ln_dsp_load(from);

        memcpy(to, &word, sizeof word);
    }
}

static inline void add_output(const uint32_t *words, unsigned groups, const int8_t *weights, int32_t *sums)
{
    const uint32_t *end = words + groups / 4 * 4 * LN_PAIRS_GROUP_WORDS;

    LN_PAIRS_SUMS_LOAD(sums);
    for (; words != end; words += 4 * LN_PAIRS_GROUP_WORDS, weights += 16) {
        LN_PAIRS_GROUP_ADD_BYTES(words, 0, ln_dsp_load(weights));
        LN_PAIRS_GROUP_ADD_BYTES(words, LN_PAIRS_GROUP_BYTES, ln_dsp_load(weights + 4));
        LN_PAIRS_GROUP_ADD_BYTES(words, 2 * LN_PAIRS_GROUP_BYTES, ln_dsp_load(weights + 8));
        LN_PAIRS_GROUP_ADD_BYTES(words, 3 * LN_PAIRS_GROUP_BYTES, ln_dsp_load(weights + 12));
    }
    for (end += groups % 4 * LN_PAIRS_GROUP_WORDS; words != end; words += LN_PAIRS_GROUP_WORDS, weights += 4)
        LN_PAIRS_GROUP_ADD_BYTES(words, 0, ln_dsp_load(weights));
    LN_PAIRS_SUMS_STORE(sums);
}

LN_NOT_INLINE static void dot(const number *patches, size_t count, int zero, const int8_t *weights,
                              size_t step, unsigned outputs, int32_t *sums)
{
    (void)zero;
    for (; outputs > 0; outputs--, weights += step, sums += LN_PLACES)
        add_output(patches, (unsigned)(count + LN_PAIRS_GROUP - 1) / LN_PAIRS_GROUP, weights, sums);
}

#define PATCH_GROUP LN_PAIRS_GROUP
#include "device/kernels/patches_template.h"

const ln_kernel ln_kernel_pairs = {suits, needs, take, make};
#else
const ln_kernel ln_kernel_pairs = {suits, needs, NULL, NULL};
#endif
