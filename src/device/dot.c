#include "device/dot.h"

#if !defined LN_DOT_MVE && !defined LN_DOT_DSP

/* Patches lie one behind the other. */
size_t ln_dot_size(size_t count)
{
    return LN_DOT_PATCHES * count * sizeof(int16_t);
}

void ln_dot_fill(int16_t *restrict patches, unsigned patch, size_t length, size_t at,
                 const uint8_t *restrict bytes, size_t count, int zero)
{
    patches += patch * length + at;
    LN_DOT_UNROLLED
    for (size_t i = 0; i < count; i++)
        patches[i] = (int16_t)(bytes[i] - zero);
}

/* Plain on purpose: compilers make multiply-accumulate vector instructions of it, and it is what a faster
 * kernel for one processor is checked against. Two outputs at two places need four loads for four products.
 * The picture has 16 bits here and not 8: with bytes on both sides GCC multiplies in 16 bits, widens, and
 * takes twice as long. */
void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums)
{
    const int16_t *p0 = patches, *p1 = p0 + count;

    for (unsigned o = 0; o < outputs; o += 2) {
        const int8_t *w0 = weights + o * step;
        const int8_t *w1 = o + 1 < outputs ? w0 + step : w0; /* an odd output is alone */
        int32_t s00 = 0, s01 = 0, s10 = 0, s11 = 0;

        LN_DOT_UNROLLED
        for (size_t i = 0; i < count; i++) {
            s00 += w0[i] * p0[i];
            s01 += w0[i] * p1[i];
            s10 += w1[i] * p0[i];
            s11 += w1[i] * p1[i];
        }
        sums[0] += s00;
        sums[1] += s01;
        if (o + 1 < outputs) {
            sums[2] += s10;
            sums[3] += s11;
        }
        sums += 2 * LN_DOT_PATCHES;
    }
}

#endif
