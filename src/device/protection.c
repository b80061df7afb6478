#include "device/protection.h"

#include <string.h>

#include "core/repair.h"

#define WHOLE 100             /* hundredths of a repair packet */
#define MUCH_OWED (3 * WHOLE) /* then a part of the bodies must do */
#define MOST_OWED (4 * WHOLE) /* what cannot be sent is not owed for ever */

#define LENGTH_AT 3 /* in a body: bytes of its code */

void ln_protection_begin(ln_protection *p)
{
    p->oldest = 0;
    p->used = 0;
    p->owed = 0;
    p->number = 0;
    p->index = 0;
    p->count = 0;
}

int ln_protection_on(const ln_protection *p)
{
    return p->share > 0 && p->number < LN_MAX_NUMBERS;
}

/* A place in the ring, `bytes` behind another. */
static size_t behind(const ln_protection *p, size_t place, size_t bytes)
{
    size_t to_end = p->size - place;

    return bytes < to_end ? place + bytes : bytes - to_end;
}

static unsigned length_of(const ln_protection *p, size_t body)
{
    return LN_BODY_HEAD + p->memory[behind(p, body, LENGTH_AT)];
}

int ln_protection_due(const ln_protection *p, size_t room, ln_window *window)
{
    size_t body = p->oldest;

    if (!ln_protection_on(p) || p->owed + p->share < WHOLE || p->count == 0 || p->index == LN_MAX_INDEXES)
        return 0;
    *window = (ln_window){body, p->count, 0};
    for (unsigned left = p->count; left > 0; left--) {
        unsigned length = length_of(p, body);

        body = behind(p, body, length);
        if (length > room)
            *window = (ln_window){body, (uint8_t)(left - 1), 0};
        else if (length > window->longest)
            window->longest = (uint8_t)length;
    }
    return window->count == p->count || (window->count > 0 && p->owed + p->share >= MUCH_OWED);
}

/* Adds factor times the body to the sum. */
static void add_body(const ln_protection *p, uint8_t *sum, size_t body, unsigned length, uint8_t factor)
{
    size_t to_end = p->size - body, first = length < to_end ? length : to_end;

    ln_field_add(sum, p->memory + body, first, factor);
    ln_field_add(sum + first, p->memory, length - first, factor);
}

size_t ln_protection_write(ln_protection *p, const ln_window *window, uint8_t *packet)
{
    unsigned last = p->number - 1u, bits = last << 11 | (unsigned)p->index << 9 | window->count * 8u;
    size_t body = window->first;

    packet[1] |= (uint8_t)(bits >> 16);
    packet[2] = (uint8_t)(bits >> 8);
    packet[3] = (uint8_t)bits;
    memset(packet + LN_REPAIR_START, 0, window->longest);
    for (unsigned i = 0; i < window->count; i++) {
        unsigned length = length_of(p, body);

        add_body(p, packet + LN_REPAIR_START, body, length,
                 ln_repair_factor(last, p->index, (unsigned)p->number - window->count + i));
        body = behind(p, body, length);
    }
    p->owed = (uint16_t)(p->owed + p->share - WHOLE);
    p->index++;
    return LN_REPAIR_START + (size_t)window->longest;
}

static void forget_oldest(ln_protection *p)
{
    unsigned length = length_of(p, p->oldest);

    p->oldest = behind(p, p->oldest, length);
    p->used -= length;
    p->count--;
}

static void keep(ln_protection *p, const uint8_t *bytes, unsigned count)
{
    for (; count > 0; count--)
        p->memory[behind(p, p->oldest, p->used++)] = *bytes++;
}

void ln_protection_number(ln_protection *p, uint8_t *packet, unsigned length)
{
    uint8_t head[LN_BODY_HEAD] = {packet[1] & 3, packet[2], packet[3], (uint8_t)length};

    /* The memory holds at least one body. */
    while (p->count == LN_MAX_WINDOW || p->used + LN_BODY_HEAD + length > p->size)
        forget_oldest(p);
    keep(p, head, LN_BODY_HEAD);
    keep(p, packet + LN_NUMBERED_START, length);
    p->count++;
    packet[4] = p->number++;
    p->index = 0;
    p->owed = (uint16_t)(p->owed + p->share);
    if (p->owed > MOST_OWED)
        p->owed = MOST_OWED;
}
