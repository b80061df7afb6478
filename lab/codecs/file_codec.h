/* Codecs that send a file: the best file that fits the budget or, where the format can be cut, the beginning
 * of one file. Such a codec is a format (format.h) and these functions; see codec_webp.c.
 *
 * A variant is the side of the coded picture: `webp:32` takes and delivers pictures of 32x32, such as
 * CIFAR's; `shrink+webp:96` shrinks every picture to 96x96 and enlarges it again.
 *
 * A file goes out once, in packets of at most the settings' `mtu`. On a link that loses packets, bytes behind
 * the first lost packet are useless, and a fitted file is needed whole. The sequence numbers that such
 * packets need in practice are not counted. In a simulation they are: see stream_packets.h. */
#ifndef LN_LAB_FILE_CODEC_H
#define LN_LAB_FILE_CODEC_H

#include "codecs/codec.h"
#include "codecs/format.h"

/* The side that a picture is shrunk to, from this budget on. */
typedef struct ln_shrink {
    size_t budget; /* bytes */
    unsigned side; /* pixels */
} ln_shrink;

typedef struct ln_file_kind {
    const ln_format *format;
    const ln_shrink *shrink; /* by ascending budget; null: the picture keeps its size */
    size_t shrinks;
} ln_file_kind;

ln_status ln_file_codec_open(ln_codec *codec, const char *variant, const ln_codec_settings *settings,
                             ln_error *error);
void ln_file_codec_close(ln_codec *codec);
ln_status ln_file_codec_encode(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                               ln_error *error);
void ln_file_codec_forget(void *stream);
ln_status ln_file_codec_receive(ln_codec *codec, ln_delivery *deliveries, size_t count, uint8_t *rgb,
                                ln_error *error);
ln_status ln_file_codec_pack(ln_codec *codec, const ln_picture *picture, ln_packets *packets,
                             ln_error *error);
ln_status ln_file_codec_show(ln_codec *codec, const ln_packets *arrived, uint8_t *rgb, ln_error *error);

/* The part of an ln_codec_kind that all codecs of files have in common. */
#define LN_FILE_CODEC                                                                                        \
    .open = ln_file_codec_open, .close = ln_file_codec_close, .encode = ln_file_codec_encode,                \
    .forget = ln_file_codec_forget, .receive = ln_file_codec_receive, .pack = ln_file_codec_pack,            \
    .show = ln_file_codec_show

#endif
