/* Arithmetic of repair packets (6.6), in the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1. */
#ifndef LN_CORE_REPAIR_H
#define LN_CORE_REPAIR_H

#include <stddef.h>
#include <stdint.h>

#define LN_NUMBERED_START 5 /* where the code of a numbered packet begins */
#define LN_REPAIR_START 4   /* where the sum of a repair packet begins */

/* The body of a numbered packet: the rank in three bytes, the length of its code, and its code. */
#define LN_BODY_HEAD 4
#define LN_MIN_BODY (LN_BODY_HEAD + 1)

#define LN_MAX_NUMBERS 128 /* numbered packets of a picture */
#define LN_MAX_WINDOW 63   /* packets in the window of one repair packet */
#define LN_MAX_INDEXES 4   /* repair packets whose windows end with the same packet */

/* Product, and inverse; the inverse of 0 is 0. */
uint8_t ln_field_multiply(uint8_t a, uint8_t b);
uint8_t ln_field_inverse(uint8_t a);

/* Adds factor times `bytes` to `sum`, byte by byte. */
void ln_field_add(uint8_t *sum, const uint8_t *bytes, size_t count, uint8_t factor);

/* The factor of packet `number` in the repair packet `index` (0..3) whose window ends with packet `last`;
 * both 0..127. */
uint8_t ln_repair_factor(unsigned last, unsigned index, unsigned number);

#endif
