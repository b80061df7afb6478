/* What a sender keeps for repair packets (SPEC 6.6): the bodies of its latest numbered packets, all of one
 * length, in memory of the caller. */
#ifndef LN_DEVICE_PROTECTION_H
#define LN_DEVICE_PROTECTION_H

#include <stddef.h>
#include <stdint.h>

typedef struct ln_protection {
    uint8_t *memory; /* null: packets are not protected */
    size_t size;
    uint8_t share;  /* of a hundred packets, how many are repair packets */
    uint8_t number; /* of the next numbered packet; LN_MAX_NUMBERS: no more of them */
    uint8_t index;  /* of the next repair packet since then */
    uint8_t length; /* of every body of the window */
    uint8_t count;  /* bodies in the window */
    uint8_t oldest; /* which of the slots has the window's first */
    uint16_t owed;  /* hundredths of a repair packet */
} ln_protection;

/* An empty window; the share and the memory stay. */
void ln_protection_begin(ln_protection *p);

/* Whether packets are to be numbered. */
int ln_protection_on(const ln_protection *p);

/* Whether a repair packet goes out next, if it fits into `room` bytes. */
int ln_protection_due(const ln_protection *p, size_t room);

/* Writes the repair packet; `first` is a packet's first byte. Returns its size. */
size_t ln_protection_write(ln_protection *p, uint8_t first, uint8_t *packet);

/* Makes a plain packet, which stands one byte behind `packet`, a numbered one, and takes it into the window.
 * `size` is the plain one's; returns the numbered one's. */
size_t ln_protection_number(ln_protection *p, uint8_t *packet, size_t size);

#endif
