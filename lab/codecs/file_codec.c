#include "codecs/file_codec.h"

#include "cloud/error.h"
#include "codecs/ladder.h"
#include "codecs/stream_packets.h"

#include <stdlib.h>
#include <string.h>

#define SIDE 224
#define LEAST_SIDE 8

typedef struct file_codec {
    ln_codec_settings settings;
    unsigned side; /* that every picture is shrunk to; 0: by the kind's list */
} file_codec;

/* A picture and its files, each made when a budget first needs it. */
typedef struct outgoing {
    ln_picture picture;
    uint64_t seed;      /* of its losses */
    ln_ladder *ladders; /* one for each size of the kind's list, or one; empty until needed */
    size_t ladder_count;
    ln_coded whole; /* the file that is cut; empty until needed */
} outgoing;

/* ---- Opening --------------------------------------------------------------------------------- */

/* The side in a variant's name; 0 if it has none. */
static unsigned side_of(const char *variant)
{
    char *end;
    unsigned long side = strtoul(variant, &end, 10);
    int good = *variant >= '1' && *variant <= '9' && !*end && side >= LEAST_SIDE && side <= SIDE;
    return good ? (unsigned)side : 0;
}

ln_status ln_file_codec_open(ln_codec *codec, const char *variant, const ln_codec_settings *settings,
                             ln_error *error)
{
    unsigned side = variant ? side_of(variant) : 0;
    if (variant && !side)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: the variant '%s' is no side in pixels from %d to %d",
                       codec->name, variant, LEAST_SIDE, SIDE);
    int shrinks = codec->kind->file->shrink != NULL;
    codec->width = codec->height = side && !shrinks ? side : SIDE;
    file_codec *f = codec->state = calloc(1, sizeof *f);
    if (!f)
        return ln_fail_memory(error);
    *f = (file_codec){*settings, shrinks ? side : 0};
    if (codec->kind->file->format->encode_stream && !codec->bare)
        codec->packets = LN_PACKETS_IN_ORDER;
    return LN_OK;
}

void ln_file_codec_close(ln_codec *codec)
{
    free(codec->state);
}

/* ---- Sender ---------------------------------------------------------------------------------- */

void ln_file_codec_forget(void *stream)
{
    outgoing *s = stream;
    for (size_t i = 0; i < s->ladder_count; i++)
        ln_ladder_close(&s->ladders[i]);
    free(s->ladders);
    free(s->whole.bytes);
    ln_picture_free(&s->picture);
    free(s);
}

ln_status ln_file_codec_encode(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                               ln_error *error)
{
    const ln_file_kind *kind = codec->kind->file;
    const file_codec *f = codec->state;
    outgoing *s = calloc(1, sizeof *s);
    if (!s)
        return ln_fail_memory(error);
    s->seed = ln_codec_seed(&f->settings, number);
    s->ladder_count = kind->shrink ? kind->shrinks : 1;
    s->ladders = calloc(s->ladder_count, sizeof *s->ladders);
    ln_status status = s->ladders ? LN_OK : ln_fail_memory(error);
    if (status == LN_OK)
        status =
            ln_picture_resize(picture, picture->width, picture->height, LN_FIT_STRETCH, &s->picture, error);
    if (status != LN_OK) {
        s->ladder_count = 0;
        ln_file_codec_forget(s);
        return status;
    }
    *stream = s;
    return LN_OK;
}

/* The entry of the kind's list for a budget. */
static size_t rank_of(const ln_file_kind *kind, size_t budget)
{
    size_t rank = 0;
    while (rank + 1 < kind->shrinks && kind->shrink[rank + 1].budget <= budget)
        rank++;
    return rank;
}

/* Makes the ladder of one size, unless it is already there. */
static ln_status open_ladder(const ln_codec *codec, const outgoing *s, size_t rank, ln_error *error)
{
    const ln_file_kind *kind = codec->kind->file;
    const file_codec *f = codec->state;
    unsigned side = f->side;
    if (s->ladders[rank].rungs)
        return LN_OK;
    if (!side)
        side = kind->shrink ? kind->shrink[rank].side : s->picture.width;
    ln_picture small;
    ln_status status = ln_picture_resize(&s->picture, side, side, LN_FIT_STRETCH, &small, error);
    return status == LN_OK ? ln_ladder_open(&s->ladders[rank], kind->format, codec->bare, small, error)
                           : status;
}

/* Finds the best file within a budget. Where none fits at the size listed for the budget, smaller sizes are
 * tried. */
static ln_status fit(const ln_codec *codec, const outgoing *s, size_t budget, const ln_coded **coded,
                     size_t *counted, ln_error *error)
{
    const file_codec *f = codec->state;
    size_t rank = f->side ? 0 : rank_of(codec->kind->file, budget);
    for (;; rank--) {
        ln_status status = open_ladder(codec, s, rank, error);
        if (status == LN_OK)
            status = ln_ladder_fit(&s->ladders[rank], budget, coded, counted, error);
        if (status != LN_OK || *coded || !rank)
            return status;
    }
}

/* ---- Receiver -------------------------------------------------------------------------------- */

static size_t arrived(const ln_codec *codec, const outgoing *s, size_t size)
{
    const file_codec *f = codec->state;
    return ln_codec_arrived(&f->settings, s->seed, size);
}

/* Decodes a file or its beginning and resizes it to the codec's size. */
static ln_status show(const ln_codec *codec, const ln_coded *coded, size_t size, uint8_t *rgb,
                      ln_error *error)
{
    ln_picture decoded, picture;
    ln_status status = codec->kind->file->format->decode(coded->bytes, size, &decoded, error);
    if (status != LN_OK)
        return status;
    status = ln_picture_resize(&decoded, codec->width, codec->height, LN_FIT_STRETCH, &picture, error);
    ln_picture_free(&decoded);
    if (status != LN_OK)
        return status;
    memcpy(rgb, picture.rgb, (size_t)codec->width * codec->height * 3);
    ln_picture_free(&picture);
    return LN_OK;
}

static ln_status receive_fitting(const ln_codec *codec, ln_delivery *delivery, uint8_t *rgb, ln_error *error)
{
    const ln_coded *coded;
    ln_status status = fit(codec, delivery->stream, delivery->budget, &coded, &delivery->bytes, error);
    delivery->nothing =
        status == LN_OK && (!coded || arrived(codec, delivery->stream, coded->size) < coded->size);
    return status == LN_OK && !delivery->nothing ? show(codec, coded, coded->size, rgb, error) : status;
}

static ln_status receive_beginning(const ln_codec *codec, ln_delivery *delivery, uint8_t *rgb,
                                   ln_error *error)
{
    const ln_format *format = codec->kind->file->format;
    outgoing *s = delivery->stream;
    ln_status status = LN_OK;
    if (!s->whole.bytes)
        status = format->encode_stream(&s->picture, codec->bare, &s->whole, error);
    if (status != LN_OK)
        return status;
    size_t size = ln_coded_cut(format, &s->whole, codec->bare, delivery->budget, &delivery->bytes);
    status = show(codec, &s->whole, arrived(codec, s, size), rgb, error);
    delivery->nothing = status == LN_ERR_IO;
    return delivery->nothing ? LN_OK : status;
}

ln_status ln_file_codec_receive(ln_codec *codec, ln_delivery *deliveries, size_t count, uint8_t *rgb,
                                ln_error *error)
{
    size_t size = (size_t)codec->width * codec->height * 3;
    ln_status status = LN_OK;
    for (size_t i = 0; i < count && status == LN_OK; i++)
        status = deliveries[i].way == LN_WAY_CUT
                     ? receive_beginning(codec, &deliveries[i], rgb + i * size, error)
                     : receive_fitting(codec, &deliveries[i], rgb + i * size, error);
    return status;
}

/* ---- Simulation ------------------------------------------------------------------------------ */

ln_status ln_file_codec_pack(ln_codec *codec, const ln_picture *picture, ln_packets *packets, ln_error *error)
{
    ln_coded coded = {0};
    ln_status status = codec->kind->file->format->encode_stream(picture, 0, &coded, error);
    if (status == LN_OK)
        status = ln_stream_cut(coded.bytes, coded.size, packets, error);
    free(coded.bytes);
    return status;
}

ln_status ln_file_codec_show(ln_codec *codec, const ln_packets *arrived, uint8_t *rgb, ln_error *error)
{
    ln_coded coded;
    ln_status status = ln_stream_join(arrived, &coded.bytes, &coded.size, error);
    if (status == LN_OK)
        status = show(codec, &coded, coded.size, rgb, error);
    free(coded.bytes);
    return status == LN_ERR_IO ? LN_OK : status;
}
