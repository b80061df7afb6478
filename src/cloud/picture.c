#include <limitnet/cloud.h>

#include "cloud/error.h"
#include "cloud/file.h"
#include "cloud/picture_formats.h"

#include <stdlib.h>
#include <string.h>

/* A picture at the limit as 16-bit PPM, with something to spare. */
#define MOST_FILE_BYTES (LN_PICTURE_MAX_PIXELS * 6 + (1 << 20))

ln_status ln_picture_make(ln_picture *picture, unsigned width, unsigned height, ln_error *error)
{
    *picture = (ln_picture){0};
    if (width < 1 || height < 1 || width > LN_PICTURE_MAX_SIDE || height > LN_PICTURE_MAX_SIDE ||
        (unsigned long)width * height > LN_PICTURE_MAX_PIXELS)
        return ln_fail(error, LN_ERR_ARGUMENT, "a picture cannot have %u x %u pixels", width, height);
    uint8_t *rgb = calloc((size_t)width * height, 3);
    if (!rgb)
        return ln_fail_memory(error);
    *picture = (ln_picture){width, height, rgb};
    return LN_OK;
}

void ln_picture_free(ln_picture *picture)
{
    free(picture->rgb);
    *picture = (ln_picture){0};
}

ln_status ln_picture_make_checked(ln_picture *picture, unsigned long width, unsigned long height,
                                  const char *name, ln_error *error)
{
    if (width < LN_PICTURE_MIN_SIDE || height < LN_PICTURE_MIN_SIDE)
        return ln_fail(error, LN_ERR_IO,
                       "%s: the picture has only %lu x %lu pixels: give one of at least %d x %d", name, width,
                       height, LN_PICTURE_MIN_SIDE, LN_PICTURE_MIN_SIDE);
    if (width > LN_PICTURE_MAX_SIDE || height > LN_PICTURE_MAX_SIDE || width * height > LN_PICTURE_MAX_PIXELS)
        return ln_fail(error, LN_ERR_IO,
                       "%s: the picture has %lu x %lu pixels: scale it down to at most %d a side "
                       "and %lu million in all",
                       name, width, height, LN_PICTURE_MAX_SIDE, LN_PICTURE_MAX_PIXELS / 1000000);
    return ln_picture_make(picture, (unsigned)width, (unsigned)height, error);
}

static int starts_with(const ln_picture_file *file, size_t at, const char *text)
{
    size_t length = strlen(text);
    return file->size >= at + length && memcmp(file->bytes + at, text, length) == 0;
}

static ln_status decode(ln_picture *picture, const ln_picture_file *file, ln_error *error)
{
    if (starts_with(file, 0, "\xff\xd8\xff"))
        return ln_picture_decode_jpeg(picture, file, error);
    if (starts_with(file, 0, "\x89PNG\r\n\x1a\n"))
        return ln_picture_decode_png(picture, file, error);
    if (starts_with(file, 0, "RIFF") && starts_with(file, 8, "WEBP"))
        return ln_picture_decode_webp(picture, file, error);
    if (starts_with(file, 0, "P6") || starts_with(file, 0, "P5"))
        return ln_picture_decode_pnm(picture, file, error);
    if (file->size == 0)
        return ln_fail(error, LN_ERR_IO, "%s: the file is empty: give a picture", file->name);
    return ln_fail(error, LN_ERR_IO,
                   "%s: not a picture that can be read: give a JPEG, PNG, WebP or binary PPM file",
                   file->name);
}

ln_status ln_picture_decode(ln_picture *picture, const uint8_t *bytes, size_t size, const char *name,
                            ln_error *error)
{
    *picture = (ln_picture){0};
    ln_picture_file file = {bytes, size, name};
    ln_status status = decode(picture, &file, error);
    if (status != LN_OK)
        ln_picture_free(picture);
    return status;
}

ln_status ln_picture_read(ln_picture *picture, const char *path, ln_error *error)
{
    *picture = (ln_picture){0};
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(path, MOST_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    status = ln_picture_decode(picture, bytes, size, path, error);
    free(bytes);
    return status;
}
