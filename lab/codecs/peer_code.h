/* Codes the symbols of a learned peer, with the range coder and the peer's tables.
 *
 * `symbols` are always peer->values numbers from peer->lowest to peer->highest, channel by channel, row by
 * row. */
#ifndef LN_LAB_PEER_CODE_H
#define LN_LAB_PEER_CODE_H

#include "codecs/peer.h"

#define LN_PEER_HEADER_BYTES 2 /* of a packet: the rank of its first symbol, high byte first */

/* The largest size of a stream, in bytes. */
size_t ln_peer_stream_room(const ln_peer *peer);

/* Writes all symbols, in the peer's order, as one stream; returns its size.
 *   stream   has room for ln_peer_stream_room bytes */
size_t ln_peer_write_stream(const ln_peer *peer, const int16_t *symbols, uint8_t *stream);

/* Reads the first `size` bytes of a stream; any bytes are safe. Gives the symbols that these bytes determine,
 * whatever may follow; the others become 0.
 *   known   receives the number of determined symbols
 * Errors: LN_ERR_MEMORY. */
ln_status ln_peer_read_stream(const ln_peer *peer, const uint8_t *stream, size_t size, int16_t *symbols,
                              size_t *known, ln_error *error);

/* Writes a packet that decodes alone, with as many symbols as fit from a rank on; returns its size.
 *   rank     of the first symbol, below peer->values
 *   room     LN_MIN_PAYLOAD..LN_MAX_PAYLOAD bytes, the header included
 *   next     receives the rank behind the last symbol */
size_t ln_peer_write_packet(const ln_peer *peer, const int16_t *symbols, size_t rank, size_t room,
                            uint8_t *packet, size_t *next);

/* Reads a packet into `symbols`; any bytes are safe. Symbols of other packets keep their values. Reading ends
 * at the first code that no encoder writes. */
void ln_peer_read_packet(const ln_peer *peer, const uint8_t *packet, size_t size, int16_t *symbols);

#endif
