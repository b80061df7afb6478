#include "codecs/stream_packets.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PACKETS 8192

ln_status ln_stream_cut(const uint8_t *stream, size_t size, ln_packets *packets, ln_error *error)
{
    uint8_t packet[UINT8_MAX];
    size_t most = packets->payload - LN_STREAM_HEADER_BYTES;
    if ((size + most - 1) / most > MOST_PACKETS)
        return ln_fail(
            error, LN_ERR_ARGUMENT,
            "a picture of %zu bytes needs more than %d packets of %zu bytes: take a network with larger ones",
            size, MOST_PACKETS, packets->payload);
    ln_status status = LN_OK;
    for (size_t at = 0; at < size && status == LN_OK; at += most) {
        size_t part = size - at < most ? size - at : most;
        packet[0] = (uint8_t)(packets->count >> 8);
        packet[1] = (uint8_t)packets->count;
        memcpy(packet + LN_STREAM_HEADER_BYTES, stream + at, part);
        status = ln_packets_add(packets, packet, LN_STREAM_HEADER_BYTES + part, error);
    }
    return status;
}

ln_status ln_stream_join(const ln_packets *packets, uint8_t **stream, size_t *size, ln_error *error)
{
    *size = 0;
    *stream = malloc(packets->count * packets->payload + 1); /* + 1: there may be no packet */
    if (!*stream)
        return ln_fail_memory(error);
    for (size_t i = 0; i < packets->count; i++) {
        size_t bytes;
        const uint8_t *packet = ln_packets_at(packets, i, &bytes);
        if (((size_t)packet[0] << 8 | packet[1]) != i)
            break;
        memcpy(*stream + *size, packet + LN_STREAM_HEADER_BYTES, bytes - LN_STREAM_HEADER_BYTES);
        *size += bytes - LN_STREAM_HEADER_BYTES;
    }
    return LN_OK;
}
