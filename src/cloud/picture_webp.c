#include "cloud/picture_formats.h"

#include "cloud/error.h"

#include <stdlib.h>
#include <string.h>
#include <webp/decode.h>

#define FILE_HEADER_BYTES 12 /* RIFF, the size of what follows, WEBP */
#define CHUNK_HEADER_BYTES 8 /* a name, and the size of what follows */
#define SIZE_AT 4            /* in both */
#define FLAGS_AT 20          /* what other chunks there are, where the first one is VP8X */
#define HAS_EXIF 8

/* ---- Pixels ---------------------------------------------------------------------------------- */

/* Decodes into rows of 3 or 4 bytes a pixel. Returns what libwebp says. */
static VP8StatusCode decode_into(uint8_t *pixels, int bytes_per_pixel, const ln_picture *picture,
                                 const ln_picture_file *file)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return VP8_STATUS_INVALID_PARAM;
    int stride = bytes_per_pixel * (int)picture->width;
    config.output.colorspace = bytes_per_pixel == 4 ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){pixels, stride, (size_t)stride * picture->height};
    return WebPDecode(file->bytes, file->size, &config);
}

static VP8StatusCode decode_on_white(const ln_picture *picture, const ln_picture_file *file)
{
    size_t count = (size_t)picture->width * picture->height;
    uint8_t *rgba = malloc(4 * count);
    VP8StatusCode done = rgba ? decode_into(rgba, 4, picture, file) : VP8_STATUS_OUT_OF_MEMORY;
    for (size_t i = 0; done == VP8_STATUS_OK && i < count; i++)
        ln_picture_on_white(picture->rgb + 3 * i, rgba + 4 * i);
    free(rgba);
    return done;
}

/* *damaged receives whether it failed because the file is not as it should be. */
static ln_status decode(ln_picture *picture, const ln_picture_file *file, int *damaged, ln_error *error)
{
    WebPBitstreamFeatures features;
    VP8StatusCode done = WebPGetFeatures(file->bytes, file->size, &features);
    *damaged = 0;
    if (done == VP8_STATUS_OK && features.has_animation)
        return ln_fail(error, LN_ERR_IO, "%s: an animated WebP: give a single picture", file->name);
    if (done == VP8_STATUS_OK) {
        ln_status status = ln_picture_make_checked(picture, (unsigned long)features.width,
                                                   (unsigned long)features.height, file->name, error);
        if (status != LN_OK)
            return status;
        done =
            features.has_alpha ? decode_on_white(picture, file) : decode_into(picture->rgb, 3, picture, file);
    }
    /* We abort nothing, so that means that there was no memory to set up the rows. */
    if (done == VP8_STATUS_OUT_OF_MEMORY || done == VP8_STATUS_USER_ABORT)
        return ln_fail_memory(error);
    *damaged = done != VP8_STATUS_OK;
    return *damaged ? ln_fail(error, LN_ERR_IO, "%s: the WebP file is damaged or cut short: copy it again",
                              file->name)
                    : LN_OK;
}

/* ---- Chunks, whose sizes may be off ----------------------------------------------------------- */

static size_t get_size(const uint8_t *header)
{
    const uint8_t *at = header + SIZE_AT;
    return at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
}

static void put_size(uint8_t *header, size_t size)
{
    for (unsigned i = 0; i < 4; i++)
        header[SIZE_AT + i] = (uint8_t)(size >> 8 * i);
}

/* How many bytes there are of the chunk at this place. */
static size_t bytes_left(size_t size, size_t at)
{
    return size - at - CHUNK_HEADER_BYTES;
}

/* Where the first chunk of this name begins; 0 if there is none. */
static size_t find_chunk(const uint8_t *bytes, size_t size, const char *name)
{
    for (size_t at = FILE_HEADER_BYTES; size - at >= CHUNK_HEADER_BYTES;) {
        size_t length = get_size(bytes + at);
        if (memcmp(bytes + at, name, 4) == 0)
            return at;
        length += length % 2;
        if (length > bytes_left(size, at))
            return 0;
        at += CHUNK_HEADER_BYTES + length;
    }
    return 0;
}

/* Makes the sizes of the file and of the chunk with the pixels those of the bytes that are there. If pixels
 * are among the bytes that are not, libwebp finds them missing. */
static void mend_sizes(uint8_t *bytes, size_t size)
{
    size_t at = find_chunk(bytes, size, "VP8 ");
    if (!at)
        at = find_chunk(bytes, size, "VP8L");
    if (at && get_size(bytes + at) > bytes_left(size, at))
        put_size(bytes + at, bytes_left(size, at));
    put_size(bytes, size - CHUNK_HEADER_BYTES);
}

/* Decodes a file again after its sizes were mended. */
static ln_status decode_mended(ln_picture *picture, const ln_picture_file *file, ln_error *error)
{
    uint8_t *bytes = malloc(file->size);
    if (!bytes)
        return ln_fail_memory(error);
    memcpy(bytes, file->bytes, file->size);
    mend_sizes(bytes, file->size);
    ln_picture_free(picture);
    int damaged;
    ln_status status = decode(picture, &(ln_picture_file){bytes, file->size, file->name}, &damaged, error);
    picture->cut = 1;
    free(bytes);
    return status;
}

/* ---- Orientation ----------------------------------------------------------------------------- */

static int has_exif(const ln_picture_file *file)
{
    return file->size > FLAGS_AT && memcmp(file->bytes + FILE_HEADER_BYTES, "VP8X", 4) == 0 &&
           file->bytes[FLAGS_AT] & HAS_EXIF;
}

/* EXIF data are behind the pixels, so they are what a file loses that is cut short. */
static unsigned orientation_of(const ln_picture_file *file, int is_cut)
{
    size_t at = find_chunk(file->bytes, file->size, "EXIF");
    if (!at)
        return is_cut && has_exif(file) ? LN_EXIF_CUT : LN_UPRIGHT;
    size_t length = get_size(file->bytes + at), left = bytes_left(file->size, at);
    if (length <= left)
        return ln_exif_orientation(file->bytes + at + CHUNK_HEADER_BYTES, length);
    unsigned found = ln_exif_orientation(file->bytes + at + CHUNK_HEADER_BYTES, left);
    return is_cut && found == LN_UPRIGHT ? LN_EXIF_CUT : found;
}

ln_status ln_picture_decode_webp(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                                 ln_error *error)
{
    int damaged;
    ln_error first;
    ln_status status = decode(picture, file, &damaged, &first);
    if (damaged)
        status = decode_mended(picture, file, error);
    else if (status != LN_OK && error)
        *error = first;
    if (status == LN_OK)
        *orientation = orientation_of(file, picture->cut);
    return status;
}
