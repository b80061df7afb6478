/* Little-endian numbers of the model file, read byte by byte: any alignment, any processor. */
#ifndef LN_CORE_BYTES_H
#define LN_CORE_BYTES_H

#include <stdint.h>

static inline unsigned ln_u16(const uint8_t *p)
{
    return (unsigned)p[0] | (unsigned)p[1] << 8;
}

static inline int ln_i16(const uint8_t *p)
{
    return (int)(ln_u16(p) ^ 0x8000u) - 0x8000;
}

static inline uint32_t ln_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline int32_t ln_i32(const uint8_t *p)
{
    uint32_t u = ln_u32(p);
    return u < 0x80000000u ? (int32_t)u : -(int32_t)~u - 1;
}

#endif
