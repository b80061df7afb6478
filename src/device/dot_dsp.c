#include "device/dot.h"

#ifdef LN_DOT_DSP

#include "device/dot_dsp.h"

size_t ln_dot_size(size_t count)
{
    return LN_DOT_PATCHES * ((count + 3) / 4 * 4) * sizeof(int16_t);
}

/* A group of four bytes becomes two words: bytes 0 and 2, bytes 1 and 3. Returns where the patch's next group
 * goes. */
static inline uint32_t *put_group(uint32_t *words, uint32_t bytes, uint32_t zeros)
{
    uint32_t p02 = ln_dsp_bytes_02(bytes), p13 = ln_dsp_bytes_13(bytes);

    if (zeros != 0) {
        p02 = ln_dsp_subtract(p02, zeros);
        p13 = ln_dsp_subtract(p13, zeros);
    }
    LN_DSP_WRITE_PAIR(p02, p13, words, LN_DOT_GROUP_BYTES);
    return words;
}

static inline void fill(uint32_t *words, const uint8_t *bytes, size_t count, uint32_t zeros)
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

void ln_dot_fill(int16_t *patches, unsigned patch, size_t length, size_t at, const uint8_t *bytes,
                 size_t count, int zero)
{
    uint32_t *words = (uint32_t *)(void *)patches + at / 4 * LN_DOT_GROUP_WORDS + 2 * patch;

    (void)length;
    if (zero == 0) /* twice, as there is nothing to subtract then */
        fill(words, bytes, count, 0);
    else
        fill(words, bytes, count, (uint32_t)zero * 0x10001);
}

/* One output. */
static void add_output(const uint32_t *words, unsigned groups, const int8_t *weights, int32_t *sums)
{
    const uint32_t *end = words + groups / 4 * 4 * LN_DOT_GROUP_WORDS;

    LN_DOT_SUMS_LOAD(sums);
    for (; words != end; words += 4 * LN_DOT_GROUP_WORDS, weights += 16) {
        LN_DOT_GROUP_ADD_BYTES(words, 0, ln_dsp_load(weights));
        LN_DOT_GROUP_ADD_BYTES(words, LN_DOT_GROUP_BYTES, ln_dsp_load(weights + 4));
        LN_DOT_GROUP_ADD_BYTES(words, 2 * LN_DOT_GROUP_BYTES, ln_dsp_load(weights + 8));
        LN_DOT_GROUP_ADD_BYTES(words, 3 * LN_DOT_GROUP_BYTES, ln_dsp_load(weights + 12));
    }
    for (end += groups % 4 * LN_DOT_GROUP_WORDS; words != end; words += LN_DOT_GROUP_WORDS, weights += 4)
        LN_DOT_GROUP_ADD_BYTES(words, 0, ln_dsp_load(weights));
    LN_DOT_SUMS_STORE(sums);
}

void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums)
{
    const uint32_t *words = (const uint32_t *)(const void *)patches;

    for (; outputs > 0; outputs--, weights += step, sums += LN_DOT_PATCHES)
        add_output(words, (unsigned)(count + 3) / 4, weights, sums);
}

#endif
