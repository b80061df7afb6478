#include "device/protection.h"

#include <string.h>

#include "core/repair.h"

#define WHOLE 100              /* hundredths of a block */
#define MOST_OWED (32 * WHOLE) /* what cannot be sent is not owed for ever */

#define LIKELY_BLOCK 48 /* bytes: most payloads are not much less than a few of these */

void ln_protection_begin(ln_protection *p)
{
    p->owed = 0;
    p->number = 0;
    p->block = 0;
    p->index = 0;
    p->since = 0;
}

int ln_protection_on(const ln_protection *p)
{
    return p->share > 0 && p->number < LN_MAX_BLOCKS;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned ln_protection_due(const ln_protection *p, size_t room, int is_end)
{
    if (!ln_protection_on(p) || p->number == 0 || p->since == LN_MAX_INDEXES)
        return 0;

    unsigned sums = least((unsigned)room / p->block, LN_MAX_SUMS),
             paid = p->owed / (WHOLE - (unsigned)p->share);

    if (is_end)
        return least(sums, paid);
    return sums <= paid ? sums : 0;
}

/* The blocks that the next repair packet covers. */
static unsigned window(const ln_protection *p)
{
    return p->number <= p->most ? p->number : p->most / LN_WINDOW_STEP * LN_WINDOW_STEP;
}

static uint8_t *place_of(const ln_protection *p, unsigned number)
{
    return p->memory + (size_t)(number % p->most) * p->block;
}

size_t ln_protection_write(ln_protection *p, unsigned sums, uint8_t *packet)
{
    unsigned last = p->number - 1u, count = window(p), steps = (count - 1) / LN_WINDOW_STEP;
    unsigned bits = last << 10 | (unsigned)p->index << 8 | steps << 3 | (sums - 1);
    size_t bytes = (size_t)sums * p->block;

    packet[1] |= (uint8_t)(bits >> 16);
    packet[2] = (uint8_t)(bits >> 8);
    packet[3] = (uint8_t)bits;
    packet += LN_REPAIR_START;
    memset(packet, 0, bytes);
    for (unsigned number = p->number - count; number <= last; number++)
        for (unsigned sum = 0; sum < sums; sum++)
            ln_field_add(packet + sum * p->block, place_of(p, number), p->block,
                         ln_repair_factor(last, p->index, sum, number));
    p->owed = (uint16_t)(p->owed - sums * (WHOLE - p->share));
    p->index = (uint8_t)((p->index + 1) % LN_MAX_INDEXES);
    p->since++;
    return LN_REPAIR_START + bytes;
}

/* Blocks as long as possible, but not longer than usual, of which the room holds a whole number. */
static void choose_block(ln_protection *p, unsigned room)
{
    p->block = (uint8_t)(room / ((room + LIKELY_BLOCK - 1) / LIKELY_BLOCK));
    p->most = (uint8_t)(p->size / p->block < LN_MAX_WINDOW ? p->size / p->block : LN_MAX_WINDOW);
}

unsigned ln_protection_body(ln_protection *p, unsigned room)
{
    if (p->block == 0)
        choose_block(p, room);

    /* No more than a repair packet has sums: or one could not stand in for it. */
    unsigned blocks = least(least(room / p->block, LN_MAX_SUMS), LN_MAX_BLOCKS - p->number);

    return blocks > 0 ? blocks * p->block : room;
}

/* Keeps a byte of the body of the packet that is being numbered. */
static void keep(ln_protection *p, unsigned at, uint8_t byte)
{
    place_of(p, p->number + at / p->block)[at % p->block] = byte;
}

void ln_protection_number(ln_protection *p, uint8_t *packet, unsigned length)
{
    const uint8_t head[LN_BODY_HEAD] = {packet[1] & 3, packet[2], packet[3], (uint8_t)length};
    unsigned bytes = LN_BODY_HEAD + length, blocks = (bytes + p->block - 1) / p->block;

    for (unsigned i = 0; i < blocks * p->block; i++)
        keep(p, i, i < LN_BODY_HEAD ? head[i] : i < bytes ? packet[LN_NUMBERED_START + i - LN_BODY_HEAD] : 0);
    packet[4] = (uint8_t)p->number;
    p->number = (uint16_t)(p->number + blocks);
    p->since = 0;
    p->owed = (uint16_t)least(p->owed + blocks * p->share, MOST_OWED);
}
