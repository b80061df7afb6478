/* What the receiver does not show to everybody. */
#ifndef LN_CLOUD_RECEIVER_H
#define LN_CLOUD_RECEIVER_H

#include <limitnet/cloud.h>

/* For tests: pictures and devices that were looked at in all searches so far. */
uint64_t ln_receiver_steps(const ln_receiver *receiver);

/* Goes on where another receiver was: gives a packet to the picture that it was found to belong to. When all
 * packets of the open pictures were given like this, in the order in which they came, ln_receiver_push
 * decides as that receiver would have decided. id   of the picture in this receiver; 0 opens one, and
 * receives its id Errors: those of ln_receiver_push, but for LN_ERR_STATE. */
ln_status ln_receiver_restore(ln_receiver *receiver, const ln_arrival *arrival, const uint8_t *packet,
                              size_t size, uint64_t *id);

#endif
