/* The practitioner's way: shrink the picture, send it as a whole file, enlarge it at the receiver. The side
 * for each budget was chosen on pictures that no test uses, as the side that kept most of a classifier's
 * answers (shrink_table.h). Bare: as in the file's codec. */
#include "codecs/file_codec.h"
#include "codecs/shrink_table.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const ln_file_kind webp = {&ln_format_webp, webp_sides, COUNT(webp_sides)};
static const ln_file_kind jpeg = {&ln_format_jpeg, jpeg_sides, COUNT(jpeg_sides)};

const ln_codec_kind ln_codec_shrink_webp = {
    .name = "shrink+webp", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &webp};
const ln_codec_kind ln_codec_shrink_jpeg = {
    .name = "shrink+jpeg", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &jpeg};
