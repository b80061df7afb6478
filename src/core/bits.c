#include "core/bits.h"

#include "core/model.h"

ln_bits ln_bits_of(const ln_model *model, unsigned channel, uint8_t *digits)
{
    const ln_channel *c = &model->channel[channel];
    unsigned count = 0;
    while (c->limit >> count)
        count++;
    return (ln_bits){digits, (uint16_t)((ln_channel_places(model, channel) + 7) / 8), (uint8_t)count,
                     model->stage[c->stage].activation != LN_ACTIVATION_RELU};
}

int ln_bits_get(const ln_bits *bits, unsigned place)
{
    const uint8_t *byte = bits->digits + place / 8;
    unsigned bit = place % 8, magnitude = 0;
    for (unsigned digit = 0; digit < bits->count; digit++, byte += bits->step)
        magnitude |= (unsigned)(*byte >> bit & 1) << digit;
    return bits->negative && *byte >> bit & 1 ? -(int)magnitude : (int)magnitude;
}

/* Adds some bits to a string. */
static inline void add(uint8_t *byte, unsigned shift, unsigned bits)
{
    bits <<= shift;
    byte[0] |= (uint8_t)bits;
    if (bits > 255)
        byte[1] |= (uint8_t)(bits >> 8);
}

/* The lowest bits of four bytes, side by side. Products of other bits come to lie below or beyond them. */
static inline unsigned lowest_bits(uint32_t bytes)
{
    return (bytes & 0x01010101u) * 0x10204080u >> 28;
}

void ln_bits_put(const ln_bits *bits, unsigned place, const int32_t *values, unsigned count)
{
    /* The magnitudes' low and high bytes, four values in a word: the first in the lowest byte. */
    uint32_t low[2] = {0, 0}, high[2] = {0, 0}, signs = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t v = (uint32_t)values[i], sign = v >> 31, magnitude = (v ^ (0 - sign)) + sign;
        signs |= sign << i;
        low[i / 4] |= (magnitude & 255) << i % 4 * 8;
        high[i / 4] |= magnitude >> 8 << i % 4 * 8;
    }
    uint8_t *byte = bits->digits + place / 8;
    unsigned shift = place % 8;
    for (unsigned digit = 0; low[0] | low[1] | high[0] | high[1]; digit++, byte += bits->step) {
        if (digit == 8) {
            low[0] = high[0];
            low[1] = high[1];
            high[0] = high[1] = 0;
        }
        add(byte, shift, lowest_bits(low[0]) | lowest_bits(low[1]) << 4);
        low[0] = low[0] >> 1 & 0x7f7f7f7fu;
        low[1] = low[1] >> 1 & 0x7f7f7f7fu;
    }
    if (signs)
        add(bits->digits + (size_t)bits->count * bits->step + place / 8, shift, signs);
}

void ln_bits_set(const ln_bits *bits, unsigned place, int value)
{
    unsigned magnitude = value < 0 ? 0u - (unsigned)value : (unsigned)value;
    uint8_t *byte = bits->digits + place / 8;
    unsigned mask = 1u << place % 8;
    if (bits->negative)
        magnitude |= (unsigned)(value < 0) << bits->count;
    for (unsigned i = 0; i < (unsigned)bits->count + bits->negative; i++, byte += bits->step)
        *byte = (uint8_t)(magnitude >> i & 1 ? *byte | mask : *byte & ~mask);
}
