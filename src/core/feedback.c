/* Feedback: 2 bits of version, 11 of the picture's number, 1 for "enough", 5 of loss, 5 of half octaves of
 * bytes (6.9). */
#include <limitnet/core.h>

#define VERSION 1
#define MOST_HALF_OCTAVES 31

/* The smallest number of bytes that has so many half octaves: 0, then the powers of the square root of 2,
 * rounded up. */
static uint32_t bytes_of(unsigned half_octaves)
{
    if (half_octaves == 0)
        return 0;

    unsigned whole = half_octaves / 2;

    return half_octaves % 2 ? (uint32_t)(((UINT64_C(92682) << whole) + 65535) >> 16) : 1u << whole;
}

static unsigned half_octaves_of(uint32_t bytes)
{
    unsigned n = 0;

    while (n < MOST_HALF_OCTAVES && bytes_of(n + 1) <= bytes)
        n++;
    return n;
}

ln_status ln_feedback_write(const ln_feedback *feedback, uint8_t *bytes)
{
    if (!feedback || !bytes || feedback->picture >= LN_PICTURES)
        return LN_ERR_ARGUMENT;

    uint32_t bits =
        (uint32_t)VERSION << 22 | (uint32_t)feedback->picture << 11 | (feedback->enough ? 1u << 10 : 0) |
        (uint32_t)(feedback->loss / LN_FEEDBACK_LOSS_STEP) << 5 | half_octaves_of(feedback->bytes);

    bytes[0] = (uint8_t)(bits >> 16);
    bytes[1] = (uint8_t)(bits >> 8);
    bytes[2] = (uint8_t)bits;
    return LN_OK;
}

ln_status ln_feedback_read(ln_feedback *feedback, const uint8_t *bytes, size_t size)
{
    if (!feedback)
        return LN_ERR_ARGUMENT;
    *feedback = (ln_feedback){0};
    if (!bytes)
        return LN_ERR_ARGUMENT;
    if (size != LN_FEEDBACK_BYTES)
        return LN_ERR_PACKET;

    uint32_t bits = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];

    if (bits >> 22 != VERSION)
        return LN_ERR_VERSION;
    feedback->picture = (uint16_t)(bits >> 11 & (LN_PICTURES - 1));
    feedback->enough = bits >> 10 & 1;
    feedback->loss = (uint8_t)((bits >> 5 & 31) * LN_FEEDBACK_LOSS_STEP);
    feedback->bytes = bytes_of(bits & 31);
    return LN_OK;
}
