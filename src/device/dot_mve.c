#include "device/dot.h"

#ifdef LN_DOT_MVE

#include "device/dot_mve.h"

/* Bytes become signed by turning their uppermost bit over, which leaves numbers 128 - zero too small: the first word of the
 * patches. */
#define HEAD_BYTES sizeof(int32_t)

size_t ln_dot_size(size_t count)
{
    return HEAD_BYTES + (count + LN_DOT_GROUP - 1) / LN_DOT_GROUP * LN_DOT_CHUNK_BYTES;
}

void ln_dot_fill(int16_t *patches, unsigned patch, size_t length, size_t at, const uint8_t *bytes,
                 size_t count, int zero)
{
    uint8_t *vector = (uint8_t *)patches + HEAD_BYTES + at / LN_DOT_GROUP * LN_DOT_CHUNK_BYTES +
                      patch * LN_DOT_VECTOR_BYTES;
    uint8x16_t sign = vdupq_n_u8(0x80);

    (void)length;
    *(int32_t *)(void *)patches = 128 - zero;
    for (; count >= LN_DOT_GROUP; count -= LN_DOT_GROUP, bytes += LN_DOT_GROUP, vector += LN_DOT_CHUNK_BYTES)
        vstrbq_u8(vector, veorq_u8(vldrbq_u8(bytes), sign));
    if (count > 0)
        vstrbq_u8(vector, veorq_u8(vldrbq_z_u8(bytes, vctp8q(count)), sign));
}

static int32_t sum_of(const int8_t *weights, size_t count)
{
    int32_t sum = 0;

    for (; count >= LN_DOT_GROUP; count -= LN_DOT_GROUP, weights += LN_DOT_GROUP)
        sum = vaddvaq_s8(sum, vldrbq_s8(weights));
    if (count > 0)
        sum = vaddvaq_s8(sum, vldrbq_z_s8(weights, vctp8q(count)));
    return sum;
}

/* Adds to the sums of an output what its patches lack. */
static void add_missing(int32_t missing, const int8_t *weights, size_t count, int32_t *sums)
{
    int32_t sum = missing * sum_of(weights, count);

    for (unsigned p = 0; p < LN_DOT_PATCHES; p++)
        sums[p] += sum;
}

void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums)
{
    const int8_t *chunks = (const int8_t *)patches + HEAD_BYTES;
    int32_t missing = *(const int32_t *)(const void *)patches;

    for (; outputs > 0; outputs--, weights += step, sums += LN_DOT_PATCHES) {
        if (missing != 0)
            add_missing(missing, weights, count, sums);
        LN_DOT_ADD("8", "vldrb.8", "16", "vldrb.8", "vmladava.s8", chunks, count, weights, sums);
    }
}

#endif
