#include "service/sources/counter.h"

#define FIRST_ROUND UINT32_C(0x40000000) /* at which any counter of up to 30 bits is 0 */

uint32_t ln_counter_take(ln_counter *counter, unsigned bits, uint32_t value)
{
    if (bits >= 32)
        return value;
    const uint32_t round = UINT32_C(1) << bits, ahead = (value - counter->last) & (round - 1);
    if (!counter->has_begun)
        counter->last = FIRST_ROUND + value;
    else
        counter->last += ahead < round / 2 ? ahead : ahead - round;
    counter->has_begun = 1;
    return counter->last;
}
