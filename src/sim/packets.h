/* The packets of a picture, in the order in which they are sent. */
#ifndef LN_SIM_PACKETS_H
#define LN_SIM_PACKETS_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ln_packets {
    size_t payload; /* the most bytes that a packet may have, 1..255 */
    size_t count, room;
    uint8_t *items; /* `room` times: a packet's size, and place for `payload` bytes */
} ln_packets;

/* Adds a packet of up to `payload` bytes. Errors: LN_ERR_MEMORY. */
ln_status ln_packets_add(ln_packets *packets, const uint8_t *bytes, size_t size, ln_error *error);

/* A packet, and its size. */
const uint8_t *ln_packets_at(const ln_packets *packets, size_t number, size_t *size);

/* Releases packets and leaves none. */
void ln_packets_free(ln_packets *packets);

#endif
