/* What practitioners do: shrink the picture, send it as a whole file, enlarge it at the receiver.
 * The side for each budget is the one that kept most of a classifier's answers on other pictures
 * than those of any test (shrink_table.h). Bare: as the codec of the file says. */
#include "codecs/file_codec.h"
#include "codecs/shrink_table.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const ln_file_kind webp = {&ln_format_webp, webp_sides, COUNT(webp_sides)};
static const ln_file_kind jpeg = {&ln_format_jpeg, jpeg_sides, COUNT(jpeg_sides)};

const ln_codec_kind ln_codec_shrink_webp = {
    .name = "shrink+webp", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &webp};
const ln_codec_kind ln_codec_shrink_jpeg = {
    .name = "shrink+jpeg", .ways = LN_WAY_FIT, LN_FILE_CODEC, .file = &jpeg};
