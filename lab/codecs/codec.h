/* The codecs under comparison, behind one small interface: encode a picture once, then receive it within
 * any number of bytes.
 *
 * A codec is one file, named in CMakeLists.txt, and one line of LN_CODECS. */
#ifndef LN_LAB_CODEC_H
#define LN_LAB_CODEC_H

#include "cloud/error.h"
#include "sim/packets.h"

#include <limitnet/cloud.h>

#include <stddef.h>
#include <stdint.h>

#define LN_MOST_MTUS 16

/* How pictures are sent; a codec ignores settings that do not concern it. */
typedef struct ln_codec_settings {
    const char *model;            /* for limitnet without a model in its name; null: the default model */
    size_t mtu[LN_MOST_MTUS + 1]; /* bytes of a packet at most, LN_MIN_PAYLOAD..LN_MAX_PAYLOAD: one number, or
                                     several that take turns; 0 behind the last */
    unsigned protection;          /* percent of the bytes that go to repair packets, 0..LN_MOST_PROTECTION */
    uint32_t loss;                /* packets lost in a million */
    uint64_t seed;                /* of the losses */
    const char *vision; /* the classifier's ONNX file, for codecs that run a part of it; may be null */
} ln_codec_settings;

/* How a codec keeps a budget. */
typedef enum ln_way {
    LN_WAY_NONE = 0, /* it does not: it always sends the same */
    LN_WAY_CUT = 1,  /* one stream, made without knowing the budget, is cut at the budget */
    LN_WAY_FIT = 2   /* the sender knew the budget and encoded for it */
} ln_way;

/* Which of its packets show something, for `pack` and `show`. */
typedef enum ln_packets_use {
    LN_PACKETS_NONE = 0, /* it is not sent in packets */
    LN_PACKETS_IN_ORDER, /* those before the first one that is missing */
    LN_PACKETS_ANY       /* all that arrive */
} ln_packets_use;

/* One picture to be received within one budget. */
typedef struct ln_delivery {
    void *stream; /* from `encode` */
    ln_way way;
    size_t budget; /* bytes; ignored with LN_WAY_NONE */
    size_t bytes;  /* receives the bytes sent, headers included: at most the budget */
    int nothing;   /* receives 1 when nothing can be seen: no file fits, or the cut stream is undecodable */
} ln_delivery;

typedef struct ln_codec ln_codec;

typedef struct ln_codec_kind {
    const char *name; /* on the command line, before a colon */
    int ways;         /* set of LN_WAY_CUT and LN_WAY_FIT: the ways of all its variants together */

    /* Fills in state, width and height; also packets; and ways and classes where the variant differs from
     * the kind.
     *   variant   the text behind the colon, or null
     * `close` is called after an error, too. Errors include LN_ERR_ARGUMENT (no such variant). */
    ln_status (*open)(ln_codec *codec, const char *variant, const ln_codec_settings *settings,
                      ln_error *error);
    void (*close)(ln_codec *codec);

    /* Encodes a picture of the codec's size, which is read during the call only.
     *   number   of the picture in the run: each picture has losses of its own
     *   stream   receives the encoded picture, the caller's to `forget` */
    ln_status (*encode)(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                        ln_error *error);
    void (*forget)(void *stream);

    /* Receives a batch of deliveries, of any streams.
     *   rgb   receives `count` pictures; those of deliveries with `nothing` are undefined */
    ln_status (*receive)(ln_codec *codec, ln_delivery *deliveries, size_t count, uint8_t *rgb,
                         ln_error *error);

    /* Replaces `receive` in an open codec with `classes`; null if no variant has any.
     *   logits   receives count x classes numbers; those of deliveries with `nothing` are undefined */
    ln_status (*recognise)(ln_codec *codec, ln_delivery *deliveries, size_t count, float *logits,
                           ln_error *error);

    const struct ln_file_kind *file; /* for a codec that sends files (file_codec.h); else null */

    /* What a simulation needs (sim/codec.h), of an open codec with `packets`; null if no variant has any.
     * pack makes the packets of a picture; show shows a picture from those that arrived, and leaves `rgb` as
     * it is where nothing can be seen yet. */
    ln_status (*pack)(ln_codec *codec, const ln_picture *picture, ln_packets *packets, ln_error *error);
    ln_status (*show)(ln_codec *codec, const ln_packets *arrived, uint8_t *rgb, ln_error *error);
} ln_codec_kind;

/* All codecs: X(NAME) for the ln_codec_kind ln_codec_NAME. */
#define LN_CODECS(X)                                                                                         \
    X(limitnet)                                                                                              \
    X(original)                                                                                              \
    X(jpeg)                                                                                                  \
    X(pjpeg)                                                                                                 \
    X(webp)                                                                                                  \
    X(avif)                                                                                                  \
    X(jpeg2000)                                                                                              \
    X(jxl)                                                                                                   \
    X(shrink_webp)                                                                                           \
    X(shrink_jpeg)                                                                                           \
    X(learned)

#define LN_CODEC_DECLARE(name) extern const ln_codec_kind ln_codec_##name;
LN_CODECS(LN_CODEC_DECLARE)
#undef LN_CODEC_DECLARE

struct ln_codec {
    const char *name; /* as the user gave it */
    const ln_codec_kind *kind;
    int bare;               /* 1: a file's constant bytes do not count */
    int ways;               /* of this variant */
    ln_packets_use packets; /* of this variant */
    unsigned width, height; /* of the pictures that it takes and delivers */
    size_t classes;         /* number of classes, if it delivers logits instead of pictures; else 0 */
    long long changed;      /* modification time of the newest file that it depends on; 0: none */
    void *state;
};

/* Opens a codec by its name, such as "original" or "limitnet:pyramid-224". Codecs of files also have a bare
 * form, such as "webp-bare", in which bytes that are the same in every picture do not count.
 *   codec      receives the codec, the caller's to ln_codec_close; empty after an error
 *   name       must outlive the codec
 * Errors: LN_ERR_ARGUMENT (no codec has this name), and those of the kind's `open`. */
ln_status ln_codec_open(ln_codec *codec, const char *name, const ln_codec_settings *settings,
                        ln_error *error);

/* Allowed on an empty codec. */
void ln_codec_close(ln_codec *codec);

/* To be called by a codec for each file that decides its results. */
void ln_codec_depends(ln_codec *codec, const char *path);

/* The seed of a picture's losses, for codecs. It differs from picture to picture and is the same for every
 * codec and budget. Neighbouring seeds in the settings give unrelated losses. */
uint64_t ln_codec_seed(const ln_codec_settings *settings, size_t number);

/* Bytes that packet number 0, 1, ... of a picture may take, for codecs. */
size_t ln_codec_mtu(const ln_codec_settings *settings, size_t packet);

/* For codecs whose `size` bytes are of use only up to the first gap: the number of bytes that arrive before
 * the first lost packet. All packets but the last are full. The sequence numbers that such packets need in
 * practice are not counted. */
size_t ln_codec_arrived(const ln_codec_settings *settings, uint64_t seed, size_t size);

#endif
