/* Brings back lost packets of one picture from repair packets (SPEC 6.6): linear equations over the field of
 * 256 elements, solved as they come. Whether to believe a packet that comes out is the caller's decision. */
#ifndef LN_CLOUD_RECOVERY_H
#define LN_CLOUD_RECOVERY_H

#include "core/repair.h"

#include <limitnet/core.h>

#define LN_MAX_BODY (LN_MAX_PAYLOAD - LN_NUMBERED_START)

/* A repair packet, less the bodies that are known: the sum over all numbers of factor times body. */
typedef struct ln_equation {
    uint8_t factor[LN_MAX_NUMBERS];
    uint8_t pivot;  /* the lowest number with a factor, which is 1; no other equation has a factor for it */
    uint8_t length; /* of each body */
    uint8_t sum[LN_MAX_BODY];
} ln_equation;

typedef struct ln_recovery {
    unsigned equations;
    uint8_t length[LN_MAX_NUMBERS]; /* of the known bodies; 0: not known */
    uint8_t body[LN_MAX_NUMBERS][LN_MAX_BODY];
    ln_equation equation[LN_MAX_NUMBERS];
} ln_recovery;

/* Forgets everything. */
void ln_recovery_begin(ln_recovery *recovery);

/* Takes the body (3..LN_MAX_BODY bytes) of a packet that came or is believed. A body that is known already
 * stays as it is. */
void ln_recovery_know(ln_recovery *recovery, unsigned number, const uint8_t *body, size_t length);

/* Takes a repair packet with its header. LN_OK: it says something new. LN_END: it does not. LN_ERR_PACKET:
 * the known bodies have other lengths. */
ln_status ln_recovery_take(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *packet,
                           size_t size);

/* Gives the lowest number whose body has come out, and that body, and drops its equation.
 *   body   room for LN_MAX_BODY bytes
 * Returns the body's length, 0 if there is none. */
size_t ln_recovery_solved(ln_recovery *recovery, unsigned *number, uint8_t *body);

#endif
