/* Reading picture files, whatever their format. */
#include <limitnet/cloud.h>

#include "cloud/error.h"
#include "cloud/file.h"
#include "cloud/picture_formats.h"

#include <stdlib.h>
#include <string.h>

static int starts_with(const ln_picture_file *file, size_t at, const char *text)
{
    size_t length = strlen(text);
    return file->size >= at + length && memcmp(file->bytes + at, text, length) == 0;
}

typedef ln_status decoder(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                          ln_error *error);

/* The decoder for a file; null if its format is not known. */
static decoder *decoder_of(const ln_picture_file *file)
{
    if (starts_with(file, 0, "\xff\xd8\xff"))
        return ln_picture_decode_jpeg;
    if (starts_with(file, 0, "\x89PNG\r\n\x1a\n"))
        return ln_picture_decode_png;
    if (starts_with(file, 0, "RIFF") && starts_with(file, 8, "WEBP"))
        return ln_picture_decode_webp;
    if (starts_with(file, 0, "P6") || starts_with(file, 0, "P5"))
        return ln_picture_decode_pnm;
    return NULL;
}

int ln_picture_begins(const uint8_t *bytes, size_t size)
{
    return decoder_of(&(ln_picture_file){.bytes = bytes, .size = size}) != NULL;
}

static ln_status decode(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                        ln_error *error)
{
    decoder *suitable = decoder_of(file);
    if (suitable)
        return suitable(picture, file, orientation, error);
    if (file->size == 0)
        return ln_fail(error, LN_ERR_IO, "%s: the file is empty: give a picture", file->name);
    return ln_fail(error, LN_ERR_IO,
                   "%s: not a picture that can be read: give a JPEG, PNG, WebP or binary PPM file",
                   file->name);
}

static ln_status decode_and_turn(ln_picture *picture, const ln_picture_file *file, int as_stored,
                                 ln_error *error)
{
    if (!picture)
        return ln_fail_null(error, __func__);
    *picture = (ln_picture){0};
    if (!file->bytes || !file->name)
        return ln_fail_null(error, __func__);
    unsigned orientation = LN_UPRIGHT;
    ln_status status = decode(picture, file, &orientation, error);
    if (status == LN_OK && !orientation)
        status = ln_fail_memory(error);
    if (status == LN_OK && !as_stored && orientation == LN_EXIF_CUT)
        status =
            ln_fail(error, LN_ERR_IO,
                    "%s: the file is cut short: its pixels are there, but not all of the EXIF data that say "
                    "which side is up: copy it again, or read it as stored",
                    file->name);
    if (status == LN_OK && !as_stored)
        status = ln_picture_turn(picture, orientation, error);
    if (status != LN_OK)
        ln_picture_free(picture);
    return status;
}

static ln_status read(ln_picture *picture, const char *path, int as_stored, ln_error *error)
{
    if (!picture)
        return ln_fail_null(error, __func__);
    *picture = (ln_picture){0};
    if (!path)
        return ln_fail_null(error, __func__);
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(path, LN_PICTURE_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    status = decode_and_turn(picture, &(ln_picture_file){bytes, size, path}, as_stored, error);
    free(bytes);
    return status;
}

ln_status ln_picture_decode(ln_picture *picture, const uint8_t *bytes, size_t size, const char *name,
                            ln_error *error)
{
    return decode_and_turn(picture, &(ln_picture_file){bytes, size, name}, 0, error);
}

ln_status ln_picture_decode_as_stored(ln_picture *picture, const uint8_t *bytes, size_t size,
                                      const char *name, ln_error *error)
{
    return decode_and_turn(picture, &(ln_picture_file){bytes, size, name}, 1, error);
}

ln_status ln_picture_read(ln_picture *picture, const char *path, ln_error *error)
{
    return read(picture, path, 0, error);
}

ln_status ln_picture_read_as_stored(ln_picture *picture, const char *path, ln_error *error)
{
    return read(picture, path, 1, error);
}
