/* The formats of picture files: one function each, for picture_read.c. Each gets an empty picture and checks
 * the size in the header before it makes memory. After an error it may leave a half-filled picture, which its
 * caller releases. */
#ifndef LN_CLOUD_PICTURE_FORMATS_H
#define LN_CLOUD_PICTURE_FORMATS_H

#include "cloud/picture.h"

typedef struct ln_picture_file {
    const uint8_t *bytes;
    size_t size;
    const char *name; /* for messages */
} ln_picture_file;

ln_status ln_picture_decode_jpeg(ln_picture *picture, const ln_picture_file *file, ln_error *error);
ln_status ln_picture_decode_png(ln_picture *picture, const ln_picture_file *file, ln_error *error);
ln_status ln_picture_decode_webp(ln_picture *picture, const ln_picture_file *file, ln_error *error);
ln_status ln_picture_decode_pnm(ln_picture *picture, const ln_picture_file *file, ln_error *error);

#endif
