#include "cloud/picture_formats.h"

#include "cloud/error.h"

#include <stdlib.h>
#include <webp/decode.h>

static ln_status fail_damaged(const ln_picture_file *file, ln_error *error)
{
    return ln_fail(error, LN_ERR_IO, "%s: the WebP file is damaged or cut short: copy it again", file->name);
}

static ln_status decode_on_white(ln_picture *picture, const ln_picture_file *file, ln_error *error)
{
    int width, height;
    uint8_t *rgba = WebPDecodeRGBA(file->bytes, file->size, &width, &height);
    if (!rgba || width != (int)picture->width || height != (int)picture->height) {
        WebPFree(rgba);
        return fail_damaged(file, error);
    }
    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++)
        ln_picture_on_white(picture->rgb + 3 * i, rgba + 4 * i);
    WebPFree(rgba);
    return LN_OK;
}

ln_status ln_picture_decode_webp(ln_picture *picture, const ln_picture_file *file, ln_error *error)
{
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(file->bytes, file->size, &features) != VP8_STATUS_OK)
        return fail_damaged(file, error);
    if (features.has_animation)
        return ln_fail(error, LN_ERR_IO, "%s: an animated WebP: give a single picture", file->name);
    ln_status status = ln_picture_make_checked(picture, (unsigned long)features.width,
                                               (unsigned long)features.height, file->name, error);
    if (status != LN_OK)
        return status;
    if (features.has_alpha)
        return decode_on_white(picture, file, error);
    int stride = 3 * (int)picture->width;
    size_t room = (size_t)stride * picture->height;
    if (!WebPDecodeRGBInto(file->bytes, file->size, picture->rgb, room, stride))
        return fail_damaged(file, error);
    return LN_OK;
}
