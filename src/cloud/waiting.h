/* Packets of one picture that wait for its map, in the order in which they came. */
#ifndef LN_CLOUD_WAITING_H
#define LN_CLOUD_WAITING_H

#include <stddef.h>
#include <stdint.h>

#define LN_NOT_NUMBERED 256 /* in place of a number */

/* A packet that waits. Its code follows it in the list. */
typedef struct ln_waiting_packet {
    uint32_t next; /* offset of the next one with the same hash, plus 1; 0 for none */
    uint32_t rank;
    uint16_t number; /* or LN_NOT_NUMBERED */
    uint8_t length;  /* of its code, bytes */
    uint8_t fresh;   /* whether it has brought new symbols already */
} ln_waiting_packet;

typedef struct ln_waiting {
    uint8_t *bytes; /* packets with their codes */
    size_t size, room;
    uint32_t *head; /* by hash: offset of the newest packet, plus 1; 0 for none */
    size_t mask;    /* of a hash */
} ln_waiting;

/* Memory for a list whose packets may take `room` bytes. */
size_t ln_waiting_bytes(size_t room);

/* Makes an empty list in ln_waiting_bytes bytes, aligned for uint32_t. */
void ln_waiting_init(ln_waiting *waiting, void *memory, size_t room);

/* Forgets all packets. */
void ln_waiting_clear(ln_waiting *waiting);

/* Whether a packet waits that says the same. The work is bounded: a few packets are looked at, so one in a
 * list of crafted packets may be overlooked, which costs its room. */
int ln_waiting_has(const ln_waiting *waiting, const ln_waiting_packet *packet, const uint8_t *code);

/* Appends a packet. 0: there is no room. */
int ln_waiting_add(ln_waiting *waiting, const ln_waiting_packet *packet, const uint8_t *code);

/* The packet at an offset, from 0 on, and its code; moves the offset on. 0 at the end. */
int ln_waiting_next(const ln_waiting *waiting, size_t *at, ln_waiting_packet *packet, const uint8_t **code);

#endif
