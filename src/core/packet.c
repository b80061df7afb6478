/* What stands around the code of a packet: header and check (6, 6.5, 6.6). */
#include "core/packet.h"

#include <string.h>

#include "core/check.h"
#include "core/repair.h"

#define CHECKED_FLAG 32
#define FORM_SHIFT 6

/* Bytes in front of the code or the sum. */
static unsigned start_of(const ln_packet_header *header)
{
    if (header->form == LN_PACKET_REPAIR)
        return LN_REPAIR_START;
    return header->form == LN_PACKET_NUMBERED ? LN_NUMBERED_START : LN_HEADER_BYTES;
}

static void read_numbers(const uint8_t *packet, ln_packet_header *header)
{
    if (header->form == LN_PACKET_REPAIR) {
        unsigned bits = (packet[1] & 3u) << 16 | (unsigned)packet[2] << 8 | packet[3];
        unsigned last = bits >> 10, most = LN_WINDOW_STEP * ((bits >> 3 & 31) + 1);
        header->number = (uint8_t)last;
        header->index = bits >> 8 & 3;
        header->count = (uint8_t)(most < last + 1 ? most : last + 1);
        header->sums = (bits & 7) + 1;
        return;
    }
    header->rank = (packet[1] & 3u) << 16 | (unsigned)packet[2] << 8 | packet[3];
    if (header->form == LN_PACKET_NUMBERED)
        header->number = packet[4];
}

/* Whether that many bytes are sums of blocks. */
static int are_sums(const ln_packet_header *header, size_t bytes)
{
    return bytes % header->sums == 0 && bytes / header->sums >= LN_MIN_BLOCK &&
           bytes / header->sums <= LN_MAX_BLOCK;
}

static ln_status peek(const uint8_t *packet, size_t size, ln_packet_header *header)
{
    if (size <= LN_HEADER_BYTES || size > LN_MAX_PAYLOAD)
        return LN_ERR_PACKET;
    header->form = packet[0] >> FORM_SHIFT;
    if (header->form > LN_PACKET_REPAIR)
        return LN_ERR_VERSION;
    header->checked = (packet[0] & CHECKED_FLAG) != 0;
    header->picture = (uint16_t)((packet[0] & 31u) << 6 | packet[1] >> 2);
    size_t around = start_of(header) + (header->checked ? LN_CHECK_SIZE : 0);
    if (size <= around)
        return LN_ERR_PACKET;
    read_numbers(packet, header);
    return header->form != LN_PACKET_REPAIR || are_sums(header, size - around) ? LN_OK : LN_ERR_PACKET;
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

ln_status ln_packet_open(const ln_model *model, const uint8_t *packet, size_t size, ln_packet_header *header,
                         const uint8_t **part, unsigned *length)
{
    ln_status status = ln_packet_peek(packet, size, header);
    if (status != LN_OK)
        return status;
    size_t end = size - (header->checked ? LN_CHECK_SIZE : 0);
    if (header->rank >= model->symbols ||
        (header->checked &&
         ln_check(model->checksum, packet, end) != ((unsigned)packet[end] << 8 | packet[end + 1])))
        return LN_ERR_PACKET;
    *part = packet + start_of(header);
    *length = (unsigned)end - start_of(header);
    return LN_OK;
}

void ln_packet_put_start(uint8_t *packet, ln_packet_form form, int checked, unsigned picture)
{
    packet[0] = (uint8_t)((unsigned)form << FORM_SHIFT | (checked ? CHECKED_FLAG : 0) | picture >> 6);
    packet[1] = (uint8_t)(picture << 2);
}

void ln_packet_put_rank(uint8_t *packet, unsigned rank)
{
    packet[1] |= (uint8_t)(rank >> 16);
    packet[2] = (uint8_t)(rank >> 8);
    packet[3] = (uint8_t)rank;
}

size_t ln_packet_seal(const ln_model *model, int checked, uint8_t *packet, size_t size)
{
    if (!checked)
        return size;
    unsigned check = ln_check(model->checksum, packet, size);
    packet[size] = (uint8_t)(check >> 8);
    packet[size + 1] = (uint8_t)check;
    return size + LN_CHECK_SIZE;
}
