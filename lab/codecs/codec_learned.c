/* Learned peers. An encoder network gives whole numbers, which are entropy coded. A decoder network takes the
 * numbers that arrive and gives a picture, or features for the rest of a classifier. A peer's folder holds
 *
 *   peer.txt       the agreement of both ends (codecs/peer.h)
 *   encoder.onnx   picture N x 3 x 224 x 224, 0 to 255 -> symbols N x channels x height x width
 *   decoder.onnx   symbols -> picture N x 3 x 224 x 224, 0 to 255; or features N x C x H x W
 *
 * The rest of a classifier NAME.onnx lies beside it: NAME-tail.onnx, features -> logits.
 *
 * With symbols in random order, each packet is full and decodes alone, like LimitNet's. With symbols in
 * raster order there is one stream, sent in packets without headers; a lost packet makes all later ones
 * useless. A peer that needs the whole stream sends nothing where the stream does not fit.
 *
 * In a simulation, packets of a stream have a header (stream_packets.h). Those of symbols in random order
 * name no picture: their two bytes are the rank. */
#include "codecs/codec.h"

#include "cloud/engine.h"
#include "cloud/error.h"
#include "codecs/peer_code.h"
#include "codecs/stream_packets.h"

#include <limitnet/link.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 224
#define PIXELS ((size_t)SIDE * SIDE)

typedef struct learned {
    ln_codec_settings settings;
    ln_peer peer;
    ln_engine *encoder, *decoder;
    ln_engine *tail;  /* for a peer that gives features; else null */
    int16_t *symbols; /* of the current delivery */
    float *numbers;   /* input of the current network: a picture or symbols */
} learned;

/* An encoded picture that the camera can send. */
typedef struct outgoing {
    uint64_t seed;    /* of its losses */
    int16_t *symbols; /* in random order; else null */
    uint8_t *stream;  /* in raster order; else null */
    size_t size;      /* of the stream, bytes */
} outgoing;

/* ---- Opening --------------------------------------------------------------------------------- */

/* Two parts of a path, joined in new memory; null when there is no memory. */
static char *join(const char *first, size_t length, const char *second)
{
    char *path = malloc(length + strlen(second) + 1);
    if (path) {
        memcpy(path, first, length);
        strcpy(path + length, second);
    }
    return path;
}

static ln_status find_folder(const char *name, char **folder, ln_error *error)
{
    static const char peers[] = LN_PEERS_DIR "/";
    *folder = strchr(name, '/') ? strdup(name) : join(peers, sizeof peers - 1, name);
    return *folder ? LN_OK : ln_fail_memory(error);
}

static ln_status open_network(ln_codec *codec, ln_engine **engine, const char *folder, size_t length,
                              const char *name, ln_error *error)
{
    char *path = join(folder, length, name);
    if (!path)
        return ln_fail_memory(error);
    ln_codec_depends(codec, path);
    ln_status status = ln_engine_open(engine, path, NULL, 0, error);
    free(path);
    return status;
}

static ln_status open_peer(learned *l, const char *name, const char *folder, ln_error *error)
{
    char *path = join(folder, strlen(folder), "/peer.txt");
    if (!path)
        return ln_fail_memory(error);
    ln_status status = ln_peer_open(&l->peer, path, error);
    free(path);
    if (status == LN_ERR_IO)
        return ln_fail(error, status,
                       "there is no peer '%s': train and export it (train/QUEUE.md), "
                       "or give a folder that holds peer.txt",
                       name);
    return status == LN_ERR_ARGUMENT ? LN_ERR_IO : status;
}

static ln_status open_tail(ln_codec *codec, ln_error *error)
{
    learned *l = codec->state;
    const char *path = l->settings.vision;
    size_t length = path ? strlen(path) : 0;
    if (length < 5 || strcmp(path + length - 5, ".onnx") != 0)
        return ln_fail(
            error, LN_ERR_ARGUMENT,
            "this peer gives no picture but ends in the rest of a classifier: "
            "measure it with --task classify and a --vision FILE.onnx that has FILE-tail.onnx beside it");
    return open_network(codec, &l->tail, path, length - 5, "-tail.onnx", error);
}

static ln_status check_networks(const learned *l, ln_error *error)
{
    const ln_peer *p = &l->peer;
    ln_port picture = {"picture", 4, {LN_ANY_SIZE, 3, SIDE, SIDE}};
    ln_port symbols = {"symbols", 4, {LN_ANY_SIZE, (long)p->channels, (long)p->height, (long)p->width}};
    ln_status status = ln_engine_check(l->encoder, &picture, 1, &symbols, 1, error);
    if (status != LN_OK)
        return status;
    if (!p->features)
        return ln_engine_check(l->decoder, &symbols, 1, &picture, 1, error);
    /* The decoder's output must be the tail's input. */
    const ln_port *in = ln_engine_input(l->tail, 0), *out = ln_engine_output(l->tail, 0);
    if (!in || !out || out->rank != 2 || out->shape[1] < 1)
        return ln_fail(error, LN_ERR_IO,
                       "the rest of the classifier does not give one number for each class: make it again");
    ln_port features = *in;
    features.name = "features";
    status = ln_engine_check(l->decoder, &symbols, 1, &features, 1, error);
    features.name = in->name;
    return status == LN_OK ? ln_engine_check(l->tail, &features, 1, NULL, 0, error) : status;
}

static ln_status open_networks(ln_codec *codec, const char *folder, ln_error *error)
{
    learned *l = codec->state;
    size_t length = strlen(folder);
    ln_status status = open_network(codec, &l->encoder, folder, length, "/encoder.onnx", error);
    if (status == LN_OK)
        status = open_network(codec, &l->decoder, folder, length, "/decoder.onnx", error);
    if (status == LN_OK && l->peer.features)
        status = open_tail(codec, error);
    return status == LN_OK ? check_networks(l, error) : status;
}

static ln_status open_learned(ln_codec *codec, const char *variant, const ln_codec_settings *settings,
                              ln_error *error)
{
    learned *l = calloc(1, sizeof *l);
    if (!l)
        return ln_fail_memory(error);
    codec->state = l;
    codec->width = codec->height = SIDE;
    l->settings = *settings;
    if (!variant)
        return ln_fail(error, LN_ERR_ARGUMENT, "which learned peer? Give learned:NAME or learned:FOLDER");
    char *folder;
    ln_status status = find_folder(variant, &folder, error);
    if (status == LN_OK)
        status = open_peer(l, variant, folder, error);
    if (status == LN_OK)
        status = open_networks(codec, folder, error);
    free(folder);
    if (status != LN_OK)
        return status;
    codec->ways = l->peer.whole ? LN_WAY_FIT : LN_WAY_CUT;
    codec->packets = l->peer.whole || l->peer.features ? LN_PACKETS_NONE
                     : l->peer.random                  ? LN_PACKETS_ANY
                                                       : LN_PACKETS_IN_ORDER;
    codec->classes = l->tail ? (size_t)ln_engine_output(l->tail, 0)->shape[1] : 0;
    size_t numbers = l->peer.values > 3 * PIXELS ? l->peer.values : 3 * PIXELS;
    l->symbols = malloc(l->peer.values * sizeof *l->symbols);
    l->numbers = malloc(numbers * sizeof *l->numbers);
    return l->symbols && l->numbers ? LN_OK : ln_fail_memory(error);
}

static void close_learned(ln_codec *codec)
{
    learned *l = codec->state;
    if (!l)
        return;
    ln_engine_close(l->encoder);
    ln_engine_close(l->decoder);
    ln_engine_close(l->tail);
    ln_peer_close(&l->peer);
    free(l->symbols);
    free(l->numbers);
    free(l);
}

/* ---- Camera ---------------------------------------------------------------------------------- */

static void forget(void *stream)
{
    outgoing *s = stream;
    free(s->symbols);
    free(s->stream);
    free(s);
}

static ln_status encode_picture(learned *l, const ln_picture *picture, ln_error *error)
{
    const ln_peer *p = &l->peer;
    for (size_t i = 0; i < PIXELS; i++)
        for (size_t c = 0; c < 3; c++)
            l->numbers[c * PIXELS + i] = picture->rgb[3 * i + c];
    ln_tensor input = {"picture", 4, {1, 3, SIDE, SIDE}, l->numbers}, output = {.name = "symbols"};
    ln_status status = ln_engine_run(l->encoder, &input, 1, &output, 1, error);
    for (size_t i = 0; i < p->values && status == LN_OK; i++) {
        float symbol = output.data[i];
        if (!(symbol >= (float)p->lowest && symbol <= (float)p->highest) || symbol != rintf(symbol))
            return ln_fail(
                error, LN_ERR_IO,
                "the peer's encoder gives %g, which is no whole number from %d to %d: export the peer again",
                (double)symbol, p->lowest, p->highest);
        l->symbols[i] = (int16_t)symbol;
    }
    return status;
}

/* Keeps the symbols, or their stream, for sending. */
static ln_status keep(const learned *l, outgoing *s, ln_error *error)
{
    size_t bytes = l->peer.values * sizeof *s->symbols;
    if (l->peer.random) {
        s->symbols = malloc(bytes);
        if (!s->symbols)
            return ln_fail_memory(error);
        memcpy(s->symbols, l->symbols, bytes);
        return LN_OK;
    }
    s->stream = malloc(ln_peer_stream_room(&l->peer));
    if (!s->stream)
        return ln_fail_memory(error);
    s->size = ln_peer_write_stream(&l->peer, l->symbols, s->stream);
    return LN_OK;
}

static ln_status encode(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                        ln_error *error)
{
    learned *l = codec->state;
    ln_status status = encode_picture(l, picture, error);
    if (status != LN_OK)
        return status;
    outgoing *s = calloc(1, sizeof *s);
    if (!s)
        return ln_fail_memory(error);
    s->seed = ln_codec_seed(&l->settings, number);
    status = keep(l, s, error);
    if (status == LN_OK)
        *stream = s;
    else
        forget(s);
    return status;
}

/* ---- Link ------------------------------------------------------------------------------------ */

/* Sends full packets. The last one fills the rest of the budget, unless that is too small for a packet. */
static void send_packets(learned *l, const outgoing *s, ln_delivery *delivery)
{
    const ln_peer *p = &l->peer;
    ln_loss link;
    ln_loss_init(&link, l->settings.loss, s->seed);
    memset(l->symbols, 0, p->values * sizeof *l->symbols);
    for (size_t rank = 0, number = 0; rank < p->values; number++) {
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t left = delivery->budget - delivery->bytes, mtu = ln_codec_mtu(&l->settings, number);
        size_t room = left < mtu ? left : mtu;
        if (room < LN_MIN_PAYLOAD)
            return;
        size_t size = ln_peer_write_packet(p, s->symbols, rank, room, packet, &rank);
        delivery->bytes += size;
        if (!ln_loss_next(&link))
            ln_peer_read_packet(p, packet, size, l->symbols);
    }
}

/* All bytes sent count; those behind the first lost packet are useless. */
static ln_status send_stream(learned *l, const outgoing *s, ln_delivery *delivery, ln_error *error)
{
    size_t known;
    delivery->nothing = l->peer.whole && s->size > delivery->budget;
    if (delivery->nothing)
        return LN_OK;
    delivery->bytes = s->size < delivery->budget ? s->size : delivery->budget;
    size_t arrived = ln_codec_arrived(&l->settings, s->seed, delivery->bytes);
    ln_status status = ln_peer_read_stream(&l->peer, s->stream, arrived, l->symbols, &known, error);
    delivery->nothing = l->peer.whole && known < l->peer.values;
    return status;
}

/* Sends a picture within a budget; l->symbols receives the symbols that arrive. */
static ln_status send_within(learned *l, ln_delivery *delivery, ln_error *error)
{
    const outgoing *s = delivery->stream;
    delivery->bytes = 0;
    if (!l->peer.random)
        return send_stream(l, s, delivery, error);
    send_packets(l, s, delivery);
    return LN_OK;
}

/* ---- Cloud ----------------------------------------------------------------------------------- */

static ln_status decode(learned *l, ln_tensor *output, ln_error *error)
{
    const ln_peer *p = &l->peer;
    for (size_t i = 0; i < p->values; i++)
        l->numbers[i] = l->symbols[i];
    ln_tensor input = {"symbols", 4, {1, p->channels, p->height, p->width}, l->numbers};
    return ln_engine_run(l->decoder, &input, 1, output, 1, error);
}

static uint8_t byte_of(float value)
{
    if (!(value > 0)) /* NaN becomes black, too */
        return 0;
    return value < 255 ? (uint8_t)lrintf(value) : 255;
}

/* Draws the picture of the symbols that arrived. */
static ln_status draw(learned *l, uint8_t *rgb, ln_error *error)
{
    ln_tensor picture = {.name = "picture"};
    ln_status status = decode(l, &picture, error);
    for (size_t i = 0; i < PIXELS && status == LN_OK; i++)
        for (size_t c = 0; c < 3; c++)
            rgb[3 * i + c] = byte_of(picture.data[c * PIXELS + i]);
    return status;
}

static ln_status receive(ln_codec *codec, ln_delivery *deliveries, size_t count, uint8_t *rgb,
                         ln_error *error)
{
    learned *l = codec->state;
    ln_status status = LN_OK;
    for (size_t k = 0; k < count && status == LN_OK; k++, rgb += 3 * PIXELS) {
        status = send_within(l, &deliveries[k], error);
        if (status == LN_OK && !deliveries[k].nothing)
            status = draw(l, rgb, error);
    }
    return status;
}

static ln_status run_tail(learned *l, const ln_tensor *features, size_t classes, float *logits,
                          ln_error *error)
{
    ln_tensor input = *features, output = {.name = ln_engine_output(l->tail, 0)->name};
    input.name = ln_engine_input(l->tail, 0)->name;
    ln_status status = ln_engine_run(l->tail, &input, 1, &output, 1, error);
    if (status == LN_OK)
        memcpy(logits, output.data, classes * sizeof *logits);
    return status;
}

static ln_status recognise(ln_codec *codec, ln_delivery *deliveries, size_t count, float *logits,
                           ln_error *error)
{
    learned *l = codec->state;
    ln_status status = LN_OK;
    for (size_t k = 0; k < count && status == LN_OK; k++, logits += codec->classes) {
        ln_tensor features = {.name = "features"};
        status = send_within(l, &deliveries[k], error);
        if (status != LN_OK || deliveries[k].nothing)
            continue;
        status = decode(l, &features, error);
        if (status == LN_OK)
            status = run_tail(l, &features, codec->classes, logits, error);
    }
    return status;
}

/* ---- Simulation ------------------------------------------------------------------------------ */

static ln_status pack_symbols(const learned *l, ln_packets *packets, ln_error *error)
{
    const ln_peer *p = &l->peer;
    ln_status status = LN_OK;
    for (size_t rank = 0; rank < p->values && status == LN_OK;) {
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size = ln_peer_write_packet(p, l->symbols, rank, packets->payload, packet, &rank);
        status = ln_packets_add(packets, packet, size, error);
    }
    return status;
}

static ln_status pack(ln_codec *codec, const ln_picture *picture, ln_packets *packets, ln_error *error)
{
    learned *l = codec->state;
    ln_status status = encode_picture(l, picture, error);
    if (status != LN_OK || l->peer.random)
        return status == LN_OK ? pack_symbols(l, packets, error) : status;
    outgoing s = {0};
    status = keep(l, &s, error);
    if (status == LN_OK)
        status = ln_stream_cut(s.stream, s.size, packets, error);
    free(s.stream);
    return status;
}

static ln_status read_stream(learned *l, const ln_packets *arrived, ln_error *error)
{
    uint8_t *stream;
    size_t size, known;
    ln_status status = ln_stream_join(arrived, &stream, &size, error);
    if (status == LN_OK)
        status = ln_peer_read_stream(&l->peer, stream, size, l->symbols, &known, error);
    free(stream);
    return status;
}

static void read_packets(learned *l, const ln_packets *arrived)
{
    memset(l->symbols, 0, l->peer.values * sizeof *l->symbols);
    for (size_t i = 0; i < arrived->count; i++) {
        size_t size;
        const uint8_t *packet = ln_packets_at(arrived, i, &size);
        ln_peer_read_packet(&l->peer, packet, size, l->symbols);
    }
}

static ln_status show(ln_codec *codec, const ln_packets *arrived, uint8_t *rgb, ln_error *error)
{
    learned *l = codec->state;
    ln_status status = LN_OK;
    if (l->peer.random)
        read_packets(l, arrived);
    else
        status = read_stream(l, arrived, error);
    return status == LN_OK ? draw(l, rgb, error) : status;
}

const ln_codec_kind ln_codec_learned = {
    .name = "learned",
    .ways = LN_WAY_CUT | LN_WAY_FIT,
    .open = open_learned,
    .close = close_learned,
    .encode = encode,
    .forget = forget,
    .receive = receive,
    .recognise = recognise,
    .pack = pack,
    .show = show,
};
