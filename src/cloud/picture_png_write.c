#include "cloud/picture.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <png.h>
#include <stdlib.h>

ln_status ln_picture_encode_png(const ln_picture *picture, const char *name, uint8_t **bytes, size_t *size,
                                ln_error *error)
{
    *bytes = NULL;
    if (!picture->rgb)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: there is no picture to write", name);
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = picture->width,
                     .height = picture->height,
                     .format = PNG_FORMAT_RGB};
    *size = PNG_IMAGE_PNG_SIZE_MAX(png);
    *bytes = malloc(*size);
    if (!*bytes)
        return ln_fail_memory(error);
    if (png_image_write_to_memory(&png, *bytes, size, 0, picture->rgb, 0, NULL))
        return LN_OK;
    free(*bytes);
    *bytes = NULL;
    return ln_fail_memory(error); /* nothing else can fail: there is room for the largest file */
}

ln_status ln_picture_write_png(const ln_picture *picture, const char *path, ln_error *error)
{
    if (!picture || !path)
        return ln_fail_null(error, __func__);
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_picture_encode_png(picture, path, &bytes, &size, error);
    if (status == LN_OK)
        status = ln_file_write(path, bytes, size, error);
    free(bytes);
    return status;
}
