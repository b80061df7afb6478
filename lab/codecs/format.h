/* A file format of pictures, for the codecs that send files (file_codec.h). */
#ifndef LN_LAB_FORMAT_H
#define LN_LAB_FORMAT_H

#include "cloud/error.h"

#include <limitnet/cloud.h>

#include <stddef.h>
#include <stdint.h>

/* An encoded picture. */
typedef struct ln_coded {
    uint8_t *bytes; /* null: none */
    size_t size;
} ln_coded;

/* The bytes of a file from `begin` up to, but without, `end`. */
typedef struct ln_span {
    size_t begin, end;
} ln_span;

#define LN_MOST_SPANS 64

typedef struct ln_format {
    int qualities; /* 0 is the smallest file, qualities - 1 the largest */

    /* Encodes as well as the library can at this quality.
     *   bare    1: the spans of `constant` will not count, for formats that have a choice
     *   coded   receives the file, the caller's to free */
    ln_status (*encode)(const ln_picture *picture, int quality, int bare, ln_coded *coded, ln_error *error);

    /* Makes the file that is cut at any budget; null for a format that cannot be cut. */
    ln_status (*encode_stream)(const ln_picture *picture, int bare, ln_coded *coded, ln_error *error);

    /* Decodes a file or its beginning; the picture is the caller's to ln_picture_free. Errors: LN_ERR_IO
     * (nothing can be shown yet), LN_ERR_MEMORY. */
    ln_status (*decode)(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error);

    /* Finds the bytes of a whole file that a receiver can restore by itself, because they are the same in
     * every picture of this size or follow from the file's length. The head of the codec's file says which
     * bytes these are.
     *   spans   receives ascending spans, at most LN_MOST_SPANS
     * Returns the number of spans. */
    size_t (*constant)(const ln_coded *coded, ln_span *spans);
} ln_format;

/* The formats that more than one codec uses. */
extern const ln_format ln_format_jpeg, ln_format_webp;

/* Copies bytes that a library owns. Errors: LN_ERR_MEMORY. */
ln_status ln_coded_copy(ln_coded *coded, const uint8_t *bytes, size_t size, ln_error *error);

/* The number of bytes that count: all, or with `bare` all but the constant ones. */
size_t ln_coded_counted(const ln_format *format, const ln_coded *coded, int bare);

/* The longest beginning of a file whose counted bytes stay within the budget; returns its size.
 *   counted   receives the number of counted bytes in it */
size_t ln_coded_cut(const ln_format *format, const ln_coded *coded, int bare, size_t budget, size_t *counted);

#endif
