/* AVIF, one whole file: libavif with libaom, 4:2:0, a single picture.
 *
 * Bare: only the AV1 frame counts, which saves about 290 bytes. The boxes around it, the temporal delimiter
 * and the sequence header are constant or follow from the length. */
#include "codecs/file_codec.h"

#include "cloud/error.h"

#include <avif/avif.h>
#include <string.h>

#define QUALITIES (AVIF_QUANTIZER_WORST_QUALITY + 1)
#define SPEED 6 /* libavif's default, on a scale from 0 (slowest) to 10 */

/* Types of the OBUs before the frame (AV1 specification, 6.2.2). */
enum { SEQUENCE_HEADER = 1, TEMPORAL_DELIMITER = 2 };

/* ---- Encoding -------------------------------------------------------------------------------- */

static ln_status fail(avifResult result, ln_error *error)
{
    if (result == AVIF_RESULT_OUT_OF_MEMORY)
        return ln_fail_memory(error);
    return ln_fail(error, LN_ERR_IO, "libavif: %s", avifResultToString(result));
}

static avifResult to_yuv(avifImage *image, const ln_picture *picture)
{
    avifRGBImage rgb;
    avifRGBImageSetDefaults(&rgb, image);
    rgb.format = AVIF_RGB_FORMAT_RGB;
    rgb.pixels = picture->rgb;
    rgb.rowBytes = picture->width * 3;
    return avifImageRGBToYUV(image, &rgb);
}

static avifResult write_file(avifEncoder *encoder, const ln_picture *picture, int quantizer, avifRWData *file)
{
    avifImage *image = avifImageCreate(picture->width, picture->height, 8, AVIF_PIXEL_FORMAT_YUV420);
    if (!image)
        return AVIF_RESULT_OUT_OF_MEMORY;
    encoder->codecChoice = AVIF_CODEC_CHOICE_AOM;
    encoder->speed = SPEED;
    encoder->minQuantizer = encoder->maxQuantizer = quantizer;
    avifResult result = to_yuv(image, picture);
    if (result == AVIF_RESULT_OK)
        result = avifEncoderWrite(encoder, image, file);
    avifImageDestroy(image);
    return result;
}

static ln_status encode(const ln_picture *picture, int quality, int bare, ln_coded *coded, ln_error *error)
{
    (void)bare;
    avifRWData file = AVIF_DATA_EMPTY;
    avifEncoder *encoder = avifEncoderCreate();
    if (!encoder)
        return ln_fail_memory(error);
    avifResult result = write_file(encoder, picture, QUALITIES - 1 - quality, &file);
    ln_status status =
        result == AVIF_RESULT_OK ? ln_coded_copy(coded, file.data, file.size, error) : fail(result, error);
    avifRWDataFree(&file);
    avifEncoderDestroy(encoder);
    return status;
}

/* ---- Decoding -------------------------------------------------------------------------------- */

static ln_status to_rgb(const avifImage *image, ln_picture *picture, ln_error *error)
{
    ln_status status = ln_picture_make(picture, image->width, image->height, error);
    if (status != LN_OK)
        return status;
    avifRGBImage rgb;
    avifRGBImageSetDefaults(&rgb, image);
    rgb.format = AVIF_RGB_FORMAT_RGB;
    rgb.depth = 8;
    rgb.pixels = picture->rgb;
    rgb.rowBytes = image->width * 3;
    avifResult result = avifImageYUVToRGB(image, &rgb);
    if (result == AVIF_RESULT_OK)
        return LN_OK;
    ln_picture_free(picture);
    return fail(result, error);
}

static ln_status decode(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error)
{
    *picture = (ln_picture){0};
    avifDecoder *decoder = avifDecoderCreate();
    avifImage *image = avifImageCreateEmpty();
    ln_status status = LN_ERR_MEMORY;
    if (decoder && image) {
        avifResult result = avifDecoderReadMemory(decoder, image, bytes, size);
        status = result == AVIF_RESULT_OK ? to_rgb(image, picture, error) : fail(result, error);
    } else {
        ln_fail_memory(error);
    }
    if (image)
        avifImageDestroy(image);
    if (decoder)
        avifDecoderDestroy(decoder);
    return status;
}

/* ---- Constant bytes -------------------------------------------------------------------------- */

static size_t big_endian(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
}

/* Offset of the AV1 data: behind the header of the last box, which is `mdat`. */
static size_t data_of(const ln_coded *coded)
{
    size_t at = 0;
    while (coded->size - at > 8 && memcmp(coded->bytes + at + 4, "mdat", 4) != 0) {
        size_t box = big_endian(coded->bytes + at);
        if (box < 8 || box > coded->size - at)
            return at;
        at += box;
    }
    return coded->size - at > 8 ? at + 8 : at;
}

/* Whether the OBU at `at` is one of those before the frame. Its type is in four bits of its first byte; its
 * size, below 128, is the second byte. */
static int is_before_frame(const ln_coded *coded, size_t at)
{
    if (coded->size - at < 2 || coded->bytes[at + 1] >= coded->size - at - 2)
        return 0;
    unsigned kind = coded->bytes[at] >> 3 & 15u;
    return kind == TEMPORAL_DELIMITER || kind == SEQUENCE_HEADER;
}

static size_t constant(const ln_coded *coded, ln_span *spans)
{
    size_t end = data_of(coded);
    while (is_before_frame(coded, end))
        end += 2u + coded->bytes[end + 1];
    spans[0] = (ln_span){0, end};
    return 1;
}

static const ln_format format = {
    .qualities = QUALITIES, .encode = encode, .decode = decode, .constant = constant};

static const ln_file_kind file = {.format = &format};

const ln_codec_kind ln_codec_avif = {.name = "avif", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &file};
