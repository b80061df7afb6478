/* The range coder (6.1 to 6.3). */
#include "core/range_coder.h"

#include "core/bytes.h"

#define STOP_RANGE ((uint32_t)1 << 27) /* enough for the decision to stop when one byte is left */
#define GO 3584u                       /* frequency of the decision that a symbol follows */
#define STOP 512u                      /* frequency of the decision that none does */

void ln_range_encoder_carry(uint8_t *out)
{
    while (++*--out == 0)
        continue;
}

void ln_range_encoder_init(ln_range_encoder *encoder, uint8_t *code, unsigned size)
{
    encoder->low = 0;
    encoder->range = 0xffffffffu;
    encoder->out = code;
    encoder->end = code + size;
}

static void put(ln_range_encoder *e, unsigned cumulative, unsigned frequency)
{
    uint32_t r = e->range >> LN_TOTAL_BITS;
    ln_range_encoder_raise(e, r * cumulative);
    e->range = ln_range_encoder_shift(e, r * frequency);
}

/* Codes a symbol in the range alone, without writing, to see whether it fits. */
static uint32_t narrow(uint32_t range, unsigned frequency, int *left)
{
    range = (range >> LN_TOTAL_BITS) * frequency;
    while (range < LN_LEAST_RANGE) {
        range <<= 8;
        --*left;
    }
    return range;
}

static int room_left(uint32_t range, int left)
{
    return left >= 2 || (left == 1 && range >= STOP_RANGE);
}

static int fits_behind_go(const ln_range_encoder *e, unsigned frequency)
{
    int left = ln_range_encoder_left(e);
    uint32_t range = narrow(narrow(e->range, GO, &left), frequency, &left);
    return room_left(range, left);
}

int ln_range_encode(ln_range_encoder *encoder, unsigned cumulative, unsigned frequency)
{
    if (!ln_range_encoder_has_room(encoder)) {
        if (!fits_behind_go(encoder, frequency)) {
            put(encoder, GO, STOP);
            return 0;
        }
        put(encoder, 0, GO);
    }
    put(encoder, cumulative, frequency);
    return 1;
}

unsigned ln_range_encoder_finish(ln_range_encoder *encoder)
{
    int left = ln_range_encoder_left(encoder), bytes = left < 3 ? left : 3;
    uint32_t below = ((uint32_t)1 << (32 - 8 * bytes)) - 1;
    uint32_t last = (encoder->low + below) & ~below;
    if (last < encoder->low)
        ln_range_encoder_carry(encoder->out);
    for (int i = 0; i < bytes; i++)
        encoder->out[i] = (uint8_t)(last >> (24 - 8 * i));
    return (unsigned)(left - bytes);
}

static uint32_t next_byte(ln_range_decoder *d)
{
    return d->in < d->end ? *d->in++ : 0;
}

void ln_range_decoder_init(ln_range_decoder *decoder, const uint8_t *code, unsigned size)
{
    decoder->code = 0;
    decoder->range = 0xffffffffu;
    decoder->in = code;
    decoder->end = code + size;
    decoder->left = (int)size;
    for (int i = 0; i < 4; i++)
        decoder->code = decoder->code << 8 | next_byte(decoder);
}

/* Takes a symbol out of the code. `r` is the range of frequency 1. 0: the code lies outside the symbol. */
static int take(ln_range_decoder *d, uint32_t r, unsigned cumulative, unsigned frequency)
{
    d->code -= r * cumulative;
    d->range = r * frequency;
    if (d->code >= d->range)
        return 0;
    while (d->range < LN_LEAST_RANGE) {
        d->code = d->code << 8 | next_byte(d);
        d->range <<= 8;
        d->left--;
    }
    return 1;
}

int ln_range_decode_decision(ln_range_decoder *decoder)
{
    uint32_t r = decoder->range >> LN_TOTAL_BITS;
    if (!room_left(decoder->range, decoder->left))
        return LN_CODE_DAMAGED;
    if (decoder->code < r * GO)
        return take(decoder, r, 0, GO) ? 0 : LN_CODE_DAMAGED;
    return take(decoder, r, GO, STOP) ? LN_CODE_STOP : LN_CODE_DAMAGED;
}

int ln_range_decode(ln_range_decoder *decoder, const uint8_t *cumulative, unsigned count)
{
    uint32_t r = decoder->range >> LN_TOTAL_BITS;
    unsigned symbol = 0;
    for (unsigned size = count; size > 1;) {
        unsigned half = size / 2;
        if (decoder->code >= r * ln_u16(cumulative + 2 * (symbol + half))) {
            symbol += half;
            size -= half;
        } else {
            size = half;
        }
    }
    unsigned end = symbol + 1 < count ? ln_u16(cumulative + 2 * symbol + 2) : 1u << LN_TOTAL_BITS;
    cumulative += 2 * symbol;
    return take(decoder, r, ln_u16(cumulative), end - ln_u16(cumulative)) ? (int)symbol : LN_CODE_DAMAGED;
}

int ln_range_decode_split(ln_range_decoder *decoder, unsigned negative, unsigned positive, int *symbol)
{
    uint32_t r = decoder->range >> LN_TOTAL_BITS;
    if (decoder->code < r * negative) {
        *symbol = 0;
        return take(decoder, r, 0, negative);
    }
    if (decoder->code < r * positive) {
        *symbol = -1;
        return take(decoder, r, negative, positive - negative);
    }
    *symbol = 1;
    return take(decoder, r, positive, (1u << LN_TOTAL_BITS) - positive);
}

int ln_range_decoder_finished(const ln_range_decoder *decoder)
{
    return decoder->left >= 1 && decoder->left <= 3 && decoder->code >> (32 - 8 * decoder->left) == 0;
}
