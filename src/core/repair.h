/* Arithmetic of repair packets (6.6), in the field of 256 elements modulo x^8 + x^4 + x^3 + x^2 + 1. */
#ifndef LN_CORE_REPAIR_H
#define LN_CORE_REPAIR_H

#include <stddef.h>
#include <stdint.h>

#define LN_NUMBERED_START 5 /* where the code of a numbered packet begins */
#define LN_REPAIR_START 4   /* where the sums of a repair packet begin */

/* The body of a numbered packet: the rank in three bytes, the length of its code, and its code. */
#define LN_BODY_HEAD 4

#define LN_MAX_BLOCKS 256 /* of a picture */
#define LN_MAX_WINDOW 128 /* blocks in the window of a repair packet */
#define LN_WINDOW_STEP 4  /* a window that does not begin with block 0 has a multiple of so many */
#define LN_MAX_SUMS 8     /* in a repair packet */
#define LN_MAX_INDEXES 4  /* repair packets whose windows end with the same block */

/* Bytes of a block. */
#define LN_MIN_BLOCK 5
#define LN_MAX_BLOCK 64

/* Product, and inverse; the inverse of 0 is 0. */
uint8_t ln_field_multiply(uint8_t a, uint8_t b);
uint8_t ln_field_inverse(uint8_t a);

/* Adds factor times `bytes` to `sum`, byte by byte. */
void ln_field_add(uint8_t *sum, const uint8_t *bytes, size_t count, uint8_t factor);

/* The factor of a block in sum number `sum` (0..7) of the repair packet `index` (0..3) whose window ends with
 * block `last`. */
uint8_t ln_repair_factor(unsigned last, unsigned index, unsigned sum, unsigned block);

#endif
