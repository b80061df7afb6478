/* JPEG files for the codecs jpeg and pjpeg. */
#ifndef LN_LAB_JPEG_FILE_H
#define LN_LAB_JPEG_FILE_H

#include "codecs/format.h"

typedef struct ln_jpeg_settings {
    int quality;     /* libjpeg's, 1..100 */
    int progressive; /* 1: progressive, with libjpeg's own order of scans; 0: baseline */
    int standard;    /* 1: the standard's Huffman tables; 0: tables optimised for the picture */
} ln_jpeg_settings;

/* Encodes with 4:2:0 and the accurate integer DCT. *coded is the caller's to free. Errors: LN_ERR_IO (libjpeg
 * failed), LN_ERR_MEMORY. */
ln_status ln_jpeg_encode(const ln_picture *picture, const ln_jpeg_settings *settings, ln_coded *coded,
                         ln_error *error);

/* Decodes the beginning of a file, with libjpeg's block smoothing. An incomplete table or scan header at the
 * end is dropped, as libjpeg would fail on it. *picture is the caller's to ln_picture_free. Errors: LN_ERR_IO
 * (no scan has begun), LN_ERR_MEMORY. */
ln_status ln_jpeg_decode_beginning(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error);

/* Finds the constant bytes (ln_format): SOI, APP0, SOF and SOS segments, and EOI; the quantisation tables but
 * for one byte, which tells the quality; and the Huffman tables if they are `standard`. */
size_t ln_jpeg_constant(const ln_coded *coded, int standard, ln_span *spans);

#endif
