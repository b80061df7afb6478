#include "codecs/codec.h"
#include "codecs/peer_code.h"

#include <limitnet/link.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIDE 224
#define BYTES ((size_t)SIDE * SIDE * 3)
#define GRID 28
#define VALUES ((size_t)3 * GRID * GRID)
#define VISION "lab/tests/peers/mean.onnx"

static void open_codec(ln_codec *codec, const char *name, const ln_codec_settings *settings)
{
    ln_error error;
    if (ln_codec_open(codec, name, settings, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(codec->width, SIDE);
}

static ln_picture read_picture(void)
{
    ln_picture original, picture;
    assert_int_equal(ln_picture_read(&original, "tests/pictures/cat.jpg", NULL), LN_OK);
    assert_int_equal(ln_picture_resize(&original, SIDE, SIDE, LN_FIT_STRETCH, &picture, NULL), LN_OK);
    ln_picture_free(&original);
    return picture;
}

/* The symbols that the test's peers make of a picture. */
static void plain_symbols(const ln_picture *picture, int lowest, int16_t *symbols)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t y = 0; y < GRID; y++)
            for (size_t x = 0; x < GRID; x++)
                *symbols++ = (int16_t)(picture->rgb[(8 * y * SIDE + 8 * x) * 3 + c] / 4 + lowest);
}

/* Their decoders show each symbol as a block of 8x8 pixels. */
static void assert_shows(const uint8_t *rgb, const int16_t *symbols, int lowest)
{
    for (size_t c = 0; c < 3; c++)
        for (size_t y = 0; y < SIDE; y++)
            for (size_t x = 0; x < SIDE; x++) {
                int due = 4 * (symbols[(c * GRID + y / 8) * GRID + x / 8] - lowest);
                assert_int_equal(rgb[(y * SIDE + x) * 3 + c], due);
            }
}

static void receive_all(ln_codec *codec, const ln_picture *picture, size_t number, ln_delivery *deliveries,
                        size_t count, uint8_t *rgb)
{
    void *stream;
    ln_error error;
    if (codec->kind->encode(codec, picture, number, &stream, &error) != LN_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < count; i++)
        deliveries[i].stream = stream;
    if (codec->kind->receive(codec, deliveries, count, rgb, &error) != LN_OK)
        fail_msg("%s", error.text);
    codec->kind->forget(stream);
}

/* ---- Streams --------------------------------------------------------------------------------- */

/* Symbols arrive exactly, and a cut stream shows the symbols that it determines. */
static void a_stream_is_cut(void **state)
{
    (void)state;
    ln_peer peer;
    ln_codec codec;
    ln_codec_settings settings = {.mtu = {51}};
    int16_t symbols[VALUES], known_symbols[VALUES];
    static uint8_t rgb[4 * BYTES];
    assert_int_equal(ln_peer_open(&peer, "lab/tests/peers/raster/peer.txt", NULL), LN_OK);
    open_codec(&codec, "learned:lab/tests/peers/raster", &settings);
    assert_int_equal(codec.ways, LN_WAY_CUT);
    assert_int_equal(codec.classes, 0);
    ln_picture picture = read_picture();
    plain_symbols(&picture, 0, symbols);
    uint8_t *stream = malloc(ln_peer_stream_room(&peer));
    size_t size = ln_peer_write_stream(&peer, symbols, stream), known;
    ln_delivery deliveries[4] = {{.budget = 11}, {.budget = 700}, {.budget = size}, {.budget = 100000}};
    receive_all(&codec, &picture, 0, deliveries, 4, rgb);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(deliveries[i].bytes, deliveries[i].budget < size ? deliveries[i].budget : size);
        assert_int_equal(ln_peer_read_stream(&peer, stream, deliveries[i].bytes, known_symbols, &known, NULL),
                         LN_OK);
        assert_shows(rgb + i * BYTES, known_symbols, 0);
    }
    assert_shows(rgb + 3 * BYTES, symbols, 0);
    free(stream);
    ln_picture_free(&picture);
    ln_codec_close(&codec);
    ln_peer_close(&peer);
}

static void a_whole_stream_fits_or_shows_nothing(void **state)
{
    (void)state;
    ln_codec codec;
    ln_codec_settings settings = {.mtu = {51}};
    int16_t symbols[VALUES];
    static uint8_t rgb[3 * BYTES];
    open_codec(&codec, "learned:lab/tests/peers/whole", &settings);
    assert_int_equal(codec.ways, LN_WAY_FIT);
    ln_picture picture = read_picture();
    plain_symbols(&picture, -32, symbols);
    ln_delivery deliveries[3] = {{.budget = 100000}, {.budget = 100}, {.budget = 0}};
    receive_all(&codec, &picture, 0, deliveries, 1, rgb);
    size_t size = deliveries[0].bytes;
    deliveries[1].budget = size - 1;
    deliveries[2].budget = size;
    receive_all(&codec, &picture, 0, deliveries, 3, rgb);
    assert_int_equal(deliveries[1].nothing, 1);
    assert_int_equal(deliveries[1].bytes, 0);
    assert_int_equal(deliveries[0].nothing | deliveries[2].nothing, 0);
    assert_int_equal(deliveries[2].bytes, size);
    assert_shows(rgb, symbols, -32);
    assert_shows(rgb + 2 * BYTES, symbols, -32);
    ln_picture_free(&picture);
    ln_codec_close(&codec);
}

/* ---- Losses ---------------------------------------------------------------------------------- */

/* Sends packets or the stream in the plainest way. `got` receives the symbols that arrive; returns the bytes
 * sent. */
static size_t send_plainly(const ln_peer *peer, const int16_t *symbols, const ln_codec_settings *settings,
                           size_t number, size_t budget, int16_t *got)
{
    ln_loss link;
    uint8_t packet[LN_MAX_PAYLOAD], *stream = malloc(ln_peer_stream_room(peer));
    size_t sent = 0, rank = 0, known, size = ln_peer_write_stream(peer, symbols, stream), arrived = 0;
    int broken = 0;
    ln_loss_init(&link, settings->loss, ln_codec_seed(settings, number));
    memset(got, 0, VALUES * sizeof *got);
    size = size < budget ? size : budget;
    while (peer->random ? rank < VALUES && budget - sent >= LN_MIN_PAYLOAD : sent < size) {
        size_t left = (peer->random ? budget : size) - sent,
               room = left < settings->mtu[0] ? left : settings->mtu[0];
        size_t bytes = peer->random ? ln_peer_write_packet(peer, symbols, rank, room, packet, &rank) : room;
        sent += bytes;
        int lost = ln_loss_next(&link);
        broken |= lost;
        if (peer->random && !lost)
            ln_peer_read_packet(peer, packet, bytes, got);
        else if (!broken)
            arrived += bytes;
    }
    if (!peer->random)
        assert_int_equal(ln_peer_read_stream(peer, stream, arrived, got, &known, NULL), LN_OK);
    free(stream);
    return sent;
}

static void lost_packets_cost_their_bytes(void **state)
{
    (void)state;
    static uint8_t rgb[3 * BYTES];
    static const char *const names[] = {"random", "raster"};
    const uint32_t loss[] = {0, 300000, 1000000};
    ln_picture picture = read_picture();
    int16_t symbols[VALUES], got[VALUES];
    plain_symbols(&picture, 0, symbols);
    for (size_t i = 0; i < 2 * 3; i++) {
        char path[64], name[64];
        ln_peer peer;
        ln_codec codec;
        ln_codec_settings settings = {.mtu = {51}, .loss = loss[i / 2], .seed = 5};
        ln_delivery deliveries[3] = {{.budget = 60}, {.budget = 1000}, {.budget = 5000}};
        snprintf(path, sizeof path, "lab/tests/peers/%s/peer.txt", names[i % 2]);
        snprintf(name, sizeof name, "learned:lab/tests/peers/%s", names[i % 2]);
        assert_int_equal(ln_peer_open(&peer, path, NULL), LN_OK);
        open_codec(&codec, name, &settings);
        receive_all(&codec, &picture, 7, deliveries, 3, rgb);
        for (size_t k = 0; k < 3; k++) {
            assert_int_equal(deliveries[k].bytes,
                             send_plainly(&peer, symbols, &settings, 7, deliveries[k].budget, got));
            assert_int_equal(deliveries[k].nothing, 0);
            assert_shows(rgb + k * BYTES, got, 0);
        }
        ln_codec_close(&codec);
        ln_peer_close(&peer);
    }
    ln_picture_free(&picture);
}

static void a_lost_packet_of_a_whole_stream_leaves_nothing(void **state)
{
    (void)state;
    static uint8_t rgb[BYTES];
    ln_codec codec;
    ln_codec_settings settings = {.mtu = {242}, .loss = 1000000, .seed = 5};
    open_codec(&codec, "learned:lab/tests/peers/whole", &settings);
    ln_picture picture = read_picture();
    ln_delivery delivery = {.budget = 100000};
    receive_all(&codec, &picture, 0, &delivery, 1, rgb);
    assert_true(delivery.nothing && delivery.bytes > 1000);
    ln_picture_free(&picture);
    ln_codec_close(&codec);
}

/* ---- Features -------------------------------------------------------------------------------- */

static void features_end_in_classes(void **state)
{
    (void)state;
    ln_codec codec;
    ln_codec_settings settings = {.mtu = {51}, .vision = VISION};
    int16_t symbols[VALUES];
    float logits[2 * 3];
    void *stream;
    open_codec(&codec, "learned:lab/tests/peers/features", &settings);
    assert_int_equal(codec.classes, 3);
    ln_picture picture = read_picture();
    plain_symbols(&picture, 0, symbols);
    assert_int_equal(codec.kind->encode(&codec, &picture, 0, &stream, NULL), LN_OK);
    ln_delivery deliveries[2] = {{.stream = stream, .budget = 11}, {.stream = stream, .budget = 10000}};
    assert_int_equal(codec.kind->recognise(&codec, deliveries, 2, logits, NULL), LN_OK);
    assert_true(deliveries[0].nothing && !deliveries[1].nothing);
    for (size_t c = 0; c < 3; c++) {
        double sum = 0;
        for (size_t i = 0; i < GRID * GRID; i++)
            sum += symbols[c * GRID * GRID + i];
        assert_float_equal((double)logits[3 + c], sum / (GRID * GRID), 1e-3);
    }
    codec.kind->forget(stream);
    ln_picture_free(&picture);
    ln_codec_close(&codec);
}

/* ---- Errors ---------------------------------------------------------------------------------- */

static void assert_refused(const char *name, const char *vision, ln_status status, const char *part)
{
    ln_codec codec;
    ln_error error;
    ln_codec_settings settings = {.mtu = {51}, .vision = vision};
    assert_int_equal(ln_codec_open(&codec, name, &settings, &error), status);
    assert_null(codec.kind);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

/* Fills a folder with parts of the peers in lab/tests/peers. */
static void mix(const char *folder, const char *text, const char *encoder, const char *decoder)
{
    char command[512];
    snprintf(command, sizeof command,
             "cp lab/tests/peers/%s/peer.txt %s/ && cp %s %s/encoder.onnx && cp %s %s/decoder.onnx", text,
             folder, encoder, folder, decoder, folder);
    assert_int_equal(system(command), 0);
}

static void wrong_peers_are_refused(void **state)
{
    (void)state;
    char folder[] = "/tmp/limitnet-learned-XXXXXX", name[64], command[64];
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "learned:%s", folder);
    assert_refused("learned", VISION, LN_ERR_ARGUMENT, "which learned peer?");
    assert_refused("learned:nothing-here", VISION, LN_ERR_IO, "no peer 'nothing-here': train and export it");
    assert_refused(name, VISION, LN_ERR_IO, "no peer '/tmp/limitnet-learned-");
    assert_refused("learned:lab/tests/peers/features", NULL, LN_ERR_ARGUMENT, "the rest of a classifier");
    assert_refused("learned:lab/tests/peers/features", "tests/onnx/mean.onnx", LN_ERR_IO,
                   "tests/onnx/mean-tail.onnx");
    mix(folder, "raster", "lab/tests/peers/raster/decoder.onnx", "lab/tests/peers/raster/decoder.onnx");
    assert_refused(name, VISION, LN_ERR_IO, "encoder.onnx");
    mix(folder, "raster", "lab/tests/peers/raster/encoder.onnx", "lab/tests/peers/features/decoder.onnx");
    assert_refused(name, VISION, LN_ERR_IO, "decoder.onnx");
    mix(folder, "features", "lab/tests/peers/raster/encoder.onnx", "lab/tests/peers/raster/decoder.onnx");
    assert_refused(name, VISION, LN_ERR_IO, "decoder.onnx");
    snprintf(command, sizeof command, "echo height = 29 >> %s/peer.txt", folder);
    assert_int_equal(system(command), 0);
    assert_refused(name, VISION, LN_ERR_IO, "'height' is given twice");
    /* An encoder whose symbols leave the range in peer.txt. */
    mix(folder, "raster", "lab/tests/peers/whole/encoder.onnx", "lab/tests/peers/raster/decoder.onnx");
    ln_codec codec;
    ln_error error;
    ln_codec_settings settings = {.mtu = {51}};
    void *stream;
    open_codec(&codec, name, &settings);
    ln_picture picture = read_picture();
    assert_int_equal(codec.kind->encode(&codec, &picture, 0, &stream, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "no whole number from 0 to 63"));
    ln_picture_free(&picture);
    ln_codec_close(&codec);
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_cut),
        cmocka_unit_test(a_whole_stream_fits_or_shows_nothing),
        cmocka_unit_test(lost_packets_cost_their_bytes),
        cmocka_unit_test(a_lost_packet_of_a_whole_stream_leaves_nothing),
        cmocka_unit_test(features_end_in_classes),
        cmocka_unit_test(wrong_peers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
