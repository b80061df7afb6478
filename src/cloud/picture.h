/* Pictures: files in, files out, and the change of size before a network sees them.
 *
 * A picture is RGB8: three bytes a pixel, red, green, blue, row by row from the top left corner,
 * without gaps. Values are those of the file (sRGB in practice): colour profiles, gamma and the
 * orientation of EXIF are ignored, as the data sets of recognition do. */
#ifndef LN_CLOUD_PICTURE_H
#define LN_CLOUD_PICTURE_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

/* Limits of a picture that is read. The smallest side is that of the saliency map; the largest is
 * WebP's. At the limit a picture takes 300 MB, beside its file and, while it is read, 400 MB more
 * when it has transparency. */
#define LN_PICTURE_MIN_SIDE 8
#define LN_PICTURE_MAX_SIDE 16384
#define LN_PICTURE_MAX_PIXELS 100000000ul

typedef struct ln_picture {
    unsigned width, height; /* pixels */
    uint8_t *rgb;           /* height x width x 3 bytes, owned by the picture */
} ln_picture;

/* Gives a picture memory of its own, black. What `picture` held before is ignored, not released.
 *   width, height   1..LN_PICTURE_MAX_SIDE, at most LN_PICTURE_MAX_PIXELS together
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY; picture->rgb is then null. */
ln_status ln_picture_make(ln_picture *picture, unsigned width, unsigned height, ln_error *error);

/* Releases the pixels. Allowed on a zeroed or already released picture. */
void ln_picture_free(ln_picture *picture);

/* Takes the bytes of a file apart: JPEG, PNG, WebP, or binary PPM and PGM, told by their content.
 * Grey, palette, CMYK and 16-bit pictures become RGB8; what is transparent shows white behind it.
 * The size is checked from the header, before any pixel is decoded. A picture that ends too early is
 * refused: half of it would be grey.
 *   name      how messages call the file
 *   picture   the caller's to release with ln_picture_free; empty after an error
 * Errors: LN_ERR_IO (not a picture, damaged, cut short, animated, too small, too large),
 * LN_ERR_MEMORY. */
ln_status ln_picture_decode(ln_picture *picture, const uint8_t *bytes, size_t size, const char *name,
                            ln_error *error);

/* ln_picture_decode of a file. Errors: as there, and LN_ERR_IO when the file cannot be read. */
ln_status ln_picture_read(ln_picture *picture, const char *path, ln_error *error);

/* Writes a PNG, whole or not at all (ln_file_write). Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_picture_write_png(const ln_picture *picture, const char *path, ln_error *error);

typedef enum ln_fit {
    LN_FIT_STRETCH, /* the whole picture; its aspect changes to the target's */
    LN_FIT_CROP     /* the largest part around the centre that has the target's aspect */
} ln_fit;

/* Makes a copy of another size with a bicubic filter (a = -0.5) that widens when it shrinks, in
 * fixed point: the same bytes everywhere, and the same as Pillow's BICUBIC.
 *   width, height   1..LN_PICTURE_MAX_SIDE pixels
 *   result          the caller's to release with ln_picture_free; empty after an error
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_picture_resize(const ln_picture *source, unsigned width, unsigned height, ln_fit fit,
                            ln_picture *result, ln_error *error);

#endif
