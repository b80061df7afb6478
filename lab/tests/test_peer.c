#include "codecs/peer.h"
#include "codecs/peer_code.h"

#include "cloud/file.h"
#include "link/random.h"

#include <limitnet/core.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define GOOD                                                                                                 \
    "version = 1\nchannels = 2\nheight = 2\nwidth = 3\nlowest = -1\nhighest = 2\norder = raster\n"           \
    "partial = zero\noutput = picture\n"
#define TABLES "table = 1000 3000 95 1\ntable = 1 1 1 4093\n"

static char path[] = "/tmp/limitnet-peer-XXXXXX";

static int make_file(void **state)
{
    (void)state;
    int file = mkstemp(path);
    assert_true(file >= 0);
    return close(file);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static ln_status open_text(const char *text, size_t size, ln_peer *peer, ln_error *error)
{
    assert_int_equal(ln_file_write(path, (const uint8_t *)text, size, NULL), LN_OK);
    return ln_peer_open(peer, path, error);
}

/* ---- File ------------------------------------------------------------------------------------ */

static void a_peer_is_read(void **state)
{
    (void)state;
    static const char text[] = "# a comment\n" GOOD "\n" TABLES;
    static const uint8_t tables[] = {0, 0, 0xe8, 3, 0xa0, 0xf, 0xff, 0xf, 0, 0, 1, 0, 2, 0, 3, 0};
    ln_peer peer;
    assert_int_equal(open_text(text, sizeof text - 1, &peer, NULL), LN_OK);
    assert_int_equal(peer.values, 12);
    assert_int_equal(peer.symbols, 4);
    assert_int_equal(peer.lowest, -1);
    assert_int_equal(peer.random | peer.whole | peer.features, 0);
    assert_memory_equal(peer.tables, tables, sizeof tables);
    for (uint32_t i = 0; i < 12; i++)
        assert_int_equal(peer.order[i], i);
    ln_peer_close(&peer);
    assert_null(peer.tables);
}

/* The good text with one line replaced; an empty replacement leaves it out. */
static void assert_refused(const char *line, const char *instead, const char *part)
{
    static const char text[] = GOOD TABLES;
    char changed[4096];
    const char *at = strstr(text, line);
    assert_non_null(at);
    int length =
        snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, instead, at + strlen(line));
    ln_peer peer;
    ln_error error;
    assert_int_equal(open_text(changed, (size_t)length, &peer, &error), LN_ERR_ARGUMENT);
    assert_null(peer.tables);
    assert_null(peer.order);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void wrong_peers_are_refused(void **state)
{
    (void)state;
    assert_refused("version = 1", "version = 2", "'2' is no value for version");
    assert_refused("version = 1\n", "", "'version' is missing");
    assert_refused("channels = 2", "channels = 0", "'0' is no value for channels");
    assert_refused("channels = 2", "channels = -2", "no value for channels");
    assert_refused("channels = 2", "channels = 99999999999999999999", "no value for channels");
    assert_refused("channels = 2", "channels = 65536", "more than 65536 symbols");
    assert_refused("height = 2", "height = 40000", "more than 65536 symbols");
    assert_refused("height = 2", "height = 2x", "'2x' is no value for height");
    assert_refused("width = 3", "width =", "'' is no value for width");
    assert_refused("width = 3", "width = 3\nwidth = 3", "'width' is given twice");
    assert_refused("width = 3", "breadth = 3", "unknown setting 'breadth'");
    assert_refused("width = 3", "width 3", "is not of the form key = value");
    assert_refused("lowest = -1", "lowest = 1", "'1' is no value for lowest");
    assert_refused("lowest = -1", "lowest = -1023", "1024 or more apart");
    assert_refused("highest = 2", "highest = 1024", "no value for highest");
    assert_refused("highest = 2", "highest = 3", "table 1 is not 5 frequencies");
    assert_refused("order = raster", "order = random", "'random' is no value for order");
    assert_refused("order = raster", "order = random -1", "no value for order");
    assert_refused("order = raster", "order = random 4294967296", "no value for order");
    assert_refused("partial = zero", "partial = half", "no value for partial");
    assert_refused("output = picture", "output = logits", "no value for output");
    assert_refused("output = picture\n", "", "'output' is missing");
    assert_refused("1000 3000", "0 4000", "table 1 is not 4 frequencies of at least 1");
    assert_refused("1000 3000", "-1 4001", "table 1 is not");
    assert_refused("1000 3000", "1000 3001", "table 1 is not");
    assert_refused("95 1", "94 1", "whose sum is 4096");
    assert_refused("95 1", "96", "table 1 is not");
    assert_refused("95 1", "94 1 1", "table 1 is not");
    assert_refused("4093", "4093 x", "table 2 is not");
    assert_refused("4093", "4093\ntable = 1 1 1 4093", "more tables than channels");
    assert_refused("table = 1 1 1 4093\n", "", "1 tables for 2 channels");
    assert_refused(TABLES, "", "0 tables for 2 channels");
    ln_peer peer;
    ln_error error;
    assert_int_equal(ln_peer_open(&peer, "/nowhere/peer.txt", &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "/nowhere/peer.txt"));
}

/* Any file whatever is a peer or an error. */
static void a_damaged_file_never_crashes(void **state)
{
    (void)state;
    char text[] = GOOD TABLES;
    uint64_t seed = 1;
    for (size_t size = 0; size < sizeof text; size++) {
        ln_peer peer;
        open_text(text, size, &peer, NULL);
        ln_peer_close(&peer);
    }
    for (int i = 0; i < 2000; i++) {
        char changed[sizeof text];
        ln_peer peer;
        memcpy(changed, text, sizeof text);
        for (int k = 0; k < 3; k++)
            changed[ln_random(&seed) % (sizeof text - 1)] = (char)(ln_random(&seed) & 127);
        open_text(changed, sizeof text - 1, &peer, NULL);
        ln_peer_close(&peer);
    }
}

/* ---- Code ------------------------------------------------------------------------------------ */

#define VALUES ((size_t)3 * 28 * 28)

static void open_test_peer(ln_peer *peer, const char *name)
{
    char file[64];
    ln_error error;
    snprintf(file, sizeof file, "lab/tests/peers/%s/peer.txt", name);
    if (ln_peer_open(peer, file, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(peer->values, VALUES);
}

/* Likely symbols and every seventh any. */
static void make_symbols(const ln_peer *peer, uint64_t seed, int16_t *symbols)
{
    for (size_t i = 0; i < VALUES; i++) {
        unsigned wide = i % 7 ? 20 : peer->symbols;
        symbols[i] = (int16_t)(peer->lowest + (int)(ln_random(&seed) % wide));
    }
}

static void a_random_order_is_a_permutation(void **state)
{
    (void)state;
    ln_peer peer;
    uint8_t seen[VALUES] = {0};
    open_test_peer(&peer, "random");
    size_t fixed = 0;
    for (size_t i = 0; i < VALUES; i++) {
        assert_true(peer.order[i] < VALUES && !seen[peer.order[i]]++);
        fixed += peer.order[i] == i;
    }
    assert_true(fixed < 10);
    ln_peer_close(&peer);
}

/* A prefix of any length gives the first symbols and no wrong one; every byte gives some more. */
static void a_stream_can_be_cut_anywhere(void **state)
{
    (void)state;
    ln_peer peer;
    int16_t symbols[VALUES], got[VALUES];
    open_test_peer(&peer, "raster");
    make_symbols(&peer, 1, symbols);
    uint8_t *stream = malloc(ln_peer_stream_room(&peer));
    size_t size = ln_peer_write_stream(&peer, symbols, stream), known, before = 0;
    for (size_t cut = 0; cut <= size; cut++) {
        assert_int_equal(ln_peer_read_stream(&peer, stream, cut, got, &known, NULL), LN_OK);
        assert_true(known >= before);
        assert_true(cut < 100 || known >= VALUES * cut / size / 2);
        assert_memory_equal(got, symbols, known * sizeof *got);
        for (size_t i = known; i < VALUES; i++)
            assert_int_equal(got[i], 0);
        before = known;
    }
    assert_int_equal(known, VALUES);
    free(stream);
    ln_peer_close(&peer);
}

static void packets_carry_all_symbols(void **state)
{
    (void)state;
    ln_peer peer;
    int16_t symbols[VALUES], got[VALUES];
    open_test_peer(&peer, "random");
    make_symbols(&peer, 3, symbols);
    for (size_t room = LN_MIN_PAYLOAD; room <= LN_MAX_PAYLOAD; room += 33) {
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t known = 0;
        memset(got, 0x55, sizeof got);
        for (size_t rank = 0, next; rank < VALUES; rank = next) {
            size_t size = ln_peer_write_packet(&peer, symbols, rank, room, packet, &next);
            assert_true(size <= room && next > rank && (size == room || next == VALUES));
            ln_peer_read_packet(&peer, packet, size, got);
            known += next - rank;
            for (size_t i = 0; i < VALUES; i++)
                assert_true(i < next ? got[peer.order[i]] == symbols[peer.order[i]]
                                     : got[peer.order[i]] == 0x5555);
        }
        assert_int_equal(known, VALUES);
    }
    ln_peer_close(&peer);
}

/* Whatever arrives, symbols stay in their range. */
static void noise_never_crashes(void **state)
{
    (void)state;
    const char *const names[] = {"random", "whole"};
    for (size_t n = 0; n < 2; n++) {
        ln_peer peer;
        uint64_t seed = 9;
        open_test_peer(&peer, names[n]);
        for (int i = 0; i < 300; i++) {
            uint8_t noise[LN_MAX_PAYLOAD];
            int16_t got[VALUES] = {0};
            size_t size = ln_random(&seed) % (sizeof noise + 1), known;
            for (size_t k = 0; k < size; k++)
                noise[k] = (uint8_t)ln_random(&seed);
            ln_peer_read_packet(&peer, noise, size, got);
            assert_int_equal(ln_peer_read_stream(&peer, noise, size, got, &known, NULL), LN_OK);
            for (size_t k = 0; k < VALUES; k++)
                assert_true(got[k] >= peer.lowest && got[k] <= peer.highest);
        }
        ln_peer_close(&peer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_peer_is_read),
        cmocka_unit_test(wrong_peers_are_refused),
        cmocka_unit_test(a_damaged_file_never_crashes),
        cmocka_unit_test(a_random_order_is_a_permutation),
        cmocka_unit_test(a_stream_can_be_cut_anywhere),
        cmocka_unit_test(packets_carry_all_symbols),
        cmocka_unit_test(noise_never_crashes),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
