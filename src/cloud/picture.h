/* Memory of pictures, for the reader of picture files and for its formats. */
#ifndef LN_CLOUD_PICTURE_H
#define LN_CLOUD_PICTURE_H

#include <limitnet/cloud.h>

/* The largest picture file that is read: enough for a picture of the largest size as 16-bit PPM. */
#define LN_PICTURE_FILE_BYTES (LN_PICTURE_MAX_PIXELS * 6 + (1 << 20))

/* Makes a picture if a file may have this size.
 *   picture   the caller's to release with ln_picture_free; empty after an error
 *   name      of the file, for messages
 * Errors: LN_ERR_IO (too small or too large), LN_ERR_MEMORY. */
ln_status ln_picture_make_checked(ln_picture *picture, unsigned long width, unsigned long height,
                                  const char *name, ln_error *error);

#define LN_PICTURE_BEGINNING 12 /* bytes that tell the format of a picture file */

/* Whether a file that begins with these bytes is a picture of a known format. */
int ln_picture_begins(const uint8_t *bytes, size_t size);

#define LN_UPRIGHT 1 /* the orientation of a picture that is stored as it is meant to be seen */

/* Turns a picture upright.
 *   orientation   as EXIF counts them, 1..8
 * Errors: LN_ERR_MEMORY; then the picture is as before. */
ln_status ln_picture_turn(ln_picture *picture, unsigned orientation, ln_error *error);

/* Makes a PNG file in new memory.
 *   name    of the file, for messages
 *   bytes   the caller's to free(); null after an error
 * Errors: LN_ERR_ARGUMENT (an empty picture), LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_picture_encode_png(const ln_picture *picture, const char *name, uint8_t **bytes, size_t *size,
                                ln_error *error);

/* Writes an RGBA pixel as it looks on white. */
static inline void ln_picture_on_white(uint8_t *rgb, const uint8_t *rgba)
{
    unsigned alpha = rgba[3];
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)((rgba[c] * alpha + 255 * (255 - alpha) + 127) / 255);
}

#endif
