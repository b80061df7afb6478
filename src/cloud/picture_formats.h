/* The formats of picture files: one function each, for picture_read.c. Each gets an empty picture and checks
 * the size in the header before it makes memory, and sets `cut` of the picture. After an error it may leave a
 * half-filled picture, which its caller releases. The picture is as the file stores it; those with EXIF data
 * set the orientation: 1..8 if the data have one, LN_EXIF_CUT if they are cut off, 0 if memory is short. */
#ifndef LN_CLOUD_PICTURE_FORMATS_H
#define LN_CLOUD_PICTURE_FORMATS_H

#include "cloud/picture.h"

typedef struct ln_picture_file {
    const uint8_t *bytes;
    size_t size;
    const char *name; /* for messages */
} ln_picture_file;

#define LN_EXIF_CUT 9

ln_status ln_picture_decode_jpeg(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                                 ln_error *error);
ln_status ln_picture_decode_png(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                                ln_error *error);
ln_status ln_picture_decode_webp(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                                 ln_error *error);
ln_status ln_picture_decode_pnm(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                                ln_error *error);

/* Whether these bytes begin as EXIF data in a JPEG file do. */
int ln_exif_begins(const uint8_t *bytes, size_t size);

/* The orientation, 1..8, that EXIF data name, with or without the header that they have in JPEG files.
 * LN_UPRIGHT if they name none, or are broken; 0 if memory is short. */
unsigned ln_exif_orientation(const uint8_t *exif, size_t size);

#endif
