/* Inside the image reader: one function a format. Each gets an empty picture, checks the size that
 * the header gives before it makes memory, and may leave a half-filled picture behind an error:
 * ln_picture_decode releases it. */
#ifndef LN_CLOUD_PICTURE_FORMATS_H
#define LN_CLOUD_PICTURE_FORMATS_H

#include <limitnet/cloud.h>

typedef struct ln_picture_file {
    const uint8_t *bytes;
    size_t size;
    const char *name; /* for messages */
} ln_picture_file;

ln_status ln_picture_decode_jpeg(ln_picture *picture, const ln_picture_file *file, ln_error *error);
ln_status ln_picture_decode_png(ln_picture *picture, const ln_picture_file *file, ln_error *error);
ln_status ln_picture_decode_webp(ln_picture *picture, const ln_picture_file *file, ln_error *error);
ln_status ln_picture_decode_pnm(ln_picture *picture, const ln_picture_file *file, ln_error *error);

/* Makes the picture if a file may have this size. */
ln_status ln_picture_make_checked(ln_picture *picture, unsigned long width, unsigned long height,
                                  const char *name, ln_error *error);

/* Writes one RGBA pixel as it looks on white. */
static inline void ln_picture_on_white(uint8_t *rgb, const uint8_t *rgba)
{
    unsigned alpha = rgba[3];
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
}

#endif
