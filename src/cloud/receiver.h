/* For tests: what the receiver does not show to everybody. */
#ifndef LN_CLOUD_RECEIVER_H
#define LN_CLOUD_RECEIVER_H

#include <limitnet/cloud.h>

/* Pictures and devices that were looked at in all searches so far. */
uint64_t ln_receiver_steps(const ln_receiver *receiver);

#endif
