/* Progressive JPEG. Cut: one file of quality 60, as in the paper. Fitted: the best whole file.
 *
 * Bare: the scans' data, the Huffman tables and one byte for the quality count. */
#include "codecs/file_codec.h"
#include "codecs/jpeg_file.h"

#define STREAM_QUALITY 60

static ln_status encode(const ln_picture *picture, int quality, int bare, ln_coded *coded, ln_error *error)
{
    (void)bare;
    ln_jpeg_settings settings = {.quality = quality + 1, .progressive = 1};
    return ln_jpeg_encode(picture, &settings, coded, error);
}

static ln_status encode_stream(const ln_picture *picture, int bare, ln_coded *coded, ln_error *error)
{
    return encode(picture, STREAM_QUALITY - 1, bare, coded, error);
}

static size_t constant(const ln_coded *coded, ln_span *spans)
{
    return ln_jpeg_constant(coded, 0, spans);
}

static const ln_format format = {.qualities = 100,
                                 .encode = encode,
                                 .encode_stream = encode_stream,
                                 .decode = ln_jpeg_decode_beginning,
                                 .constant = constant};

static const ln_file_kind file = {.format = &format};

const ln_codec_kind ln_codec_pjpeg = {
    .name = "pjpeg", .ways = LN_WAY_CUT | LN_WAY_FIT, LN_FILE_CODEC, .file = &file};
