/* A camera's state. Its memory holds this struct, then the network's part, then a shared part: for rows
 * while a picture streams in, and afterwards for the transmission order and the map. */
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
    ln_order *order; /* in the shared part, once the picture is finished */
    uint8_t *map;    /* behind the order */
    ln_network network;

    /* For packets.c. */
    ln_protection protection;
    uint32_t rank;    /* of the next symbol to send */
    uint16_t picture; /* its number */
    uint8_t checked;  /* 1: packets end with a check */

    uint8_t state; /* ln_camera_state */
};

/* Its size if pointers have `pointer` bytes: the network's members, the protection's, and its own. */
#define LN_CAMERA_BYTES(pointer)                                                                             \
    LN_ALIGNED(LN_ALIGNED(14 * (pointer) + LN_MAX_STAGES + LN_MAX_LAYERS + 1, pointer) +                     \
                   LN_ALIGNED(2 * (pointer) + 9, pointer) + 8,                                               \
               pointer)
LN_CHECK_BYTES(ln_camera, LN_CAMERA_BYTES(sizeof(void *)))

/* ln_camera_size on a processor with the instruction set `target`, whose pointers have `pointer` bytes. */
size_t ln_camera_size_on(const ln_model *model, const ln_kernel *const *kernels, unsigned target,
                         size_t pointer);

/* Lets the sender begin the picture again. */
void ln_camera_rewind(ln_camera *camera);

#endif
