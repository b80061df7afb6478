#include "device/protection.h"

#include <string.h>

#include "core/repair.h"

#define WHOLE 100             /* hundredths of a repair packet */
#define MOST_OWED (2 * WHOLE) /* more repair packets than this are not made up for later */

void ln_protection_begin(ln_protection *p)
{
    p->number = 0;
    p->index = 0;
    p->length = 0;
    p->count = 0;
    p->oldest = 0;
    p->owed = 0;
}

int ln_protection_on(const ln_protection *p)
{
    return p->share > 0 && p->number < LN_MAX_NUMBERS;
}

int ln_protection_due(const ln_protection *p, size_t room)
{
    return ln_protection_on(p) && p->owed + p->share >= WHOLE && p->count > 0 && p->index < LN_MAX_INDEXES &&
           room >= LN_REPAIR_START + (size_t)p->length;
}

/* How many bodies the memory holds. */
static unsigned slots(const ln_protection *p)
{
    size_t fit = p->size / p->length;

    return fit < LN_MAX_WINDOW ? (unsigned)fit : LN_MAX_WINDOW;
}

static uint8_t *slot(const ln_protection *p, unsigned which)
{
    return p->memory + (p->oldest + which) % slots(p) * p->length;
}

size_t ln_protection_write(ln_protection *p, uint8_t first, uint8_t *packet)
{
    unsigned last = p->number - 1u;

    packet[0] = first | LN_PROTECTED_FLAG;
    packet[1] = (uint8_t)(LN_REPAIR_FLAG | last);
    packet[2] = (uint8_t)(p->index << 6 | p->count);
    memset(packet + LN_REPAIR_START, 0, p->length);
    for (unsigned i = 0; i < p->count; i++)
        ln_field_add(packet + LN_REPAIR_START, slot(p, i), p->length,
                     ln_repair_factor(last, p->index, p->number - p->count + i));
    p->owed = (uint16_t)(p->owed + p->share - WHOLE);
    p->index++;
    return LN_REPAIR_START + (size_t)p->length;
}

static void remember(ln_protection *p, const uint8_t *body, size_t length)
{
    if (length != p->length) {
        p->length = (uint8_t)length;
        p->count = 0;
        p->oldest = 0;
    } else if (p->count == slots(p)) {
        p->oldest = (uint8_t)((p->oldest + 1u) % slots(p));
        p->count--;
    }
    memcpy(slot(p, p->count), body, length);
    p->count++;
}

size_t ln_protection_number(ln_protection *p, uint8_t *packet, size_t size)
{
    packet[0] = packet[1] | LN_PROTECTED_FLAG;
    packet[1] = p->number;
    remember(p, packet + LN_NUMBERED_START, size + 1 - LN_NUMBERED_START);
    p->number++;
    p->index = 0;
    p->owed = (uint16_t)(p->owed + p->share);
    if (p->owed > MOST_OWED)
        p->owed = MOST_OWED;
    return size + 1;
}
