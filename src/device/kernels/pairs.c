/* The kernel for Arm's DSP extension, which Cortex-M4, M7, M33 and larger have: suits every layer. SMLAD
 * multiplies two pairs of 16-bit numbers at once. */
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

/* A group of four bytes becomes two words. Returns where the patch's next group goes. */
static inline uint32_t *put_group(uint32_t *words, uint32_t bytes, uint32_t zeros)
{
    uint32_t p02 = ln_dsp_bytes_02(bytes), p13 = ln_dsp_bytes_13(bytes);

    if (zeros != 0) {
        p02 = ln_dsp_subtract(p02, zeros);
        p13 = ln_dsp_subtract(p13, zeros);
    }
    LN_DSP_WRITE_PAIR(p02, p13, words, LN_PAIRS_GROUP_BYTES);
    return words;
}

static inline void fill_groups(uint32_t *words, const uint8_t *bytes, size_t count, uint32_t zeros)
{
    const uint8_t *end = bytes + count / 8 * 8;

    for (; bytes != end; bytes += 8) {
        words = put_group(words, ln_dsp_load(bytes), zeros);
        words = put_group(words, ln_dsp_load(bytes + 4), zeros);
    }
    if (count % 8 >= 4) {
        words = put_group(words, ln_dsp_load(bytes), zeros);
        bytes += 4;
    }
    if (count % 4 > 0) { /* what is missing at the end is 0 */
        uint32_t last = (zeros & 0xff) * 0x1010101;

        memcpy(&last, bytes, count % 4);
        put_group(words, last, zeros);
    }
}

static inline void fill(int16_t *patches, unsigned patch, size_t length, size_t at, const uint8_t *bytes,
                        size_t count, int zero)
{
    uint32_t *words = (uint32_t *)(void *)patches + at / LN_PAIRS_GROUP * LN_PAIRS_GROUP_WORDS + 2 * patch;

    (void)length;
    if (zero == 0) /* nothing to subtract */
        fill_groups(words, bytes, count, 0);
    else
        fill_groups(words, bytes, count, (uint32_t)zero * 0x10001);
}

static inline void copy(uint8_t *to, const uint8_t *from, size_t count)
{
    const uint8_t *end = from + count;

    for (; from < end; from += 4, to += 4) {
        uint32_t word = ln_dsp_load(from);

        memcpy(to, &word, sizeof word);
    }
}

static void add_output(const uint32_t *words, unsigned groups, const int8_t *weights, int32_t *sums)
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

static void dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
                int32_t *sums)
{
    const uint32_t *words = (const uint32_t *)(const void *)patches;

    for (; outputs > 0; outputs--, weights += step, sums += LN_PLACES)
        add_output(words, (unsigned)(count + LN_PAIRS_GROUP - 1) / LN_PAIRS_GROUP, weights, sums);
}

#define PATCH_GROUP LN_PAIRS_GROUP
#include "device/kernels/patches_template.h"

const ln_kernel ln_kernel_pairs = {suits, needs, take, make};
#else
const ln_kernel ln_kernel_pairs = {suits, needs, NULL, NULL};
#endif
