#include "core/bits.h"

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

int ln_bits_get(const ln_bits *bits, unsigned place)
{
    const uint8_t *group = ln_bits_group(bits, place);
    unsigned bit = place % LN_GROUP, magnitude = 0;
    for (unsigned digit = 0; digit < bits->count; digit++)
        magnitude |= (unsigned)(group[digit] >> bit & 1) << digit;
    return bits->negative && group[bits->count] >> bit & 1 ? -(int)magnitude : (int)magnitude;
}

/* Eight bytes of eight bits, the first in the lowest: byte i gets bit i of each byte. (Warren, Hacker's Delight,
 * 7-3.) */
typedef struct square {
    uint32_t low, high;
} square;

static inline uint32_t transpose_half(uint32_t x)
{
    uint32_t t = (x ^ x >> 7) & 0x00aa00aau;
    x ^= t ^ t << 7;
    t = (x ^ x >> 14) & 0x0000ccccu;
    return x ^ t ^ t << 14;
}

static inline square transposed(square s)
{
    uint32_t low = transpose_half(s.low), high = transpose_half(s.high);
    uint32_t t = (low >> 4 ^ high) & 0x0f0f0f0fu;
    return (square){low ^ t << 4, high ^ t};
}

static inline void set_byte(square *s, unsigned i, uint32_t byte)
{
    if (i < 4)
        s->low |= byte << 8 * i;
    else
        s->high |= byte << (8 * i - 32);
}

static inline unsigned byte_of(const square *s, unsigned i)
{
    return (i < 4 ? s->low >> 8 * i : s->high >> (8 * i - 32)) & 255;
}

/* Digits from `digit` on of a group's magnitudes, up to eight of them: a byte for each place. */
static square digits_of(const ln_bits *bits, const uint8_t *group, unsigned digit)
{
    square s = {0, 0};
    for (unsigned i = 0; i < 8 && digit + i < bits->count; i++)
        set_byte(&s, i, group[digit + i]);
    return transposed(s);
}

void ln_bits_get_group(const ln_bits *bits, unsigned place, int values[LN_GROUP])
{
    const uint8_t *group = ln_bits_group(bits, place);
    square low = digits_of(bits, group, 0), high = {0, 0};
    unsigned signs = bits->negative ? group[bits->count] : 0;
    if (bits->count > 8)
        high = digits_of(bits, group, 8);
    for (unsigned i = 0; i < LN_GROUP; i++) {
        int magnitude = (int)(byte_of(&low, i) | byte_of(&high, i) << 8);
        values[i] = signs >> i & 1 ? -magnitude : magnitude;
    }
}

/* Stores up to eight digits from bit `from` on: over what was in the bytes for the first place, else besides it. */
static inline void put_digits(uint8_t *group, unsigned from, square s, unsigned count)
{
    s = transposed(s);
    for (unsigned i = 0; i < count; i++) {
        unsigned byte = byte_of(&s, i) << from;
        group[i] = (uint8_t)(from == 0 ? byte : group[i] | byte);
    }
}

/* Values of one group. */
static void put_some(const ln_bits *bits, uint8_t *group, unsigned from, const int32_t *values, unsigned count)
{
    square low = {0, 0}, high = {0, 0};
    uint32_t signs = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t v = (uint32_t)values[i], sign = v >> 31, magnitude = (v ^ (0 - sign)) + sign;
        signs |= sign << i;
        set_byte(&low, i, magnitude & 255);
        set_byte(&high, i, magnitude >> 8);
    }
    put_digits(group, from, low, bits->count < 8 ? bits->count : 8);
    if (bits->count > 8)
        put_digits(group + 8, from, high, bits->count - 8u);
    if (bits->negative)
        group[bits->count] = (uint8_t)(from == 0 ? signs : group[bits->count] | signs << from);
}

void ln_bits_put(const ln_bits *bits, unsigned place, const int32_t *values, unsigned count)
{
    unsigned step = ln_bits_step(bits), from = place % LN_GROUP;
    uint8_t *group = bits->groups + place / LN_GROUP * step;
    while (count > 0) {
        unsigned room = LN_GROUP - from, some = count < room ? count : room;
        put_some(bits, group, from, values, some);
        values += some;
        count -= some;
        group += step;
        from = 0;
    }
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
