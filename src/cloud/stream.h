/* Packet files in memory. */
#ifndef LN_CLOUD_STREAM_H
#define LN_CLOUD_STREAM_H

#include <limitnet/cloud.h>

#define LN_STREAM_FILE_BYTES ((size_t)16 << 20) /* the largest packet file that is read */

/* Whether a file of these bytes is one of packets. */
int ln_stream_begins(const uint8_t *bytes, size_t size);

/* Takes a packet file that was read into memory, as ln_stream_read does.
 *   stream   the caller's to release with ln_stream_free; empty after an error
 *   bytes    to free(); becomes the stream's, or is freed after an error
 *   name     of the file, for messages
 * Errors: LN_ERR_IO, LN_ERR_VERSION. */
ln_status ln_stream_take(ln_stream *stream, uint8_t *bytes, size_t size, const char *name, ln_error *error);

/* Makes a packet file in new memory.
 *   bytes   the caller's to free(); null after an error
 * Errors: LN_ERR_MEMORY. */
ln_status ln_stream_encode(const ln_stream *stream, uint8_t **bytes, size_t *size, ln_error *error);

#endif
