#include "cloud/recovery.h"

#include <string.h>

void ln_recovery_begin(ln_recovery *recovery)
{
    recovery->block = 0;
    memset(recovery->length, 0, sizeof recovery->length);
    memset(recovery->has_equation, 0, sizeof recovery->has_equation);
}

/* ---- Bodies ---------------------------------------------------------------------------------- */

unsigned ln_body_make(uint8_t body[LN_MAX_BODY], unsigned rank, const uint8_t *code, unsigned length)
{
    body[0] = (uint8_t)(rank >> 16);
    body[1] = (uint8_t)(rank >> 8);
    body[2] = (uint8_t)rank;
    body[3] = (uint8_t)length;
    memcpy(body + LN_BODY_HEAD, code, length);
    return LN_BODY_HEAD + length;
}

unsigned ln_body_rank(const uint8_t *body)
{
    return (unsigned)body[0] << 16 | (unsigned)body[1] << 8 | body[2];
}

unsigned ln_body_blocks(unsigned length, unsigned block)
{
    return (length + block - 1) / block;
}

const uint8_t *ln_recovery_known(const ln_recovery *recovery, unsigned number)
{
    return recovery->body + (size_t)number * LN_MAX_BLOCK;
}

unsigned ln_recovery_before(const ln_recovery *recovery, unsigned number)
{
    while (number > 0)
        if (recovery->length[--number])
            return number;
    return LN_MAX_BLOCKS;
}

unsigned ln_recovery_behind(const ln_recovery *recovery, unsigned number)
{
    do
        number++;
    while (number < LN_MAX_BLOCKS && !recovery->length[number]);
    return number;
}

/* The number behind the blocks of a known body. */
static unsigned behind_body(const ln_recovery *recovery, unsigned number, unsigned block)
{
    return number + ln_body_blocks(recovery->length[number], block);
}

int ln_recovery_has_room(const ln_recovery *recovery, unsigned number, unsigned length, unsigned block)
{
    unsigned before = ln_recovery_before(recovery, number);
    if (before < LN_MAX_BLOCKS && behind_body(recovery, before, block) > number)
        return 0;
    return number + ln_body_blocks(length, block) <= ln_recovery_behind(recovery, number);
}

/* Whether all known bodies keep clear of each other with blocks of that many bytes, and follow each other
 * without a gap where their ranks do, and only there. */
static int suits(const ln_recovery *recovery, unsigned block)
{
    for (unsigned number = 0, next; number < LN_MAX_BLOCKS; number = next) {
        next = ln_recovery_behind(recovery, number);
        if (!recovery->length[number])
            continue;
        unsigned behind = behind_body(recovery, number, block), end = recovery->end[number];
        if (behind > next)
            return 0;
        if (end > 0 && next < LN_MAX_BLOCKS &&
            (behind == next) != (end == ln_body_rank(ln_recovery_known(recovery, next))))
            return 0;
    }
    return 1;
}

/* ---- Equations ------------------------------------------------------------------------------- */

/* e += factor times other. */
static void add(const ln_recovery *recovery, ln_equation *e, const ln_equation *other, uint8_t factor)
{
    ln_field_add(e->factor, other->factor, LN_MAX_BLOCKS, factor);
    ln_field_add(e->sum, other->sum, recovery->block, factor);
}

static void scale(const ln_recovery *recovery, ln_equation *e, uint8_t factor)
{
    ln_equation unscaled = *e;
    *e = (ln_equation){0};
    add(recovery, e, &unscaled, factor);
}

/* The lowest block with a factor; LN_MAX_BLOCKS if there is none. */
static unsigned pivot_of(const ln_equation *e)
{
    unsigned pivot = 0;
    while (pivot < LN_MAX_BLOCKS && !e->factor[pivot])
        pivot++;
    return pivot;
}

static int is_zero(const uint8_t *bytes, unsigned count)
{
    while (count > 0 && bytes[count - 1] == 0)
        count--;
    return count == 0;
}

/* Whether an equation without a factor says that zero is something else. */
static int is_wrong(const ln_recovery *recovery, const ln_equation *e)
{
    return !is_zero(e->sum, recovery->block);
}

/* Takes the pivots of the others out of an equation. */
static void reduce(const ln_recovery *recovery, ln_equation *e)
{
    for (unsigned i = 0; i < LN_MAX_BLOCKS; i++)
        if (e->factor[i] && recovery->has_equation[i])
            add(recovery, e, &recovery->equation[i], e->factor[i]);
}

/* Adds an equation: takes the pivots of the others out of it and its own out of the others. One that says
 * nothing is left out. */
static void insert(ln_recovery *recovery, ln_equation *e)
{
    reduce(recovery, e);
    unsigned pivot = pivot_of(e);
    if (pivot == LN_MAX_BLOCKS)
        return;
    scale(recovery, e, ln_field_inverse(e->factor[pivot]));
    for (unsigned i = 0; i < LN_MAX_BLOCKS; i++) {
        ln_equation *other = &recovery->equation[i];
        if (recovery->has_equation[i] && other->factor[pivot])
            add(recovery, other, e, other->factor[pivot]);
    }
    recovery->equation[pivot] = *e;
    recovery->has_equation[pivot] = 1;
}

/* Moves a known body to the other side of an equation. */
static void substitute(const ln_recovery *recovery, ln_equation *e, unsigned number)
{
    unsigned length = recovery->length[number], block = recovery->block;
    const uint8_t *bytes = ln_recovery_known(recovery, number);
    for (unsigned at = 0; at < length; at += block, number++) {
        if (!e->factor[number])
            continue;
        ln_field_add(e->sum, bytes + at, length - at < block ? length - at : block, e->factor[number]);
        e->factor[number] = 0;
    }
}

/* Takes a known body out of all equations. Those that had their pivots in it get others. */
static void eliminate(ln_recovery *recovery, unsigned number)
{
    unsigned behind = behind_body(recovery, number, recovery->block);
    for (unsigned i = 0; i < LN_MAX_BLOCKS; i++)
        if (recovery->has_equation[i])
            substitute(recovery, &recovery->equation[i], number);
    for (unsigned i = number; i < behind; i++) {
        if (!recovery->has_equation[i])
            continue;
        ln_equation e = recovery->equation[i];
        recovery->has_equation[i] = 0;
        insert(recovery, &e);
    }
}

void ln_recovery_know(ln_recovery *recovery, unsigned number, const uint8_t *body, unsigned length)
{
    unsigned block = recovery->block > 0 ? recovery->block : LN_MAX_BLOCK;
    if (recovery->length[number] || !ln_recovery_has_room(recovery, number, length, block))
        return;
    recovery->length[number] = (uint8_t)length;
    recovery->end[number] = 0;
    memcpy(recovery->body + (size_t)number * LN_MAX_BLOCK, body, length);
    if (recovery->block > 0)
        eliminate(recovery, number);
}

/* The equation of a sum of a repair packet, reduced. */
static void make_equation(const ln_recovery *recovery, const ln_packet_header *header, unsigned sum,
                          const uint8_t *bytes, ln_equation *e)
{
    *e = (ln_equation){0};
    memcpy(e->sum, bytes, recovery->block);
    for (unsigned i = 0; i < header->count; i++) {
        unsigned number = header->number - i;
        e->factor[number] = ln_repair_factor(header->number, header->index, sum, number);
    }
    for (unsigned i = 0; i <= header->number; i++)
        if (recovery->length[i])
            substitute(recovery, e, i);
    reduce(recovery, e);
}

/* Makes those equations of a repair packet that say something new, and counts them. LN_ERR_PACKET: one
 * contradicts what is known or another. */
static ln_status make_equations(const ln_recovery *recovery, const ln_packet_header *header,
                                const uint8_t *sums, ln_equation e[LN_MAX_SUMS], unsigned *count)
{
    unsigned pivot[LN_MAX_SUMS];
    *count = 0;
    for (unsigned sum = 0; sum < header->sums; sum++) {
        ln_equation *now = &e[*count];
        make_equation(recovery, header, sum, sums + sum * recovery->block, now);
        for (unsigned i = 0; i < *count; i++)
            if (now->factor[pivot[i]])
                add(recovery, now, &e[i], now->factor[pivot[i]]);
        unsigned own = pivot_of(now);
        if (own == LN_MAX_BLOCKS) {
            if (is_wrong(recovery, now))
                return LN_ERR_PACKET;
            continue;
        }
        scale(recovery, now, ln_field_inverse(now->factor[own]));
        pivot[(*count)++] = own;
    }
    return *count > 0 ? LN_OK : LN_END;
}

/* Finds out what a repair packet says. It tells how long blocks are, if that was not known. */
static ln_status examine(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sums,
                         unsigned length, ln_equation e[LN_MAX_SUMS], unsigned *count)
{
    unsigned block = length / header->sums;
    if (recovery->block > 0 ? recovery->block != block : !suits(recovery, block))
        return LN_ERR_PACKET;
    recovery->block = block;
    return make_equations(recovery, header, sums, e, count);
}

ln_status ln_recovery_take(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sums,
                           unsigned length)
{
    ln_equation e[LN_MAX_SUMS];
    unsigned known = recovery->block, count;
    ln_status status = examine(recovery, header, sums, length, e, &count);
    if (status == LN_ERR_PACKET)
        recovery->block = known;
    for (unsigned i = 0; status == LN_OK && i < count; i++)
        insert(recovery, &e[i]);
    return status;
}

ln_status ln_recovery_try(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sums,
                          unsigned length)
{
    ln_equation e[LN_MAX_SUMS];
    unsigned known = recovery->block, count;
    ln_status status = examine(recovery, header, sums, length, e, &count);
    recovery->block = known;
    return status;
}

/* ---- What comes out -------------------------------------------------------------------------- */

/* The bytes of a block that has come out; null if it has not. */
static const uint8_t *block_out(const ln_recovery *recovery, unsigned number)
{
    const ln_equation *e = &recovery->equation[number];
    if (number >= LN_MAX_BLOCKS || !recovery->has_equation[number] ||
        !is_zero(e->factor + number + 1, LN_MAX_BLOCKS - number - 1))
        return NULL;
    return e->sum;
}

ln_status ln_recovery_body(const ln_recovery *recovery, unsigned number, uint8_t *body, unsigned *length)
{
    const uint8_t *bytes = block_out(recovery, number);
    unsigned block = recovery->block;
    if (!bytes)
        return LN_END;
    *length = LN_BODY_HEAD + (unsigned)bytes[LN_BODY_HEAD - 1];
    if (*length == LN_BODY_HEAD || *length > LN_MAX_BODY ||
        !ln_recovery_has_room(recovery, number, *length, block))
        return LN_ERR_PACKET;
    for (unsigned at = 0; at < *length; at += block) {
        unsigned rest = *length - at < block ? *length - at : block;
        bytes = block_out(recovery, number++);
        if (!bytes)
            return LN_END;
        if (!is_zero(bytes + rest, block - rest))
            return LN_ERR_PACKET;
        memcpy(body + at, bytes, rest);
    }
    return LN_OK;
}

void ln_recovery_drop(ln_recovery *recovery, unsigned number)
{
    recovery->has_equation[number] = 0;
}
