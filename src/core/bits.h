/* Latent values as a camera keeps them: bit by bit. A channel has a string of bits for each binary digit of its
 * magnitudes and, where values may be negative, one for the signs; a string has a bit for each place, in raster
 * order, the first in the lowest bit of a byte. So a fine channel takes little memory, and the symbols of a plane,
 * mostly 0, can be found many at a time. */
#ifndef LN_CORE_BITS_H
#define LN_CORE_BITS_H

#include <limitnet/core.h>

#include "core/bytes.h"

/* One channel. */
typedef struct ln_bits {
    uint8_t *digits;  /* strings of the digits, the lowest first, then that of the signs */
    uint16_t step;    /* bytes of a string */
    uint8_t count;    /* digits */
    uint8_t negative; /* 1: there are signs */
} ln_bits;

/* What lies behind a channel's bytes is read with them, but not used: so much memory must be there. */
#define LN_BITS_SLACK 4

/* Describes a channel whose bits begin at `digits`. */
ln_bits ln_bits_of(const ln_model *model, unsigned channel, uint8_t *digits);

/* Bytes of the channel's strings. */
static inline size_t ln_bits_size(const ln_bits *bits)
{
    return (size_t)bits->step * (unsigned)(bits->count + bits->negative);
}

/* The 32 bits of a string from a place on. */
static inline uint32_t ln_bits_word(const uint8_t *string, unsigned place)
{
    const uint8_t *p = string + place / 8;
    unsigned shift = place % 8;
    return ln_u32(p) >> shift | (uint32_t)p[4] << 1 << (31 - shift);
}

static inline unsigned ln_bits_bit(const uint8_t *string, unsigned place)
{
    return (unsigned)string[place / 8] >> place % 8 & 1;
}

static inline const uint8_t *ln_bits_digit(const ln_bits *bits, unsigned digit)
{
    return bits->digits + (size_t)digit * bits->step;
}

static inline const uint8_t *ln_bits_signs(const ln_bits *bits)
{
    return ln_bits_digit(bits, bits->count);
}

/* The value at a place. */
int ln_bits_get(const ln_bits *bits, unsigned place);

/* Stores the values of `count` places from `place` on, 1 to 8, none beyond the channel's limit. The bits were
 * cleared before. */
void ln_bits_put(const ln_bits *bits, unsigned place, const int32_t *values, unsigned count);

/* Stores another value at a place. */
void ln_bits_set(const ln_bits *bits, unsigned place, int value);

#endif
