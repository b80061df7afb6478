#include "cloud/picture.h"

#include "cloud/error.h"

#include <stdlib.h>

ln_status ln_picture_make(ln_picture *picture, unsigned width, unsigned height, ln_error *error)
{
    if (!picture)
        return ln_fail_null(error, __func__);
    *picture = (ln_picture){0};
    if (width < 1 || height < 1 || width > LN_PICTURE_MAX_SIDE || height > LN_PICTURE_MAX_SIDE ||
        (unsigned long)width * height > LN_PICTURE_MAX_PIXELS)
        return ln_fail(error, LN_ERR_ARGUMENT, "a picture cannot have %u x %u pixels", width, height);
    uint8_t *rgb = calloc((size_t)width * height, 3);
    if (!rgb)
        return ln_fail_memory(error);
    *picture = (ln_picture){.width = width, .height = height, .rgb = rgb};
    return LN_OK;
}

void ln_picture_free(ln_picture *picture)
{
    if (!picture)
        return;
    free(picture->rgb);
    *picture = (ln_picture){0};
}

ln_status ln_picture_make_checked(ln_picture *picture, unsigned long width, unsigned long height,
                                  const char *name, ln_error *error)
{
    *picture = (ln_picture){0};
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
