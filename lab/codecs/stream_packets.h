/* A file or stream in packets, which are of use up to the first one that is missing. Each begins with two
 * bytes, as a real link needs them: three bits for the picture, which a simulation leaves 0, since it tells
 * pictures apart itself, and thirteen for the packet's number, high byte first. */
#ifndef LN_LAB_STREAM_PACKETS_H
#define LN_LAB_STREAM_PACKETS_H

#include "sim/packets.h"

#define LN_STREAM_HEADER_BYTES 2

/* Cuts a stream into packets, which are full but for the last one.
 * Errors: LN_ERR_ARGUMENT (more packets than numbers), LN_ERR_MEMORY. */
ln_status ln_stream_cut(const uint8_t *stream, size_t size, ln_packets *packets, ln_error *error);

/* Joins packets up to the first one that is missing.
 *   stream   receives the bytes, the caller's to free; null after an error
 * Errors: LN_ERR_MEMORY. */
ln_status ln_stream_join(const ln_packets *packets, uint8_t **stream, size_t *size, ln_error *error);

#endif
