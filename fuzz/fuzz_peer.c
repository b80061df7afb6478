/* Any bytes as the agreement of a learned peer, then, behind a line "%%", as a stream and a packet of it. An
 * agreement that is accepted can code symbols, and whatever is decoded can be coded again. */
#include "fuzz_error.h"

#include "codecs/peer_code.h"

#include <limitnet/core.h>

#include <stdlib.h>
#include <string.h>

/* The order is a permutation, and each symbol has a frequency. */
static void check_peer(const ln_peer *peer)
{
    unsigned char *seen = calloc(peer->values, 1);
    REQUIRE(seen && peer->values > 0 && peer->values <= LN_PEER_MOST_VALUES);
    REQUIRE(peer->symbols >= 1 && peer->symbols <= LN_PEER_MOST_SYMBOLS);
    for (size_t i = 0; i < peer->values; i++) {
        REQUIRE(peer->order[i] < peer->values && !seen[peer->order[i]]);
        seen[peer->order[i]] = 1;
    }
    free(seen);
    for (size_t i = 1; i < (size_t)peer->channels * peer->symbols; i++) {
        const uint8_t *below = peer->tables + 2 * i;
        unsigned last = below[-2] + 256u * below[-1], here = below[0] + 256u * below[1];
        REQUIRE(i % peer->symbols == 0 ? here == 0 : here > last && here < 4096);
    }
}

static void check_symbols(const ln_peer *peer, const int16_t *symbols)
{
    for (size_t i = 0; i < peer->values; i++)
        REQUIRE(symbols[i] >= peer->lowest && symbols[i] <= peer->highest);
}

/* What is coded is decoded the same, all of it. */
static void write_and_read_stream(const ln_peer *peer, const int16_t *symbols, int16_t *again)
{
    uint8_t *stream = malloc(ln_peer_stream_room(peer));
    REQUIRE(stream != NULL);
    size_t known, size = ln_peer_write_stream(peer, symbols, stream);
    REQUIRE(size <= ln_peer_stream_room(peer));
    uint8_t *exact = fuzz_copy(stream, size);
    REQUIRE(ln_peer_read_stream(peer, exact, size, again, &known, NULL) == LN_OK);
    REQUIRE(memcmp(again, symbols, peer->values * sizeof *symbols) == 0);
    free(exact);
    free(stream);
}

static void write_and_read_packet(const ln_peer *peer, const int16_t *symbols, int16_t *again, size_t rank)
{
    uint8_t packet[LN_MAX_PAYLOAD];
    size_t next, size = ln_peer_write_packet(peer, symbols, rank, 51, packet, &next);
    REQUIRE(size <= 51 && next >= rank && next <= peer->values);
    memset(again, 0, peer->values * sizeof *again);
    ln_peer_read_packet(peer, packet, size, again);
    for (size_t i = rank; i < next; i++)
        REQUIRE(again[peer->order[i]] == symbols[peer->order[i]]);
}

static void decode(const ln_peer *peer, fuzz_part bytes)
{
    int16_t *symbols = calloc(peer->values, sizeof *symbols), *again = calloc(peer->values, sizeof *again);
    uint8_t *copy = fuzz_copy(bytes.bytes, bytes.size);
    size_t known;
    REQUIRE(symbols && again);
    ln_peer_read_packet(peer, copy, bytes.size, symbols);
    check_symbols(peer, symbols);
    REQUIRE(ln_peer_read_stream(peer, copy, bytes.size, symbols, &known, NULL) == LN_OK);
    REQUIRE(known <= peer->values);
    check_symbols(peer, symbols);
    write_and_read_stream(peer, symbols, again);
    write_and_read_packet(peer, symbols, again, peer->values / 3);
    free(copy);
    free(again);
    free(symbols);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_part rest = {data, size};
    const fuzz_part agreement = fuzz_take(&rest);
    ln_error error = FUZZ_UNTOUCHED;
    ln_peer peer;
    ln_status status = ln_peer_open(&peer, fuzz_write("peer.txt", agreement.bytes, agreement.size), &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK) {
        REQUIRE(!peer.values && !peer.order && !peer.tables);
        return 0;
    }
    check_peer(&peer);
    decode(&peer, rest);
    ln_peer_close(&peer);
    return 0;
}
