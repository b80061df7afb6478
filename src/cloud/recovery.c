#include "cloud/recovery.h"

#include <string.h>

void ln_recovery_begin(ln_recovery *recovery)
{
    recovery->equations = 0;
    memset(recovery->length, 0, sizeof recovery->length);
}

/* e += factor times other. */
static void add(ln_equation *e, const ln_equation *other, uint8_t factor)
{
    ln_field_add(e->factor, other->factor, LN_MAX_NUMBERS, factor);
    ln_field_add(e->sum, other->sum, e->length, factor);
}

static void scale(ln_equation *e, uint8_t factor)
{
    ln_equation unscaled = *e;
    memset(e->factor, 0, sizeof e->factor);
    memset(e->sum, 0, e->length);
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

static void drop(ln_recovery *recovery, unsigned which)
{
    recovery->equation[which] = recovery->equation[--recovery->equations];
}

/* Adds an equation: takes the pivots of the others out of it, and its pivot out of the others. Each equation
 * has a pivot of its own, so there are never more equations than numbers. */
static ln_status insert(ln_recovery *recovery, ln_equation *e)
{
    for (unsigned i = 0; i < recovery->equations; i++) {
        const ln_equation *other = &recovery->equation[i];
        uint8_t factor = e->factor[other->pivot];
        if (factor && other->length != e->length)
            return LN_ERR_PACKET;
        if (factor)
            add(e, other, factor);
    }
    if (!find_pivot(e))
        return LN_END;
    scale(e, ln_field_inverse(e->factor[e->pivot]));
    for (unsigned i = recovery->equations; i-- > 0;) {
        ln_equation *other = &recovery->equation[i];
        uint8_t factor = other->factor[e->pivot];
        if (factor && other->length != e->length)
            return LN_ERR_PACKET;
        if (factor)
            add(other, e, factor);
    }
    recovery->equation[recovery->equations++] = *e;
    return LN_OK;
}

/* Moves a known body to the other side of an equation. */
static ln_status substitute(const ln_recovery *recovery, ln_equation *e, unsigned number)
{
    if (recovery->length[number] != e->length)
        return LN_ERR_PACKET;
    ln_field_add(e->sum, recovery->body[number], e->length, e->factor[number]);
    e->factor[number] = 0;
    return LN_OK;
}

void ln_recovery_know(ln_recovery *recovery, unsigned number, const uint8_t *body, size_t length)
{
    if (recovery->length[number])
        return;
    recovery->length[number] = (uint8_t)length;
    memcpy(recovery->body[number], body, length);
    for (unsigned i = recovery->equations; i-- > 0;) {
        ln_equation e = recovery->equation[i];
        if (!e.factor[number])
            continue;
        ln_status status = substitute(recovery, &e, number);
        if (status == LN_OK && e.pivot != number) {
            recovery->equation[i] = e;
            continue;
        }
        drop(recovery, i);
        if (status == LN_OK)
            insert(recovery, &e);
    }
}

ln_status ln_recovery_take(ln_recovery *recovery, const ln_packet_header *header, const uint8_t *packet,
                           size_t size)
{
    ln_equation e = {.length = (uint8_t)(size - LN_REPAIR_START)};
    memcpy(e.sum, packet + LN_REPAIR_START, e.length);
    for (unsigned i = 0; i < header->count; i++) {
        unsigned number = header->number - i;
        e.factor[number] = ln_repair_factor(header->number, header->index, number);
        if (recovery->length[number] && substitute(recovery, &e, number) != LN_OK)
            return LN_ERR_PACKET;
    }
    return insert(recovery, &e);
}

static int has_one_number(const ln_equation *e)
{
    unsigned numbers = 0;
    for (unsigned i = e->pivot; i < LN_MAX_NUMBERS; i++)
        numbers += e->factor[i] != 0;
    return numbers == 1;
}

size_t ln_recovery_solved(ln_recovery *recovery, unsigned *number, uint8_t *body)
{
    unsigned best = recovery->equations;
    for (unsigned i = 0; i < recovery->equations; i++) {
        const ln_equation *e = &recovery->equation[i];
        if (has_one_number(e) && (best == recovery->equations || e->pivot < recovery->equation[best].pivot))
            best = i;
    }
    if (best == recovery->equations)
        return 0;
    size_t length = recovery->equation[best].length;
    *number = recovery->equation[best].pivot;
    memcpy(body, recovery->equation[best].sum, length);
    drop(recovery, best);
    return length;
}
