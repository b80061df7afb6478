/* The range coder (6.1 to 6.3). A code always fills exactly the bytes that it is given. */
#ifndef LN_CORE_RANGE_CODER_H
#define LN_CORE_RANGE_CODER_H

#include <stdint.h>

#define LN_TOTAL_BITS 12 /* frequencies are in 1/4096 */
#define LN_LEAST_RANGE ((uint32_t)1 << 24)

typedef struct ln_range_encoder {
    uint32_t low, range;
    uint8_t *out, *end; /* of the code: the next byte, and behind the last */
} ln_range_encoder;

/* Starts a code of `size` bytes (1 or more) at `code`. */
void ln_range_encoder_init(ln_range_encoder *encoder, uint8_t *code, unsigned size);

/* Codes a symbol of this cumulative frequency and frequency, in 1/4096. Returns 1, or 0 if there is no room
 * for it: then the end is coded, and only ln_range_encoder_finish may follow. */
int ln_range_encode(ln_range_encoder *encoder, unsigned cumulative, unsigned frequency);

/* Writes the last bytes. Returns how many bytes of the room are left over. */
unsigned ln_range_encoder_finish(ln_range_encoder *encoder);

/* Adds one to the number that the bytes before `out` form. One of them is below 255, so the carry ends
 * there. */
void ln_range_encoder_carry(uint8_t *out);

/* The two steps of coding a symbol: raising `low`, and widening a range that is too small by writing
 * bytes. */
static inline void ln_range_encoder_raise(ln_range_encoder *encoder, uint32_t by)
{
    uint32_t low = encoder->low + by;
    if (low < by)
        ln_range_encoder_carry(encoder->out);
    encoder->low = low;
}

static inline uint32_t ln_range_encoder_shift(ln_range_encoder *encoder, uint32_t range)
{
    while (range < LN_LEAST_RANGE) {
        *encoder->out++ = (uint8_t)(encoder->low >> 24);
        encoder->low <<= 8;
        range <<= 8;
    }
    return range;
}

/* Bytes of code that are left: q. */
static inline int ln_range_encoder_left(const ln_range_encoder *encoder)
{
    return (int)(encoder->end - encoder->out);
}

/* Whether any symbol fits without a decision before it. A symbol takes at most 12 bits. */
static inline int ln_range_encoder_has_room(const ln_range_encoder *encoder)
{
    return ln_range_encoder_left(encoder) > 2;
}

typedef struct ln_range_decoder {
    uint32_t code; /* the coded number minus low */
    uint32_t range;
    const uint8_t *in, *end;
    int left; /* bytes of code that are left: q */
} ln_range_decoder;

#define LN_CODE_STOP (-1)    /* the code ends here */
#define LN_CODE_DAMAGED (-2) /* no encoder wrote this */

void ln_range_decoder_init(ln_range_decoder *decoder, const uint8_t *code, unsigned size);

/* The decision that is coded where few bytes are left; for ln_range_decode_more. */
int ln_range_decode_decision(ln_range_decoder *decoder);

/* Whether a symbol follows: 0 if it does, otherwise LN_CODE_STOP or LN_CODE_DAMAGED. Call it before each
 * symbol. */
static inline int ln_range_decode_more(ln_range_decoder *decoder)
{
    return decoder->left > 2 ? 0 : ln_range_decode_decision(decoder);
}

/* The number of the next symbol in a table of `count` cumulative frequencies (uint16 LE), or
 * LN_CODE_DAMAGED. */
int ln_range_decode(ln_range_decoder *decoder, const uint8_t *cumulative, unsigned count);

/* A narrow symbol, 0, -1 or 1, from the cumulative frequencies of -1 and 1. Returns 1 and the symbol, or
 * 0: the code is damaged. */
int ln_range_decode_split(ln_range_decoder *decoder, unsigned negative, unsigned positive, int *symbol);

/* Whether the last bytes are those that an encoder writes. */
int ln_range_decoder_finished(const ln_range_decoder *decoder);

#endif
