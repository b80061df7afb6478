#include "core/bits.h"

#include "core/bytes.h"
#include "core/model.h"

ln_bits ln_bits_of(const ln_model *model, unsigned channel, uint8_t *groups)
{
    const ln_channel *c = &model->channel[channel];
    unsigned count = 0;
    while (c->limit >> count)
        count++;
    return (ln_bits){groups, (uint8_t)count, model->stage[c->stage].activation != LN_ACTIVATION_RELU};
}

size_t ln_bits_size(const ln_model *model, unsigned channel)
{
    ln_bits bits = ln_bits_of(model, channel, NULL);
    return (size_t)ln_bits_step(&bits) * ((ln_channel_places(model, channel) + LN_GROUP - 1) / LN_GROUP);
}

/* Bit `bit` of four bytes, the first byte's in the lowest bit. The products of the factor's bits with the
 * four bits that are left all fall on places of their own, so that nothing is carried. */
static inline unsigned four_digits(const uint8_t *bytes, unsigned bit)
{
    return (ln_u32(bytes) >> bit & 0x01010101u) * 0x10204080u >> 28;
}

int ln_bits_get(const ln_bits *bits, unsigned place)
{
    const uint8_t *group = ln_bits_group(bits, place);
    unsigned bit = place % LN_GROUP, magnitude = 0;
    for (unsigned digit = 0; digit < bits->count; digit += 4)
        magnitude |= four_digits(group + digit, bit) << digit;
    magnitude &= (1u << bits->count) - 1;
    return bits->negative && group[bits->count] >> bit & 1 ? -(int)magnitude : (int)magnitude;
}

static inline uint32_t transpose_half(uint32_t x)
{
    uint32_t t = (x ^ x >> 7) & 0x00aa00aau;
    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & 0x0000ccccu;
    return x ^ t ^ t << 14;
}

/* Of eight bytes of eight bits: byte i gets bit i of each byte. (Warren, Hacker's Delight, 7-3.) */
static inline ln_square transposed(ln_square s)
{
    uint32_t low = transpose_half(s.low), high = transpose_half(s.high);
    uint32_t t = (low >> 4 ^ high) & 0x0f0f0f0fu;
    return (ln_square){low ^ t << 4, high ^ t};
}

/* Digits from `digit` on of a group's magnitudes, up to eight of them: a byte for each place. */
static ln_square digits_of(const ln_bits *bits, const uint8_t *group, unsigned digit)
{
    ln_square s = {0, 0};
    for (unsigned i = 0; i < 8 && digit + i < bits->count; i++)
        ln_square_set(&s, i, group[digit + i]);
    return transposed(s);
}

void ln_bits_get_group(const ln_bits *bits, unsigned place, int values[LN_GROUP])
{
    const uint8_t *group = ln_bits_group(bits, place);
    ln_square low = digits_of(bits, group, 0), high = {0, 0};
    unsigned signs = bits->negative ? group[bits->count] : 0;
    if (bits->count > 8)
        high = digits_of(bits, group, 8);
    for (unsigned i = 0; i < LN_GROUP; i++) {
        int magnitude = (int)(ln_square_get(&low, i) | ln_square_get(&high, i) << 8);
        values[i] = signs >> i & 1 ? -magnitude : magnitude;
    }
}

/* Stores the first `count` bytes: 1 to 8. */
static inline void store(uint8_t *to, ln_square s, unsigned count)
{
    switch (count) {
    case 8:
        to[7] = (uint8_t)(s.high >> 24); /* fall through */
    case 7:
        to[6] = (uint8_t)(s.high >> 16); /* fall through */
    case 6:
        to[5] = (uint8_t)(s.high >> 8); /* fall through */
    case 5:
        to[4] = (uint8_t)s.high; /* fall through */
    case 4:
        to[3] = (uint8_t)(s.low >> 24); /* fall through */
    case 3:
        to[2] = (uint8_t)(s.low >> 16); /* fall through */
    case 2:
        to[1] = (uint8_t)(s.low >> 8); /* fall through */
    case 1:
        to[0] = (uint8_t)s.low;
    }
}

void ln_bits_put_group(const ln_bits *bits, unsigned place, ln_square low, ln_square high, unsigned signs)
{
    uint8_t *group = bits->groups + place / LN_GROUP * ln_bits_step(bits);
    if (bits->count <= 8) {
        store(group, transposed(low), bits->count);
    } else {
        store(group, transposed(low), 8);
        store(group + 8, transposed(high), bits->count - 8u);
    }
    if (bits->negative)
        group[bits->count] = (uint8_t)signs;
}

void ln_bits_put(const ln_bits *bits, unsigned place, int32_t value)
{
    uint8_t *group = bits->groups + place / LN_GROUP * ln_bits_step(bits);
    unsigned bit = place % LN_GROUP, digits = value < 0 ? 0u - (unsigned)value : (unsigned)value;
    digits |= (unsigned)(value < 0) << bits->count;
    for (unsigned i = 0; i < ln_bits_step(bits); i++, digits >>= 1)
        group[i] = (uint8_t)((bit == 0 ? 0 : group[i]) | (digits & 1) << bit);
}

void ln_bits_set(const ln_bits *bits, unsigned place, int value)
{
    unsigned digits = value < 0 ? 0u - (unsigned)value : (unsigned)value;
    uint8_t *group = bits->groups + place / LN_GROUP * ln_bits_step(bits);
    unsigned mask = 1u << place % LN_GROUP;
    digits |= (unsigned)(value < 0) << bits->count;
    for (unsigned i = 0; i < ln_bits_step(bits); i++)
        group[i] = (uint8_t)(digits >> i & 1 ? group[i] | mask : group[i] & ~mask);
}
