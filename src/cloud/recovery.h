/* Brings back lost packets of one picture from repair packets (SPEC 6.6): linear equations over the field of
 * 256 elements, solved as they come. Whether to believe a packet that comes out is the caller's decision.
 *
 * Bodies may have any lengths. A body counts as if zeros followed, so equations of different lengths go
 * together: the length of a lost body is in the body itself. */
#ifndef LN_CLOUD_RECOVERY_H
#define LN_CLOUD_RECOVERY_H

#include "core/repair.h"

#include <limitnet/core.h>

/* Of the longest numbered packet, and of the longest repair packet. */
#define LN_MAX_BODY (LN_BODY_HEAD + LN_MAX_PAYLOAD - LN_NUMBERED_START)
#define LN_MAX_SUM (LN_MAX_PAYLOAD - LN_REPAIR_START)

/* A repair packet, less the bodies that are known: the sum over all numbers of factor times body. */
typedef struct ln_equation {
    uint8_t factor[LN_MAX_NUMBERS];
    uint8_t pivot;  /* the lowest number with a factor, which is 1; no other equation has a factor for it */
    uint8_t length; /* zeros follow in `sum` */
    uint8_t sum[LN_MAX_SUM];
} ln_equation;

typedef struct ln_recovery {
    unsigned equations;
    uint8_t length[LN_MAX_NUMBERS]; /* of the known bodies; 0: not known */
    uint32_t end[LN_MAX_NUMBERS];   /* rank behind a known body's symbols; 0: not known */
    uint8_t body[LN_MAX_NUMBERS][LN_MAX_BODY];
    ln_equation equation[LN_MAX_NUMBERS];
} ln_recovery;

/* Forgets everything. */
void ln_recovery_begin(ln_recovery *recovery);

/* Makes the body of a numbered packet. Returns its length. */
unsigned ln_body_make(uint8_t body[LN_MAX_BODY], unsigned rank, const uint8_t *code, unsigned length);

/* The rank in a body. */
unsigned ln_body_rank(const uint8_t *body);

/* Takes the body of a packet that came or is believed. A body that is known already stays as it is. */
void ln_recovery_know(ln_recovery *recovery, unsigned number, const uint8_t *body, unsigned length);

/* Takes a repair packet: its header and its sum. LN_OK: it says something new. LN_END: it does not.
 * LN_ERR_PACKET: it contradicts what is known. */
ln_status ln_recovery_take(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sum,
                           unsigned length);

/* What ln_recovery_take would return; nothing changes. */
ln_status ln_recovery_try(const ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sum,
                          unsigned length);

/* Gives the lowest number whose body has come out, and that body, and drops its equation.
 *   body   room for LN_MAX_BODY bytes; zeros follow the body's length
 * 0: there is none. */
int ln_recovery_solved(ln_recovery *recovery, unsigned *number, uint8_t *body);

#endif
