/* JPEG files for the codecs jpeg and pjpeg. */
#ifndef LN_LAB_JPEG_FILE_H
#define LN_LAB_JPEG_FILE_H

#include "codecs/format.h"

typedef struct ln_jpeg_settings {
    int quality;     /* libjpeg's, 1..100 */
    int progressive; /* with libjpeg's own order of scans */
    int standard;    /* the standard's Huffman tables instead of the picture's own */
} ln_jpeg_settings;

/* 4:2:0, the slow and exact DCT. Errors: LN_ERR_IO (libjpeg failed), LN_ERR_MEMORY. */
ln_status ln_jpeg_encode(const ln_picture *picture, const ln_jpeg_settings *settings, ln_coded *coded,
                         ln_error *error);

/* Shows what the beginning of a file holds. What libjpeg gives up on, a table or a scan's header
 * that is cut in the middle, is left off; smooth surfaces come from its block smoothing. Errors:
 * LN_ERR_IO (no scan has begun), LN_ERR_MEMORY. */
ln_status ln_jpeg_decode_beginning(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error);

/* The constant bytes (ln_format): SOI, APP0, SOF and SOS segments, EOI; quantisation tables, of which one
 * byte counts, to say the quality; Huffman tables if they are `standard`. */
size_t ln_jpeg_constant(const ln_coded *coded, int standard, ln_span *spans);

#endif
