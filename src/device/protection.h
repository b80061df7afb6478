/* What a sender keeps for repair packets (SPEC 6.6): the bodies of its newest numbered packets, one behind
 * the other in a ring of bytes, the caller's; and when it sends them (SPEC, appendix C). */
#ifndef LN_DEVICE_PROTECTION_H
#define LN_DEVICE_PROTECTION_H

#include <stddef.h>
#include <stdint.h>

typedef struct ln_protection {
    uint8_t *memory; /* null: packets are not protected */
    size_t size;
    size_t oldest, used; /* where the oldest body begins; bytes of all bodies */
    uint16_t owed;       /* hundredths of a repair packet */
    uint8_t share;       /* of a hundred packets, how many are repair packets */
    uint8_t number;      /* of the next numbered packet; LN_MAX_NUMBERS: no more of them */
    uint8_t index;       /* of the next repair packet since then */
    uint8_t count;       /* bodies */
} ln_protection;

/* A window of the newest bodies. */
typedef struct ln_window {
    size_t first;    /* where its oldest body begins */
    uint8_t count;   /* bodies */
    uint8_t longest; /* bytes of the longest */
} ln_window;

/* Forgets all bodies; the share and the memory stay. */
void ln_protection_begin(ln_protection *p);

/* Whether packets are to be numbered. */
int ln_protection_on(const ln_protection *p);

/* Whether a repair packet goes out next, and of what. `room` is for its sum. */
int ln_protection_due(const ln_protection *p, size_t room, ln_window *window);

/* Writes the repair packet behind its first two bytes. Returns its size. */
size_t ln_protection_write(ln_protection *p, const ln_window *window, uint8_t *packet);

/* Gives a packet the next number, and keeps its body. Header and code are there; the code takes `length`
 * bytes. */
void ln_protection_number(ln_protection *p, uint8_t *packet, unsigned length);

#endif
