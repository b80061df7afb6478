#include "sim/packets.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 32

static uint8_t *item(const ln_packets *packets, size_t number)
{
    return packets->items + number * (1 + packets->payload);
}

ln_status ln_packets_add(ln_packets *packets, const uint8_t *bytes, size_t size, ln_error *error)
{
    if (packets->count == packets->room) {
        size_t room = packets->room ? 2 * packets->room : FIRST_ROOM;
        uint8_t *items = realloc(packets->items, room * (1 + packets->payload));
        if (!items)
            return ln_fail_memory(error);
        packets->items = items;
        packets->room = room;
    }
    uint8_t *place = item(packets, packets->count++);
    *place = (uint8_t)size;
    memcpy(place + 1, bytes, size);
    return LN_OK;
}

const uint8_t *ln_packets_at(const ln_packets *packets, size_t number, size_t *size)
{
    const uint8_t *place = item(packets, number);
    *size = *place;
    return place + 1;
}

void ln_packets_free(ln_packets *packets)
{
    free(packets->items);
    *packets = (ln_packets){0};
}
