#include "codecs/peer_code.h"

#include "cloud/error.h"
#include "core/bytes.h"
#include "core/range_coder.h"

#include <stdlib.h>
#include <string.h>

#define MOST_SYMBOL_BYTES 2 /* a symbol's 12 bits, rounded up */
#define END_BYTES 8         /* more than the coder needs to end a stream */

static const uint8_t *table_of(const ln_peer *peer, size_t rank)
{
    size_t channel = peer->order[rank] / ((size_t)peer->height * peer->width);
    return peer->tables + channel * peer->symbols * 2;
}

static int encode(ln_range_encoder *encoder, const ln_peer *peer, const int16_t *symbols, size_t rank)
{
    const uint8_t *table = table_of(peer, rank);
    unsigned i = (unsigned)(symbols[peer->order[rank]] - peer->lowest);
    unsigned from = ln_u16(table + 2 * i);
    unsigned to = i + 1 < peer->symbols ? ln_u16(table + 2 * i + 2) : 1u << LN_TOTAL_BITS;
    return ln_range_encode(encoder, from, to - from);
}

/* Decodes the symbol at a rank: its number, counted from the lowest symbol, or a negative number at the end.
 */
static int decode(ln_range_decoder *decoder, const ln_peer *peer, size_t rank)
{
    return ln_range_decode(decoder, table_of(peer, rank), peer->symbols);
}

static void put(const ln_peer *peer, int16_t *symbols, size_t rank, int number)
{
    symbols[peer->order[rank]] = (int16_t)(peer->lowest + number);
}

/* ---- Stream ---------------------------------------------------------------------------------- */

size_t ln_peer_stream_room(const ln_peer *peer)
{
    return peer->values * MOST_SYMBOL_BYTES + END_BYTES;
}

size_t ln_peer_write_stream(const ln_peer *peer, const int16_t *symbols, uint8_t *stream)
{
    unsigned room = (unsigned)ln_peer_stream_room(peer);
    ln_range_encoder encoder;
    ln_range_encoder_init(&encoder, stream, room);
    for (size_t rank = 0; rank < peer->values; rank++)
        encode(&encoder, peer, symbols, rank);
    return room - ln_range_encoder_finish(&encoder);
}

/* The missing bytes lie between all zeros and all ones: symbols are known as long as both give the same. */
ln_status ln_peer_read_stream(const ln_peer *peer, const uint8_t *stream, size_t size, int16_t *symbols,
                              size_t *known, ln_error *error)
{
    size_t room = ln_peer_stream_room(peer);
    size = size < room ? size : room;
    uint8_t *ones = malloc(room);
    if (!ones)
        return ln_fail_memory(error);
    memcpy(ones, stream, size);
    memset(ones + size, 0xff, room - size);
    memset(symbols, 0, peer->values * sizeof *symbols);
    ln_range_decoder least, most;
    ln_range_decoder_init(&least, stream, (unsigned)size);
    ln_range_decoder_init(&most, ones, (unsigned)room);
    for (*known = 0; *known < peer->values; ++*known) {
        int number = decode(&least, peer, *known);
        if (number < 0 || decode(&most, peer, *known) != number)
            break;
        put(peer, symbols, *known, number);
    }
    free(ones);
    return LN_OK;
}

/* ---- Packets --------------------------------------------------------------------------------- */

size_t ln_peer_write_packet(const ln_peer *peer, const int16_t *symbols, size_t rank, size_t room,
                            uint8_t *packet, size_t *next)
{
    ln_range_encoder encoder;
    packet[0] = (uint8_t)(rank >> 8);
    packet[1] = (uint8_t)rank;
    ln_range_encoder_init(&encoder, packet + LN_PEER_HEADER_BYTES, (unsigned)(room - LN_PEER_HEADER_BYTES));
    while (rank < peer->values && encode(&encoder, peer, symbols, rank))
        rank++;
    *next = rank;
    return room - ln_range_encoder_finish(&encoder);
}

void ln_peer_read_packet(const ln_peer *peer, const uint8_t *packet, size_t size, int16_t *symbols)
{
    if (size <= LN_PEER_HEADER_BYTES)
        return;
    ln_range_decoder decoder;
    ln_range_decoder_init(&decoder, packet + LN_PEER_HEADER_BYTES, (unsigned)(size - LN_PEER_HEADER_BYTES));
    for (size_t rank = (size_t)packet[0] << 8 | packet[1]; rank < peer->values; rank++) {
        int number = ln_range_decode_more(&decoder) ? -1 : decode(&decoder, peer, rank);
        if (number < 0)
            return;
        put(peer, symbols, rank, number);
    }
}
