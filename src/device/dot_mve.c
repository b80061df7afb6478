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

/* One output: `more` is what all of its sums get besides. */
static void add_output(const int8_t *chunks, size_t count, const int8_t *weights, int32_t more, int32_t *sums)
{
    int32_t s0 = sums[0] + more, s1 = sums[1] + more, s2 = sums[2] + more, s3 = sums[3] + more,
            s4 = sums[4] + more, s5 = sums[5] + more, s6 = sums[6] + more;

    LN_DOT_LOOP("8", "vldrb.8", "16", "vldrb.8", "vmladava.s8", chunks, count, weights);
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
    sums[4] = s4;
    sums[5] = s5;
    sums[6] = s6;
}

void ln_dot(const int16_t *patches, size_t count, const int8_t *weights, size_t step, unsigned outputs,
            int32_t *sums)
{
    const int8_t *chunks = (const int8_t *)patches + HEAD_BYTES;
    int32_t missing = *(const int32_t *)(const void *)patches;

    for (; outputs > 0; outputs--, weights += step, sums += LN_DOT_PATCHES)
        add_output(chunks, count, weights, missing == 0 ? 0 : missing * sum_of(weights, count), sums);
}

#endif
