#include "cloud/file.h"

#include "cloud/error.h"
#include "cloud/picture_formats.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

/* ---- Reading --------------------------------------------------------------------------------- */

typedef struct {
    ln_picture_file file;
    size_t at;
    uint8_t *rgba; /* null for a picture without transparency */
    png_bytep *rows;
} reader;

static void leave(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

static void read_bytes(png_structp png, png_bytep bytes, size_t size)
{
    reader *from = png_get_io_ptr(png);
    if (from->file.size - from->at < size)
        png_error(png, "cut short");
    memcpy(bytes, from->file.bytes + from->at, size);
    from->at += size;
}

/* Has every kind of PNG decoded as 8-bit RGB, or as RGBA if it may be transparent. Returns whether it is
 * RGBA. */
static int ask_for_rgb(png_structp png, png_infop info)
{
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return png_get_channels(png, info) == 4;
}

static ln_status read_pixels(reader *from, png_structp png, png_infop info, ln_picture *picture,
                             ln_error *error)
{
    png_set_read_fn(png, from, read_bytes);
    png_set_user_limits(png, 0x7fffffff, 0x7fffffff); /* our own limits give a clearer message */
    png_read_info(png, info);
    ln_status status = ln_picture_make_checked(picture, png_get_image_width(png, info),
                                               png_get_image_height(png, info), from->file.name, error);
    if (status != LN_OK)
        return status;
    int alpha = ask_for_rgb(png, info);

    size_t pixels = (size_t)picture->width * picture->height;
    from->rgba = alpha ? malloc(pixels * 4) : NULL;
    from->rows = malloc(picture->height * sizeof *from->rows);
    if ((alpha && !from->rgba) || !from->rows)
        return ln_fail_memory(error);
    for (size_t y = 0; y < picture->height; y++)
        from->rows[y] = alpha ? from->rgba + y * picture->width * 4 : picture->rgb + y * picture->width * 3;
    png_read_image(png, from->rows);
    png_read_end(png, NULL);
    for (size_t i = 0; alpha && i < pixels; i++)
        ln_picture_on_white(picture->rgb + 3 * i, from->rgba + 4 * i);
    return LN_OK;
}

ln_status ln_picture_decode_png(ln_picture *picture, const ln_picture_file *file, ln_error *error)
{
    reader *from = calloc(1, sizeof *from);
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, leave, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    volatile ln_status status;
    if (!from || !info) {
        status = ln_fail_memory(error);
    } else if (setjmp(png_jmpbuf(png))) {
        status =
            ln_fail(error, LN_ERR_IO, "%s: the PNG file is damaged or cut short: copy it again", file->name);
    } else {
        from->file = *file;
        status = read_pixels(from, png, info, picture, error);
    }
    png_destroy_read_struct(&png, &info, NULL);
    if (from) {
        free(from->rgba);
        free(from->rows);
    }
    free(from);
    return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

ln_status ln_picture_write_png(const ln_picture *picture, const char *path, ln_error *error)
{
    if (!picture || !path)
        return ln_fail_null(error, __func__);
    if (!picture->rgb)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: there is no picture to write", path);
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = picture->width,
                     .height = picture->height,
                     .format = PNG_FORMAT_RGB};
    size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
    uint8_t *bytes = malloc(size);
    if (!bytes)
        return ln_fail_memory(error);
    ln_status status;
    if (png_image_write_to_memory(&png, bytes, &size, 0, picture->rgb, 0, NULL))
        status = ln_file_write(path, bytes, size, error);
    else
        status = ln_fail(error, LN_ERR_IO, "%s: the PNG file cannot be made: %s", path, png.message);
    free(bytes);
    return status;
}
