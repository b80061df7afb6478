/* Packets in a row, in memory and as a file (.lnp, SPEC 6.5). */
#ifndef LN_CLOUD_STREAM_H
#define LN_CLOUD_STREAM_H

#include "cloud/error.h"

#include <limitnet/core.h>

/* Begin with a zeroed one. */
typedef struct ln_stream {
    uint8_t *bytes; /* the file: each packet behind its length; owned by the stream */
    size_t size;    /* of that */
    size_t capacity;
    size_t packets;
    size_t packet_bytes; /* of the packets, without their lengths */
    int cut;             /* the file that was read ended inside a packet, which is left out */
} ln_stream;

/* Reads a file. *stream is the caller's to ln_stream_free; empty after an error.
 * The packets' contents are not looked at. Errors: LN_ERR_IO (missing, unreadable, no packet in it,
 * or a length that no packet has), LN_ERR_MEMORY. */
ln_status ln_stream_read(ln_stream *stream, const char *path, ln_error *error);

/* Appends a packet of 1..LN_MAX_PAYLOAD bytes. Errors: LN_ERR_MEMORY; the stream is as before. */
ln_status ln_stream_add(ln_stream *stream, const uint8_t *packet, size_t size, ln_error *error);

/* The next packet, or null at the end. *at begins with 0 and is moved on; the packet is the
 * stream's and *size its length. */
const uint8_t *ln_stream_next(const ln_stream *stream, size_t *at, size_t *size);

void ln_stream_free(ln_stream *stream);

#endif
