/* Numbers of patches in portable C, for portable.c and folded.c: patches lie one behind the other, as 16-bit
 * numbers. With bytes on both sides GCC multiplies in 16 bits, widens, and takes twice as long. */
#ifndef LN_DEVICE_KERNELS_PORTABLE_H
#define LN_DEVICE_KERNELS_PORTABLE_H

#include "device/kernels/kernel.h"

/* Bytes of the patches at as many places as portable C works at. */
static inline size_t ln_portable_bytes(size_t numbers)
{
    return LN_PLACES_ON(LN_PORTABLE) * numbers * sizeof(int16_t);
}

#endif
