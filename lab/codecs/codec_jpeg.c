/* JPEG, one whole baseline file: libjpeg-turbo, optimised Huffman tables, 4:2:0.
 *
 * Bare: the scan's data counts, one byte for the quality, and the Huffman tables. Where the standard's
 * Huffman tables give the smaller sum they are used instead and do not count. */
#include "codecs/file_codec.h"
#include "codecs/jpeg_file.h"

#include <stdlib.h>
#include <string.h>

/* The standard's first table (ISO/IEC 10918-1, K.3) as it is in a file: class and number, then the number of
 * codes of each length. */
static const uint8_t standard_table[] = {0x00, 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0};

static size_t constant(const ln_coded *coded, ln_span *spans)
{
    int standard = 0;
    for (size_t i = 0; i + 4 + sizeof standard_table < coded->size && !standard; i++)
        standard = coded->bytes[i] == 0xff && coded->bytes[i + 1] == 0xc4 &&
                   !memcmp(coded->bytes + i + 4, standard_table, sizeof standard_table);
    return ln_jpeg_constant(coded, standard, spans);
}

static ln_status encode(const ln_picture *picture, int quality, int bare, ln_coded *coded, ln_error *error)
{
    ln_jpeg_settings settings = {.quality = quality + 1};
    ln_status status = ln_jpeg_encode(picture, &settings, coded, error);
    if (status != LN_OK || !bare)
        return status;
    settings.standard = 1;
    ln_coded other = {0};
    status = ln_jpeg_encode(picture, &settings, &other, error);
    if (status != LN_OK)
        return status;
    if (ln_coded_counted(&ln_format_jpeg, &other, 1) < ln_coded_counted(&ln_format_jpeg, coded, 1)) {
        ln_coded larger = *coded;
        *coded = other;
        other = larger;
    }
    free(other.bytes);
    return LN_OK;
}

const ln_format ln_format_jpeg = {
    .qualities = 100, .encode = encode, .decode = ln_jpeg_decode_beginning, .constant = constant};

static const ln_file_kind file = {.format = &ln_format_jpeg};

const ln_codec_kind ln_codec_jpeg = {.name = "jpeg", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &file};
