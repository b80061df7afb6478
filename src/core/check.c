#include "core/check.h"

/* A byte more. What x^16 + x^12 + x^5 + 1 does to eight bits at once. */
static uint16_t step(uint16_t crc, unsigned byte)
{
    unsigned x = (crc >> 8 ^ byte) & 255;
    x ^= x >> 4;
    return (uint16_t)((unsigned)crc << 8 ^ x << 12 ^ x << 5 ^ x);
}

uint16_t ln_check(uint32_t checksum, const uint8_t *bytes, size_t size)
{
    uint16_t crc = 0xffff;
    for (int shift = 24; shift >= 0; shift -= 8)
        crc = step(crc, checksum >> shift & 255);
    for (size_t i = 0; i < size; i++)
        crc = step(crc, bytes[i]);
    return crc;
}
