/* Symbols of a learned peer to bytes and back, with the range coder and the peer's tables.
 *
 * `symbols` are always in the order of places (channel by channel, row by row): peer->values of
 * them, each from peer->lowest to peer->highest. */
#ifndef LN_LAB_PEER_CODE_H
#define LN_LAB_PEER_CODE_H

#include "codecs/peer.h"

#define LN_PEER_HEADER_BYTES 2 /* of a packet: the rank of its first symbol, high byte first */

/* Bytes that a stream takes at most. */
size_t ln_peer_stream_room(const ln_peer *peer);

/* Writes all symbols in their order as one stream; returns its bytes.
 *   stream   has room for ln_peer_stream_room */
size_t ln_peer_write_stream(const ln_peer *peer, const int16_t *symbols, uint8_t *stream);

/* Reads the first `size` bytes of a stream, any bytes whatever: all symbols that they determine, whatever
 * follows. The others become 0. known   receives the number of those that are determined Errors:
 * LN_ERR_MEMORY. */
ln_status ln_peer_read_stream(const ln_peer *peer, const uint8_t *stream, size_t size, int16_t *symbols,
                              size_t *known, ln_error *error);

/* Writes a packet that decodes alone: symbols from a rank on, as many as fit; returns its bytes.
 *   rank     of the first symbol, below peer->values
 *   room     LN_MIN_PAYLOAD..LN_MAX_PAYLOAD bytes, the header included
 *   next     receives the rank behind the last symbol */
size_t ln_peer_write_packet(const ln_peer *peer, const int16_t *symbols, size_t rank, size_t room,
                            uint8_t *packet, size_t *next);

/* Reads a packet, any bytes whatever, into `symbols`; those of other packets stay. What lies behind the
 * first symbol that no encoder writes is ignored. */
void ln_peer_read_packet(const ln_peer *peer, const uint8_t *packet, size_t size, int16_t *symbols);

#endif
