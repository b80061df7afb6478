/* Brings back lost packets of one picture from repair packets (SPEC 6.6): linear equations over the field of
 * 256 elements, solved as they come, whose unknowns are blocks of bodies. Whether to believe a packet that
 * comes out is the caller's decision.
 *
 * The first repair packet tells how long blocks are. Until then bodies are kept as they come.
 *
 * The work is bounded. With n equations, at most LN_MAX_BLOCKS, each sum of a repair packet and each block of
 * a numbered packet costs at most 2 n additions of two equations. */
#ifndef LN_CLOUD_RECOVERY_H
#define LN_CLOUD_RECOVERY_H

#include "core/repair.h"

#include <limitnet/core.h>

/* Of the longest numbered packet. */
#define LN_MAX_BODY (LN_BODY_HEAD + LN_MAX_PAYLOAD - LN_NUMBERED_START)

/* A sum of a repair packet, less the blocks that are known. */
typedef struct ln_equation {
    uint8_t factor[LN_MAX_BLOCKS];
    uint8_t sum[LN_MAX_BLOCK];
} ln_equation;

typedef struct ln_recovery {
    unsigned block; /* bytes of a block; 0: no repair packet has come yet */

    /* Known bodies, by their first blocks. */
    uint8_t length[LN_MAX_BLOCKS];              /* 0: none begins here */
    uint32_t end[LN_MAX_BLOCKS];                /* rank behind its symbols; 0: not known */
    uint8_t body[LN_MAX_BLOCKS * LN_MAX_BLOCK]; /* the longest blocks leave each body its place */

    /* Equations, by their pivots: the lowest block with a factor, which is 1; no other equation has a factor
     * for it. */
    uint8_t has_equation[LN_MAX_BLOCKS];
    ln_equation equation[LN_MAX_BLOCKS];
} ln_recovery;

/* Forgets everything. */
void ln_recovery_begin(ln_recovery *recovery);

/* Makes the body of a numbered packet. Returns its length. */
unsigned ln_body_make(uint8_t body[LN_MAX_BODY], unsigned rank, const uint8_t *code, unsigned length);

/* The rank in a body. */
unsigned ln_body_rank(const uint8_t *body);

/* How many blocks of `block` bytes a body takes. */
unsigned ln_body_blocks(unsigned length, unsigned block);

/* A known body. */
const uint8_t *ln_recovery_known(const ln_recovery *recovery, unsigned number);

/* Where the nearest known body before or behind block `number` begins; LN_MAX_BLOCKS if there is none. */
unsigned ln_recovery_before(const ln_recovery *recovery, unsigned number);
unsigned ln_recovery_behind(const ln_recovery *recovery, unsigned number);

/* Whether a body that begins with block `number` stays clear of the known ones and of the last number, if
 * blocks have `block` bytes. */
int ln_recovery_has_room(const ln_recovery *recovery, unsigned number, unsigned length, unsigned block);

/* Takes the body of a packet that came or is believed; one that has no room is left out. */
void ln_recovery_know(ln_recovery *recovery, unsigned number, const uint8_t *body, unsigned length);

/* Takes a repair packet: its header and its sums. LN_OK: it says something new. LN_END: it does not.
 * LN_ERR_PACKET: it contradicts what is known. */
ln_status ln_recovery_take(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sums,
                           unsigned length);

/* What ln_recovery_take would return; nothing changes. */
ln_status ln_recovery_try(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sums,
                          unsigned length);

/* Gives the body that begins with block `number`, of which no block is known.
 *   body   room for LN_MAX_BODY bytes
 * LN_OK: all its blocks have come out. LN_END: not all have. LN_ERR_PACKET: there is no such body. */
ln_status ln_recovery_body(const ln_recovery *recovery, unsigned number, uint8_t *body, unsigned *length);

/* Drops a block that has come out. */
void ln_recovery_drop(ln_recovery *recovery, unsigned number);

#endif
