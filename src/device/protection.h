/* What a sender keeps for repair packets (SPEC 6.6): the bodies of its latest numbered packets, which have
 * one length, in the caller's memory. */
#ifndef LN_DEVICE_PROTECTION_H
#define LN_DEVICE_PROTECTION_H

#include <stddef.h>
#include <stdint.h>

typedef struct ln_protection {
    uint8_t *memory; /* null: packets are not protected */
    size_t size;
    uint8_t share;  /* repair packets in a hundred packets */
    uint8_t number; /* of the next numbered packet; LN_MAX_NUMBERS: no packet is numbered any more */
    uint8_t index;  /* of the next repair packet since the last numbered packet */
    uint8_t length; /* of each body in the window */
    uint8_t count;  /* bodies in the window */
    uint8_t oldest; /* slot of the window's first body */
    uint16_t owed;  /* repair packets that are due, in hundredths */
} ln_protection;

/* Empties the window; share and memory stay. */
void ln_protection_begin(ln_protection *p);

/* Whether the next packet of symbols is numbered. */
int ln_protection_on(const ln_protection *p);

/* Whether a repair packet goes out next: one is due, and fits into `room` bytes. */
int ln_protection_due(const ln_protection *p, size_t room);

/* Writes the repair packet. `first` is the first byte of the picture's packets. Returns its size. */
size_t ln_protection_write(ln_protection *p, uint8_t first, uint8_t *packet);

/* Turns a plain packet of `size` bytes, which begins at packet + 1, into a numbered one, which begins at
 * packet, and adds its body to the window. Returns the numbered packet's size. */
size_t ln_protection_number(ln_protection *p, uint8_t *packet, size_t size);

#endif
