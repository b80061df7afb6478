/* What the parts of the sender share. */
#ifndef LN_DEVICE_SENDER_H
#define LN_DEVICE_SENDER_H

#include <limitnet/device.h>

#define LN_MOST_DEADLINE 2000000000u /* milliseconds */

#define LN_MOST_LOSS 230 /* in 1/256 */

/* Milliseconds until a queued picture's deadline; 0: it is over. */
uint32_t ln_sender_time_left(const ln_sender *sender, const ln_queued *q);

/* Has a picture's camera, if it can, mix in the repair packets that suit the loss. */
void ln_sender_protect(const ln_sender *sender, const ln_queued *q);

#endif
