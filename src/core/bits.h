/* Latent values as a camera keeps them: by binary digits, so that a fine channel takes little memory, and
 * the symbols of a plane, mostly 0, are found many at a time.
 *
 * The places of a channel, in raster order, stand in groups of seven: as many as the convolutions make at a
 * time, and the width of most grids is a multiple of it. A group has a byte for each digit of the
 * magnitudes, the lowest first, and then, where values may be negative, one for the signs. The first place
 * is in the lowest bit of these bytes, the highest bit is 0. */
#ifndef LN_CORE_BITS_H
#define LN_CORE_BITS_H

#include <limitnet/core.h>

#define LN_GROUP 7 /* places */

/* One channel. */
typedef struct ln_bits {
    uint8_t *groups;
    uint8_t count;    /* digits */
    uint8_t negative; /* 1: there are signs */
} ln_bits;

/* Describes a channel whose groups begin at `groups`. */
ln_bits ln_bits_of(const ln_model *model, unsigned channel, uint8_t *groups);

/* Bytes of a channel. */
size_t ln_bits_size(const ln_model *model, unsigned channel);

/* Bytes behind the last channel that are read together with it, but not used. */
#define LN_BITS_SLACK 64

/* Bytes of a group. */
static inline unsigned ln_bits_step(const ln_bits *bits)
{
    return (unsigned)bits->count + bits->negative;
}

static inline const uint8_t *ln_bits_group(const ln_bits *bits, unsigned place)
{
    return bits->groups + place / LN_GROUP * ln_bits_step(bits);
}

/* Bits of four groups, from the place that is `shift` behind the first of them on; `byte` is the first
 * group's, the others follow `step` bytes apart. */
#define LN_WORD_PLACES (4 * LN_GROUP)

static inline uint32_t ln_bits_word(const uint8_t *byte, unsigned step, unsigned shift)
{
    uint32_t word = byte[0] | (uint32_t)byte[step] << LN_GROUP | (uint32_t)byte[2 * step] << 2 * LN_GROUP |
                    (uint32_t)byte[3 * step] << 3 * LN_GROUP;
    return word >> shift;
}

/* A digit at a place; for the sign, digit `count`. */
static inline unsigned ln_bits_at(const ln_bits *bits, unsigned digit, unsigned place)
{
    return (unsigned)ln_bits_group(bits, place)[digit] >> place % LN_GROUP & 1;
}

/* The value at a place. */
int ln_bits_get(const ln_bits *bits, unsigned place);

/* The values of the group that `place` is in. */
void ln_bits_get_group(const ln_bits *bits, unsigned place, int values[LN_GROUP]);

/* Stores a value, none beyond the channel's limit. All places before `place` were stored before. */
void ln_bits_put(const ln_bits *bits, unsigned place, int32_t value);

/* Eight bytes, the first in the lowest bits of `low`, the fifth in those of `high`. */
typedef struct ln_square {
    uint32_t low, high;
} ln_square;

/* Sets byte `i`, which was 0. */
static inline void ln_square_set(ln_square *square, unsigned i, uint32_t byte)
{
    if (i < 4)
        square->low |= byte << 8 * i;
    else
        square->high |= byte << (8 * i - 32);
}

static inline uint32_t ln_square_get(const ln_square *square, unsigned i)
{
    return (i < 4 ? square->low >> 8 * i : square->high >> (8 * i - 32)) & 255;
}

/* The same for a whole group: `low` has the magnitudes' lower bytes, one for each place, `high` the upper
 * ones for a channel with more than eight digits. The bits of `signs` say where values are negative. */
void ln_bits_put_group(const ln_bits *bits, unsigned place, ln_square low, ln_square high, unsigned signs);

/* Stores another value at a place. */
void ln_bits_set(const ln_bits *bits, unsigned place, int value);

#endif
