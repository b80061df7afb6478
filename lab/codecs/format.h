/* A file format of pictures, for the codecs that send files (file_codec.h). */
#ifndef LN_LAB_FORMAT_H
#define LN_LAB_FORMAT_H

#include "cloud/error.h"

#include <limitnet/cloud.h>

#include <stddef.h>
#include <stdint.h>

/* An encoded picture. */
typedef struct ln_coded {
    uint8_t *bytes; /* null: there is none */
    size_t size;
} ln_coded;

/* Bytes of a file from `begin` to before `end`. */
typedef struct ln_span {
    size_t begin, end;
} ln_span;

#define LN_MOST_SPANS 64

typedef struct ln_format {
    int qualities; /* 0 is the smallest file, qualities - 1 the largest */

    /* Encodes as well as the library can at a quality. `bare` says that the spans of `constant` do
     * not count, for a format that has a choice. *coded is the caller's to free. */
    ln_status (*encode)(const ln_picture *picture, int quality, int bare, ln_coded *coded, ln_error *error);

    /* The one file that is cut where no budget is known; null for a format that cannot be cut. */
    ln_status (*encode_stream)(const ln_picture *picture, int bare, ln_coded *coded, ln_error *error);

    /* Decodes a file or its beginning; the picture is the caller's to release. Errors: LN_ERR_IO
     * (there is nothing to show yet), LN_ERR_MEMORY. */
    ln_status (*decode)(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error);

    /* Which bytes of a whole file a receiver can put there by itself, since they are the same in
     * every picture of this size or follow from the file's length: ascending spans, at most
     * LN_MOST_SPANS. Returns how many. Says in the codec's file what they hold. */
    size_t (*constant)(const ln_coded *coded, ln_span *spans);
} ln_format;

/* Those that more than one codec uses. */
extern const ln_format ln_format_jpeg, ln_format_webp;

/* A copy of a library's bytes. Errors: LN_ERR_MEMORY. */
ln_status ln_coded_copy(ln_coded *coded, const uint8_t *bytes, size_t size, ln_error *error);

/* How many bytes count; with `bare`, without the constant ones. */
size_t ln_coded_counted(const ln_format *format, const ln_coded *coded, int bare);

/* Where a file is cut so that as many bytes as the budget allows, and no more, count before the cut.
 *   counted   receives how many do */
size_t ln_coded_cut(const ln_format *format, const ln_coded *coded, int bare, size_t budget, size_t *counted);

#endif
