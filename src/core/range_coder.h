/* The range coder of a packet's code, which always fills exactly the bytes it is given (6.1 to 6.3). */
#ifndef LN_CORE_RANGE_CODER_H
#define LN_CORE_RANGE_CODER_H

#include <stdint.h>

#define LN_TOTAL_BITS 12 /* frequencies are in 1/4096 */
#define LN_LEAST_RANGE ((uint32_t)1 << 24)

typedef struct ln_range_encoder {
    uint32_t low, range;
    uint8_t *out, *end; /* where the next byte of code goes, and where none goes */
} ln_range_encoder;

/* Starts a code of `size` bytes (1 or more) at `code`. */
void ln_range_encoder_init(ln_range_encoder *encoder, uint8_t *code, unsigned size);

/* Codes a symbol with its cumulative frequency and frequency, in 1/4096. 0: there is no room for it; the end
 * is coded instead, and only ln_range_encoder_finish may follow. */
int ln_range_encode(ln_range_encoder *encoder, unsigned cumulative, unsigned frequency);

/* Writes the last bytes and returns the bytes of the room given that were not needed. */
unsigned ln_range_encoder_finish(ln_range_encoder *encoder);

/* Adds one to the number that the bytes before `out` make. It is below 1 before and after, so some byte is
 * below 255. */
void ln_range_encoder_carry(uint8_t *out);

/* The two steps of coding a symbol: raises `low`, and makes a range that is not too small, writing bytes for
 * it. */
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

/* Bytes of code that remain: q. */
static inline int ln_range_encoder_left(const ln_range_encoder *encoder)
{
    return (int)(encoder->end - encoder->out);
}

/* Whether any symbol fits, without a decision before it: it takes 12 bits at most. */
static inline int ln_range_encoder_has_room(const ln_range_encoder *encoder)
{
    return ln_range_encoder_left(encoder) > 2;
}

typedef struct ln_range_decoder {
    uint32_t code; /* the number that is coded, minus low */
    uint32_t range;
    const uint8_t *in, *end;
    int left; /* bytes of code that remain: q */
} ln_range_decoder;

#define LN_CODE_STOP (-1)    /* the code ends here */
#define LN_CODE_DAMAGED (-2) /* no encoder wrote this */

void ln_range_decoder_init(ln_range_decoder *decoder, const uint8_t *code, unsigned size);

/* The decision that is coded when few bytes remain; for ln_range_decode_more. */
int ln_range_decode_decision(ln_range_decoder *decoder);

/* Whether a symbol follows: 0 or LN_CODE_STOP or LN_CODE_DAMAGED. To be asked before every symbol. */
static inline int ln_range_decode_more(ln_range_decoder *decoder)
{
    return decoder->left > 2 ? 0 : ln_range_decode_decision(decoder);
}

/* The number of the next symbol in a table of `count` cumulative frequencies, little-endian, or
 * LN_CODE_DAMAGED. */
int ln_range_decode(ln_range_decoder *decoder, const uint8_t *cumulative, unsigned count);

/* Whether what remains is what an encoder leaves at the end. */
int ln_range_decoder_finished(const ln_range_decoder *decoder);

#endif
