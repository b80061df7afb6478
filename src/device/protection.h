/* What a sender keeps for repair packets (SPEC 6.6): the newest blocks of its numbered packets, in a ring
 * that the caller gives; and when it sends them (SPEC, appendix C). */
#ifndef LN_DEVICE_PROTECTION_H
#define LN_DEVICE_PROTECTION_H

#include <stddef.h>
#include <stdint.h>

typedef struct ln_protection {
    uint8_t *memory; /* null: packets are not protected */
    size_t size;
    uint16_t owed;   /* hundredths of a block */
    uint16_t number; /* of the next block; LN_MAX_BLOCKS: no more of them */
    uint8_t share;   /* of a hundred blocks that go out, how many are sums */
    uint8_t block;   /* bytes of a block; 0 before the first packet */
    uint8_t most;    /* blocks that the memory holds, at most LN_MAX_WINDOW */
    uint8_t index;   /* of the next repair packet */
    uint8_t since;   /* repair packets since the last numbered one */
} ln_protection;

/* Forgets all blocks; the share and the memory stay. */
void ln_protection_begin(ln_protection *p);

/* Whether packets are to be numbered. */
int ln_protection_on(const ln_protection *p);

/* How many sums the repair packet has that goes out next, of which `room` bytes are for sums; 0: none goes
 * out. `is_end`: all symbols were sent. */
unsigned ln_protection_due(const ln_protection *p, size_t room, int is_end);

/* Writes the repair packet behind its first two bytes. Returns its size. */
size_t ln_protection_write(ln_protection *p, unsigned sums, uint8_t *packet);

/* The most bytes that the body of the next numbered packet may have, in a packet with `room` bytes behind its
 * header. The first packet decides how long blocks are. */
unsigned ln_protection_body(ln_protection *p, unsigned room);

/* Gives a packet the number of its first block, and keeps its blocks. Header and code are there; the code
 * takes `length` bytes. */
void ln_protection_number(ln_protection *p, uint8_t *packet, unsigned length);

#endif
