#include "cloud/recovery.h"

#include <string.h>

void ln_recovery_begin(ln_recovery *recovery)
{
    recovery->equations = 0;
    memset(recovery->length, 0, sizeof recovery->length);
    memset(recovery->end, 0, sizeof recovery->end);
}

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

/* e += factor times other. */
static void add(ln_equation *e, const ln_equation *other, uint8_t factor)
{
    ln_field_add(e->factor, other->factor, LN_MAX_NUMBERS, factor);
    ln_field_add(e->sum, other->sum, other->length, factor);
    if (e->length < other->length)
        e->length = other->length;
}

static void scale(ln_equation *e, uint8_t factor)
{
    ln_equation unscaled = *e;
    memset(e->factor, 0, sizeof e->factor);
    memset(e->sum, 0, sizeof e->sum);
    add(e, &unscaled, factor);
}

static int find_pivot(ln_equation *e)
{
    for (unsigned i = 0; i < LN_MAX_NUMBERS; i++)
        if (e->factor[i]) {
            e->pivot = (uint8_t)i;
            return 1;
        }
    return 0;
}

static int is_zero(const uint8_t *bytes, unsigned count)
{
    while (count > 0 && bytes[count - 1] == 0)
        count--;
    return count == 0;
}

static void drop(ln_recovery *recovery, unsigned which)
{
    recovery->equation[which] = recovery->equation[--recovery->equations];
}

/* Takes the pivots of the others out of an equation, and finds its own. LN_END: nothing is left.
 * LN_ERR_PACKET: it says that zero is something else. */
static ln_status reduce(const ln_recovery *recovery, ln_equation *e)
{
    for (unsigned i = 0; i < recovery->equations; i++) {
        const ln_equation *other = &recovery->equation[i];
        uint8_t factor = e->factor[other->pivot];
        if (factor)
            add(e, other, factor);
    }
    if (find_pivot(e))
        return LN_OK;
    return is_zero(e->sum, e->length) ? LN_END : LN_ERR_PACKET;
}

/* Adds a reduced equation: takes its pivot out of the others. Each equation has a pivot of its own, so there
 * are never more equations than numbers. */
static void insert(ln_recovery *recovery, ln_equation *e)
{
    scale(e, ln_field_inverse(e->factor[e->pivot]));
    for (unsigned i = 0; i < recovery->equations; i++) {
        ln_equation *other = &recovery->equation[i];
        if (other->factor[e->pivot])
            add(other, e, other->factor[e->pivot]);
    }
    recovery->equation[recovery->equations++] = *e;
}

/* Moves a known body to the other side of an equation. 0: it is longer than a body of this window can be. */
static int substitute(const ln_recovery *recovery, ln_equation *e, unsigned number)
{
    if (recovery->length[number] > e->length)
        return 0;
    ln_field_add(e->sum, recovery->body[number], recovery->length[number], e->factor[number]);
    e->factor[number] = 0;
    return 1;
}

void ln_recovery_know(ln_recovery *recovery, unsigned number, const uint8_t *body, unsigned length)
{
    if (recovery->length[number])
        return;
    recovery->length[number] = (uint8_t)length;
    memcpy(recovery->body[number], body, length);
    for (unsigned i = recovery->equations; i-- > 0;) {
        if (!recovery->equation[i].factor[number])
            continue;
        ln_equation e = recovery->equation[i];
        drop(recovery, i);
        if (substitute(recovery, &e, number) && reduce(recovery, &e) == LN_OK)
            insert(recovery, &e);
    }
}

/* The equation of a repair packet, reduced. */
static ln_status make_equation(const ln_recovery *recovery, const ln_packet_header *header,
                               const uint8_t *sum, unsigned length, ln_equation *e)
{
    *e = (ln_equation){.length = (uint8_t)length};
    memcpy(e->sum, sum, length);
    for (unsigned i = 0; i < header->count; i++) {
        unsigned number = header->number - i;
        e->factor[number] = ln_repair_factor(header->number, header->index, number);
        if (recovery->length[number] && !substitute(recovery, e, number))
            return LN_ERR_PACKET;
    }
    return reduce(recovery, e);
}

ln_status ln_recovery_take(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sum,
                           unsigned length)
{
    ln_equation e;
    ln_status status = make_equation(recovery, header, sum, length, &e);
    if (status == LN_OK)
        insert(recovery, &e);
    return status;
}

ln_status ln_recovery_try(const ln_recovery *recovery, const ln_packet_header *header, const uint8_t *sum,
                          unsigned length)
{
    ln_equation e;
    return make_equation(recovery, header, sum, length, &e);
}

static int has_one_number(const ln_equation *e)
{
    unsigned numbers = 0;
    for (unsigned i = e->pivot; i < LN_MAX_NUMBERS; i++)
        numbers += e->factor[i] != 0;
    return numbers == 1;
}

int ln_recovery_solved(ln_recovery *recovery, unsigned *number, uint8_t *body)
{
    unsigned best = recovery->equations;
    for (unsigned i = 0; i < recovery->equations; i++) {
        const ln_equation *e = &recovery->equation[i];
        if (has_one_number(e) && (best == recovery->equations || e->pivot < recovery->equation[best].pivot))
            best = i;
    }
    if (best == recovery->equations)
        return 0;
    const ln_equation *e = &recovery->equation[best];
    *number = e->pivot;
    memset(body, 0, LN_MAX_BODY);
    memcpy(body, e->sum, e->length);
    drop(recovery, best);
    return 1;
}
