/* JPEG XL, one whole file, a codestream without a container: libjxl.
 *
 * It cannot be cut. For pictures of up to 256x256 pixels the encoder makes a single section, whatever
 * progressive options are set, and the decoder (0.7) shows nothing of a section before it is whole.
 *
 * Bare: without the signature and the size (4 bytes). */
#include "codecs/file_codec.h"

#include "cloud/error.h"

#include <jxl/decode.h>
#include <jxl/encode.h>
#include <math.h>
#include <stdlib.h>

#define QUALITIES 128
#define LARGEST_DISTANCE 25.0 /* libjxl's limit, the worst quality */
#define LEAST_DISTANCE 0.5
#define HEADER_BYTES 4

/* ---- Encoding -------------------------------------------------------------------------------- */

static int add_picture(JxlEncoder *encoder, const ln_picture *picture, double distance)
{
    static const JxlPixelFormat format = {3, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
    JxlBasicInfo info;
    JxlColorEncoding colour;
    JxlEncoderInitBasicInfo(&info);
    info.xsize = picture->width;
    info.ysize = picture->height;
    info.bits_per_sample = 8;
    info.uses_original_profile = JXL_FALSE;
    JxlColorEncodingSetToSRGB(&colour, JXL_FALSE);
    JxlEncoderFrameSettings *settings = JxlEncoderFrameSettingsCreate(encoder, NULL);
    size_t size = (size_t)picture->width * picture->height * 3;
    if (!settings || JxlEncoderSetBasicInfo(encoder, &info) != JXL_ENC_SUCCESS ||
        JxlEncoderSetColorEncoding(encoder, &colour) != JXL_ENC_SUCCESS ||
        JxlEncoderSetFrameDistance(settings, (float)distance) != JXL_ENC_SUCCESS ||
        JxlEncoderAddImageFrame(settings, &format, picture->rgb, size) != JXL_ENC_SUCCESS)
        return 0;
    JxlEncoderCloseInput(encoder);
    return 1;
}

static ln_status write_file(JxlEncoder *encoder, const ln_picture *picture, ln_coded *coded, ln_error *error)
{
    /* More than any lossy file takes. */
    size_t room = (size_t)picture->width * picture->height * 3 + 4096, left = room;
    uint8_t *bytes = malloc(room), *next = bytes;
    if (!bytes)
        return ln_fail_memory(error);
    ln_status status;
    if (JxlEncoderProcessOutput(encoder, &next, &left) == JXL_ENC_SUCCESS)
        status = ln_coded_copy(coded, bytes, room - left, error);
    else
        status = ln_fail(error, LN_ERR_IO, "libjxl cannot encode this picture");
    free(bytes);
    return status;
}

static ln_status encode(const ln_picture *picture, int quality, int bare, ln_coded *coded, ln_error *error)
{
    (void)bare;
    double distance =
        LARGEST_DISTANCE * pow(LEAST_DISTANCE / LARGEST_DISTANCE, (double)quality / (QUALITIES - 1));
    JxlEncoder *encoder = JxlEncoderCreate(NULL);
    if (!encoder)
        return ln_fail_memory(error);
    ln_status status = add_picture(encoder, picture, distance)
                           ? write_file(encoder, picture, coded, error)
                           : ln_fail(error, LN_ERR_IO, "libjxl refuses this picture");
    JxlEncoderDestroy(encoder);
    return status;
}

/* ---- Decoding -------------------------------------------------------------------------------- */

static ln_status make_room(JxlDecoder *decoder, ln_picture *picture, ln_error *error)
{
    static const JxlPixelFormat format = {3, JXL_TYPE_UINT8, JXL_NATIVE_ENDIAN, 0};
    JxlBasicInfo info;
    if (JxlDecoderGetBasicInfo(decoder, &info) != JXL_DEC_SUCCESS)
        return ln_fail(error, LN_ERR_IO, "libjxl cannot read the size");
    ln_status status = ln_picture_make(picture, info.xsize, info.ysize, error);
    size_t size = (size_t)picture->width * picture->height * 3;
    if (status == LN_OK &&
        JxlDecoderSetImageOutBuffer(decoder, &format, picture->rgb, size) != JXL_DEC_SUCCESS)
        status = ln_fail(error, LN_ERR_IO, "libjxl cannot decode this file");
    return status;
}

static ln_status show(JxlDecoder *decoder, ln_picture *picture, ln_error *error)
{
    JxlDecoderStatus event = JxlDecoderProcessInput(decoder);
    if (event == JXL_DEC_NEED_IMAGE_OUT_BUFFER) {
        ln_status status = make_room(decoder, picture, error);
        if (status != LN_OK)
            return status;
        event = JxlDecoderProcessInput(decoder);
    }
    return event == JXL_DEC_FULL_IMAGE ? LN_OK : ln_fail(error, LN_ERR_IO, "libjxl cannot decode this file");
}

static ln_status decode(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error)
{
    *picture = (ln_picture){0};
    JxlDecoder *decoder = JxlDecoderCreate(NULL);
    if (!decoder)
        return ln_fail_memory(error);
    ln_status status;
    if (JxlDecoderSubscribeEvents(decoder, JXL_DEC_FULL_IMAGE) == JXL_DEC_SUCCESS &&
        JxlDecoderSetInput(decoder, bytes, size) == JXL_DEC_SUCCESS)
        status = show(decoder, picture, error);
    else
        status = ln_fail(error, LN_ERR_IO, "libjxl does not start");
    JxlDecoderDestroy(decoder);
    if (status != LN_OK)
        ln_picture_free(picture);
    return status;
}

static size_t constant(const ln_coded *coded, ln_span *spans)
{
    (void)coded;
    spans[0] = (ln_span){0, HEADER_BYTES};
    return 1;
}

static const ln_format format = {
    .qualities = QUALITIES, .encode = encode, .decode = decode, .constant = constant};

static const ln_file_kind file = {.format = &format};

const ln_codec_kind ln_codec_jxl = {.name = "jxl", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &file};
