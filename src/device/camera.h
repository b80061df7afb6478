/* A camera's state. Its memory, in this order: this struct, the network's part, and a part that the streaming
 * rows have first, and the transmission order and the map afterwards. */
#ifndef LN_DEVICE_CAMERA_H
#define LN_DEVICE_CAMERA_H

#include <limitnet/device.h>

#include "core/order.h"
#include "device/network.h"
#include "device/protection.h"

typedef enum ln_camera_state { LN_CAMERA_IDLE, LN_CAMERA_OPEN, LN_CAMERA_DONE } ln_camera_state;

struct ln_camera {
    const ln_model *model;
    void *shared;
    ln_order *order; /* in the shared part; only in the state done */
    uint8_t *map;    /* its levels, behind it */
    ln_network network;
    uint8_t state; /* ln_camera_state */

    /* Sender. */
    uint8_t checked;  /* packets end with a check */
    uint16_t picture; /* its number */
    uint32_t rank;    /* of the first symbol that was not sent yet */
    ln_protection protection;
};

/* Sets the sender to the picture's beginning. */
void ln_sender_begin(ln_camera *camera);

#endif
