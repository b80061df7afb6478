#include "cloud/waiting.h"

#include <string.h>

#define MOST_LOOKED_AT 8  /* packets with the same hash */
#define BYTES_PER_HEAD 32 /* of packets */

static size_t heads(size_t room)
{
    size_t count = 1;
    while (count < room / BYTES_PER_HEAD)
        count *= 2;
    return count;
}

size_t ln_waiting_bytes(size_t room)
{
    return heads(room) * sizeof(uint32_t) + room;
}

void ln_waiting_init(ln_waiting *waiting, void *memory, size_t room)
{
    size_t count = heads(room);
    *waiting = (ln_waiting){.head = memory, .mask = count - 1, .room = room};
    waiting->bytes = (uint8_t *)(waiting->head + count);
}

void ln_waiting_clear(ln_waiting *waiting)
{
    waiting->size = 0; /* the heads are cleared with the first packet: most pictures have none */
}

/* FNV-1a. */
static size_t hash(const ln_waiting *waiting, const ln_waiting_packet *packet, const uint8_t *code)
{
    uint32_t h = 2166136261u ^ packet->rank;
    for (unsigned i = 0; i < packet->length; i++)
        h = (h ^ code[i]) * 16777619u;
    return (h ^ h >> 15) & waiting->mask;
}

static const uint8_t *at_offset(const ln_waiting *waiting, size_t at, ln_waiting_packet *packet)
{
    memcpy(packet, waiting->bytes + at, sizeof *packet);
    return waiting->bytes + at + sizeof *packet;
}

int ln_waiting_has(const ln_waiting *waiting, const ln_waiting_packet *packet, const uint8_t *code)
{
    if (waiting->size == 0)
        return 0;
    uint32_t at = waiting->head[hash(waiting, packet, code)];
    for (unsigned i = 0; at > 0 && i < MOST_LOOKED_AT; i++) {
        ln_waiting_packet other;
        const uint8_t *its = at_offset(waiting, at - 1, &other);
        if (other.rank == packet->rank && other.number == packet->number && other.length == packet->length &&
            memcmp(its, code, packet->length) == 0)
            return 1;
        at = other.next;
    }
    return 0;
}

int ln_waiting_add(ln_waiting *waiting, const ln_waiting_packet *packet, const uint8_t *code)
{
    size_t bytes = sizeof *packet + packet->length;
    if (waiting->room - waiting->size < bytes)
        return 0;
    if (waiting->size == 0)
        memset(waiting->head, 0, (waiting->mask + 1) * sizeof *waiting->head);
    uint32_t *head = &waiting->head[hash(waiting, packet, code)];
    ln_waiting_packet kept = *packet;
    kept.next = *head;
    *head = (uint32_t)waiting->size + 1;
    uint8_t *end = waiting->bytes + waiting->size;
    memcpy(end, &kept, sizeof kept);
    memcpy(end + sizeof kept, code, packet->length);
    waiting->size += bytes;
    return 1;
}

int ln_waiting_next(const ln_waiting *waiting, size_t *at, ln_waiting_packet *packet, const uint8_t **code)
{
    if (*at >= waiting->size)
        return 0;
    *code = at_offset(waiting, *at, packet);
    *at += sizeof *packet + packet->length;
    return 1;
}
