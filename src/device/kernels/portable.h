/* How patches lie in portable C (portable.c, folded.c): one after the other, as 16-bit numbers. If they were
 * bytes, as weights are, GCC would multiply in 16 bits, widen the products, and take twice as long. */
#ifndef LN_DEVICE_KERNELS_PORTABLE_H
#define LN_DEVICE_KERNELS_PORTABLE_H

#include "device/kernels/kernel.h"

/* Size of LN_PLACES patches of some numbers each. */
static inline size_t ln_portable_bytes(size_t numbers)
{
    return LN_PLACES_ON(LN_PORTABLE) * numbers * sizeof(int16_t);
}

#endif
