/* What the parts of the sender share. */
#ifndef LN_DEVICE_SENDER_H
#define LN_DEVICE_SENDER_H

#include <limitnet/device.h>

#define LN_MOST_DEADLINE 2000000000u /* milliseconds */

/* Milliseconds until a queued picture's deadline; 0: it is over. */
uint32_t ln_sender_time_left(const ln_sender *sender, const ln_queued *q);

#endif
