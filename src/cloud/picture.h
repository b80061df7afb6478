/* Memory of pictures, for the reader of picture files and for its formats. */
#ifndef LN_CLOUD_PICTURE_H
#define LN_CLOUD_PICTURE_H

#include <limitnet/cloud.h>

/* Makes a picture if a file may have this size.
 *   picture   the caller's to release with ln_picture_free; empty after an error
 *   name      of the file, for messages
 * Errors: LN_ERR_IO (too small or too large), LN_ERR_MEMORY. */
ln_status ln_picture_make_checked(ln_picture *picture, unsigned long width, unsigned long height,
                                  const char *name, ln_error *error);

/* Writes an RGBA pixel as it looks on white. */
static inline void ln_picture_on_white(uint8_t *rgb, const uint8_t *rgba)
{
    unsigned alpha = rgba[3];
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
}

#endif
