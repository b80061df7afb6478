/* Codecs to be compared, behind one small interface: a picture is encoded once and then shows how
 * it looks when it was received within any number of bytes.
 *
 * A codec is one file, named in CMakeLists.txt, and one line of LN_CODECS. */
#ifndef LN_LAB_CODEC_H
#define LN_LAB_CODEC_H

#include "cloud/error.h"

#include <limitnet/cloud.h>

#include <stddef.h>
#include <stdint.h>

/* How pictures are sent; a codec takes what concerns it. */
typedef struct ln_codec_settings {
    const char *model;   /* of limitnet where the codec's name has none; null: the default */
    size_t mtu;          /* bytes of a packet at most, LN_MIN_PAYLOAD..LN_MAX_PAYLOAD */
    unsigned protection; /* percent of the packets that are repair packets, 0..LN_MOST_PROTECTION */
    uint32_t loss;       /* of a million packets, how many get lost */
    uint64_t seed;       /* of the losses */
    const char
        *vision; /* ONNX file of the classifier in use, for codecs that run a part of it; may be null */
} ln_codec_settings;

/* How a picture gets under a budget. */
typedef enum ln_way {
    LN_WAY_NONE = 0, /* not at all: the codec always sends the same */
    LN_WAY_CUT = 1,  /* one stream, made without knowing the budget, is cut there */
    LN_WAY_FIT = 2   /* the sender knew the budget and encoded for it */
} ln_way;

/* A picture that was received within a budget. */
typedef struct ln_cut {
    void *stream; /* what `encode` made */
    ln_way way;
    size_t budget; /* bytes; ignored with LN_WAY_NONE */
    size_t bytes;  /* receives what was really sent: at most the budget, headers included */
    int nothing;   /* receives 1 when there is nothing to see: no file fits, or the cut is undecodable */
} ln_cut;

typedef struct ln_codec ln_codec;

typedef struct ln_codec_kind {
    const char *name; /* on the command line, before a colon */
    int ways;         /* LN_WAY_CUT and LN_WAY_FIT, as far as any of its variants has them */

    /* Fills state, width and height, and the ways and classes of a variant that has others than the
     * codec. `variant` is what follows the colon, or null. Errors: also LN_ERR_ARGUMENT, for a variant
     * that cannot be. `close` is called after an error, too. */
    ln_status (*open)(ln_codec *codec, const char *variant, const ln_codec_settings *settings,
                      ln_error *error);
    void (*close)(ln_codec *codec);

    /* Encodes a picture of the codec's size, read during the call only. `number` tells the pictures
     * of a run apart, so that each has losses of its own. *stream is the caller's to `forget`. */
    ln_status (*encode)(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                        ln_error *error);
    void (*forget)(void *stream);

    /* Receives `count` cuts of any streams together. `rgb` has room for count pictures; what it
     * holds of a cut with `nothing` is of no use. */
    ln_status (*receive)(ln_codec *codec, ln_cut *cuts, size_t count, uint8_t *rgb, ln_error *error);

    /* What an opened codec with `classes` does instead of `receive`; null where no variant has any.
     * `logits` has room for count x classes numbers; those of a cut with `nothing` are of no use. */
    ln_status (*recognise)(ln_codec *codec, ln_cut *cuts, size_t count, float *logits, ln_error *error);

    const struct ln_file_kind *file; /* of a codec that sends files (file_codec.h); else null */
} ln_codec_kind;

/* Every codec there is: X(NAME) for the ln_codec_kind ln_codec_NAME. */
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
    const char *name; /* as the caller gave it */
    const ln_codec_kind *kind;
    int bare;               /* a file's constant bytes do not count */
    int ways;               /* of its kind, as far as the variant has them */
    unsigned width, height; /* of the pictures it takes and gives */
    size_t classes;         /* that its receiver tells apart itself, giving no picture; 0: it gives one */
    long long changed; /* when the newest of the files was written that decide what it does; 0: none does */
    void *state;
};

/* Opens a codec by its name: "original", "limitnet:pyramid-224"; a codec of files also as
 * "webp-bare", which does not count the bytes that are the same in every picture.
 *   codec      receives it, the caller's to ln_codec_close; empty after an error
 *   name       must outlive the codec
 * Errors: LN_ERR_ARGUMENT (no codec has this name), and those of its `open`. */
ln_status ln_codec_open(ln_codec *codec, const char *name, const ln_codec_settings *settings,
                        ln_error *error);

/* Allowed on an empty codec. */
void ln_codec_close(ln_codec *codec);

/* For codecs: what they do depends on this file. */
void ln_codec_depends(ln_codec *codec, const char *path);

/* For codecs: the seed of a picture's losses. Each picture has one of its own, the same for every
 * codec and cut, and neighbouring seeds of the user share none of them. */
uint64_t ln_codec_seed(const ln_codec_settings *settings, size_t number);

/* For codecs that send `size` bytes which are of use only without a gap: how many arrive before the first
 * packet that gets lost. Packets are full but for the last one; numbers that they would need are not counted.
 */
size_t ln_codec_arrived(const ln_codec_settings *settings, uint64_t seed, size_t size);

#endif
