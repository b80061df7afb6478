/* Codecs that send a file: of the best quality that fits, or, where the format can be cut, of the
 * beginning of one file. A codec is a format (format.h) and these functions; see codec_webp.c.
 *
 * A variant is the side of the picture that is coded: `webp:32` takes and gives pictures of 32x32,
 * as CIFAR's are; `shrink+webp:96` shrinks every picture to 96x96 and enlarges it again.
 *
 * On a link that loses packets a file goes out once, in packets of the settings' size: what lies behind
 * a gap is of no use, and a fitted file is needed whole. Numbers that packets would need are not counted. */
#ifndef LN_LAB_FILE_CODEC_H
#define LN_LAB_FILE_CODEC_H

#include "codecs/codec.h"
#include "codecs/format.h"

/* To which side a picture is shrunk when it gets at least so many bytes. */
typedef struct ln_shrink {
    size_t budget;
    unsigned side;
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
ln_status ln_file_codec_receive(ln_codec *codec, ln_cut *cuts, size_t count, uint8_t *rgb, ln_error *error);

/* What every codec of files has in common, for its ln_codec_kind. */
#define LN_FILE_CODEC                                                                                        \
    .open = ln_file_codec_open, .close = ln_file_codec_close, .encode = ln_file_codec_encode,                \
    .forget = ln_file_codec_forget, .receive = ln_file_codec_receive

#endif
