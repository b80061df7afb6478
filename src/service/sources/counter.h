/* Frame counters that begin at 0 again (service/events/uplink.h: counter_bits), as ones of 32 bits, which a
 * receiver and a loss meter compare. */
#ifndef LN_SERVICE_SOURCES_COUNTER_H
#define LN_SERVICE_SOURCES_COUNTER_H

#include <stdint.h>

/* The counter of one device. Empty is all zero. */
typedef struct ln_counter {
    int has_begun;
    uint32_t last;
} ln_counter;

/* Takes the counter of a frame and returns it with 32 bits. Of all that it may stand for it is the one next
 * to that of the frame before, above or below: right as long as less than half of the numbers lie between.
 * The first one stands far from 0, so that frames which went out before it have room below it. A counter of
 * 32 bits stays as it is.
 *   bits   1..32 */
uint32_t ln_counter_take(ln_counter *counter, unsigned bits, uint32_t value);

#endif
