/* WebP, lossy, one whole file: libwebp at its slowest method.
 *
 * Bare: without the headers of RIFF and of its chunk (20 bytes, which follow from the length) and without the
 * start code and size in the VP8 frame (7 bytes). */
#include "codecs/file_codec.h"

#include "cloud/error.h"

#include <webp/encode.h>

#define SLOWEST 6

static ln_status fail(const WebPPicture *source, ln_error *error)
{
    /* Importing rows gives no reason then, and the writer has memory of its own. */
    WebPEncodingError why = source->error_code;
    if (why == VP8_ENC_OK || why == VP8_ENC_ERROR_OUT_OF_MEMORY ||
        why == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY || why == VP8_ENC_ERROR_BAD_WRITE)
        return ln_fail_memory(error);
    return ln_fail(error, LN_ERR_IO, "libwebp cannot encode this picture");
}

static ln_status encode(const ln_picture *picture, int quality, int bare, ln_coded *coded, ln_error *error)
{
    (void)bare;
    WebPConfig config;
    WebPPicture source = {0};
    WebPMemoryWriter writer;
    if (!WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, (float)quality) || !WebPPictureInit(&source))
        return fail(&source, error);
    config.method = SLOWEST;
    source.width = (int)picture->width;
    source.height = (int)picture->height;
    source.writer = WebPMemoryWrite;
    source.custom_ptr = &writer;
    WebPMemoryWriterInit(&writer);
    int good = WebPPictureImportRGB(&source, picture->rgb, 3 * source.width) && WebPEncode(&config, &source);
    ln_status status = good ? ln_coded_copy(coded, writer.mem, writer.size, error) : fail(&source, error);
    WebPMemoryWriterClear(&writer);
    WebPPictureFree(&source);
    return status;
}

static ln_status decode(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error)
{
    return ln_picture_decode(picture, bytes, size, "WebP", error);
}

static size_t constant(const ln_coded *coded, ln_span *spans)
{
    (void)coded;
    spans[0] = (ln_span){0, 20};
    spans[1] = (ln_span){23, 30}; /* behind the frame's tag */
    return 2;
}

const ln_format ln_format_webp = {.qualities = 101, .encode = encode, .decode = decode, .constant = constant};

static const ln_file_kind file = {.format = &ln_format_webp};

const ln_codec_kind ln_codec_webp = {.name = "webp", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &file};
