/* Codecs to be compared, behind one small interface: a picture is encoded once and then shows how
 * it looks when it was received within any number of bytes.
 *
 * A codec is one file, named in CMakeLists.txt, and one line of the list in codec.c. */
#ifndef LN_EVAL_CODEC_H
#define LN_EVAL_CODEC_H

#include "cloud/error.h"
#include "cloud/picture.h"

#include <stddef.h>
#include <stdint.h>

/* How pictures are sent; a codec takes what concerns it. */
typedef struct ln_codec_settings {
    const char *model;   /* of limitnet where the codec's name has none; null: the default */
    size_t mtu;          /* bytes of a packet at most, LN_MIN_PAYLOAD..LN_MAX_PAYLOAD */
    unsigned protection; /* percent of the packets that are repair packets, 0..LN_MOST_PROTECTION */
    uint32_t loss;       /* of a million packets, how many get lost */
    uint64_t seed;       /* of the losses */
} ln_codec_settings;

/* A picture that was received within a budget. */
typedef struct ln_cut {
    void *stream;  /* what `encode` made */
    size_t budget; /* bytes; ignored by a codec that is not `sized` */
    size_t bytes;  /* receives what was really sent: at most the budget, headers included */
} ln_cut;

typedef struct ln_codec ln_codec;

typedef struct ln_codec_kind {
    const char *name; /* on the command line, before a colon */
    int sized;        /* 0: always sends the same, whatever the budget */

    /* Fills state, width and height. `variant` is what follows the colon, or null. Errors: also
     * LN_ERR_ARGUMENT, for a variant that cannot be. `close` is called after an error, too. */
    ln_status (*open)(ln_codec *codec, const char *variant, const ln_codec_settings *settings,
                      ln_error *error);
    void (*close)(ln_codec *codec);

    /* Encodes a picture of the codec's size, read during the call only. `number` tells the pictures
     * of a run apart, so that each has losses of its own. *stream is the caller's to `forget`. */
    ln_status (*encode)(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                        ln_error *error);
    void (*forget)(void *stream);

    /* Receives `count` cuts of any streams together. `rgb` has room for count pictures. */
    ln_status (*receive)(ln_codec *codec, ln_cut *cuts, size_t count, uint8_t *rgb, ln_error *error);
} ln_codec_kind;

extern const ln_codec_kind ln_codec_limitnet, ln_codec_original;

struct ln_codec {
    const char *name; /* as the caller gave it */
    const ln_codec_kind *kind;
    unsigned width, height; /* of the pictures it takes and gives */
    void *state;
};

/* Opens a codec by its name: "original", "limitnet:pyramid-224".
 *   codec      receives it, the caller's to ln_codec_close; empty after an error
 *   name       must outlive the codec
 * Errors: LN_ERR_ARGUMENT (no codec has this name), and those of its `open`. */
ln_status ln_codec_open(ln_codec *codec, const char *name, const ln_codec_settings *settings,
                        ln_error *error);

/* Allowed on an empty codec. */
void ln_codec_close(ln_codec *codec);

#endif
