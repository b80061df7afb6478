#include "core/repair.h"

#define POLYNOMIAL 0x1D /* without x^8 */

static unsigned doubled(unsigned a)
{
    return (a << 1 & 0xFF) ^ (a & 0x80 ? POLYNOMIAL : 0);
}

uint8_t ln_field_multiply(uint8_t a, uint8_t b)
{
    unsigned product = 0, power = a;
    for (unsigned bits = b; bits > 0; bits >>= 1) {
        if (bits & 1)
            product ^= power;
        power = doubled(power);
    }
    return (uint8_t)product;
}

/* a^254, since a^255 = 1 for every element but 0. */
uint8_t ln_field_inverse(uint8_t a)
{
    uint8_t square = a, product = 1;
    for (int bit = 1; bit < 8; bit++) {
        square = ln_field_multiply(square, square);
        product = ln_field_multiply(product, square);
    }
    return product;
}

/* The products of 0 to 15 with a factor. Returns that of 16. */
static unsigned multiples(uint8_t *products, unsigned factor)
{
    products[0] = 0;
    for (unsigned i = 1; i < 16; i++) {
        unsigned rest = i & (i - 1); /* without its lowest bit */
        if (rest > 0) {
            products[i] = products[rest] ^ products[i ^ rest];
        } else {
            products[i] = (uint8_t)factor;
            factor = doubled(factor);
        }
    }
    return factor;
}

/* By halves of a byte, so that there are 32 products and not one for each byte. */
void ln_field_add(uint8_t *sum, const uint8_t *bytes, size_t count, uint8_t factor)
{
    uint8_t low[16], high[16];
    multiples(high, multiples(low, factor));
    for (size_t i = 0; i < count; i++)
        sum[i] ^= low[bytes[i] & 15] ^ high[bytes[i] >> 4];
}

/* The inverses of 128 to 255: a camera needs hundreds of them for a repair packet. */
static const uint8_t upper_inverse[128] = {
    27,  84,  161, 29,  124, 204, 228, 176, 73,  49,  39,  45,  83,  105, 2,   245, 24,  223, 68,
    79,  155, 188, 15,  92,  11,  220, 189, 148, 172, 9,   199, 162, 28,  130, 159, 198, 52,  194,
    70,  5,   206, 59,  13,  60,  156, 8,   190, 183, 135, 229, 238, 107, 235, 242, 191, 175, 197,
    100, 7,   123, 149, 154, 174, 182, 18,  89,  165, 53,  101, 184, 163, 158, 210, 247, 98,  90,
    133, 125, 168, 58,  41,  113, 200, 246, 249, 67,  215, 214, 16,  115, 118, 120, 153, 10,  25,
    145, 20,  63,  230, 240, 134, 177, 226, 241, 250, 116, 243, 180, 109, 33,  178, 106, 227, 231,
    181, 234, 3,   143, 211, 201, 66,  212, 232, 117, 127, 255, 126, 253,
};

uint8_t ln_repair_factor(unsigned last, unsigned index, unsigned sum, unsigned block)
{
    unsigned row = (last + 32 * index + sum) % 128;
    return upper_inverse[row ^ block % 128];
}
