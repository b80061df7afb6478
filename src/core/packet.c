/* Headers of packets (6.1, 6.6). */
#include <limitnet/core.h>

#include <string.h>

#include "core/repair.h"

static ln_status peek_protected(const uint8_t *packet, size_t size, ln_packet_header *header)
{
    header->number = packet[1] & 127;
    if (!(packet[1] & LN_REPAIR_FLAG)) {
        header->form = LN_PACKET_NUMBERED;
        header->rank = (uint16_t)(packet[2] << 8 | packet[3]);
        return size > LN_NUMBERED_START + 2 ? LN_OK : LN_ERR_PACKET;
    }
    header->form = LN_PACKET_REPAIR;
    header->index = packet[2] >> 6;
    header->count = packet[2] & LN_MAX_WINDOW;
    if (size <= LN_REPAIR_START + 2 || header->count == 0 || header->count > header->number + 1u)
        return LN_ERR_PACKET;
    return LN_OK;
}

static ln_status peek(const uint8_t *packet, size_t size, ln_packet_header *header)
{
    if (size <= LN_HEADER_BYTES || size > LN_MAX_PAYLOAD)
        return LN_ERR_PACKET;
    header->tag = packet[0] >> 4;
    header->image = packet[0] & 7;
    if (packet[0] & LN_PROTECTED_FLAG)
        return peek_protected(packet, size, header);
    header->rank = (uint16_t)(packet[1] << 8 | packet[2]);
    return LN_OK;
}

ln_status ln_packet_peek(const uint8_t *packet, size_t size, ln_packet_header *header)
{
    if (!header)
        return LN_ERR_ARGUMENT;
    memset(header, 0, sizeof *header);
    ln_status status = packet ? peek(packet, size, header) : LN_ERR_ARGUMENT;
    if (status != LN_OK)
        memset(header, 0, sizeof *header);
    return status;
}
