#include "codecs/jpeg_file.h"

#include "cloud/error.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h uses FILE and size_t without including them */
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

/* Second bytes of markers (ISO/IEC 10918-1); the first is 0xff. */
enum { DHT = 0xc4, SOI = 0xd8, EOI = 0xd9, SOS = 0xda, DQT = 0xdb };

/* ---- libjpeg's errors ------------------------------------------------------------------------ */

/* libjpeg passes a pointer to `base`, the first member. */
typedef struct error_manager {
    struct jpeg_error_mgr base;
    jmp_buf leave;
} error_manager;

static _Noreturn void leave(j_common_ptr info)
{
    longjmp(((error_manager *)info->err)->leave, 1);
}

static void ignore_message(j_common_ptr info)
{
    (void)info;
}

static void ignore_warning(j_common_ptr info, int level)
{
    (void)info, (void)level;
}

static struct jpeg_error_mgr *quiet(error_manager *errors)
{
    jpeg_std_error(&errors->base);
    errors->base.error_exit = leave;
    errors->base.emit_message = ignore_warning;
    errors->base.output_message = ignore_message;
    return &errors->base;
}

/* What made libjpeg leave. */
static ln_status fail(const error_manager *errors, const char *text, ln_error *error)
{
    if (errors->base.msg_code == JERR_OUT_OF_MEMORY)
        return ln_fail_memory(error);
    return ln_fail(error, LN_ERR_IO, "%s", text);
}

/* ---- Encoding -------------------------------------------------------------------------------- */

typedef struct encoder {
    struct jpeg_compress_struct base;
    error_manager errors;
    uint8_t *bytes;
    unsigned long size;
} encoder;

static void write_file(encoder *jpeg, const ln_picture *picture, const ln_jpeg_settings *settings)
{
    struct jpeg_compress_struct *info = &jpeg->base;
    jpeg_create_compress(info);
    jpeg_mem_dest(info, &jpeg->bytes, &jpeg->size);
    info->image_width = picture->width;
    info->image_height = picture->height;
    info->input_components = 3;
    info->in_color_space = JCS_RGB;
    jpeg_set_defaults(info); /* 4:2:0 */
    jpeg_set_quality(info, settings->quality, TRUE);
    info->optimize_coding = !settings->standard;
    if (settings->progressive)
        jpeg_simple_progression(info);
    jpeg_start_compress(info, TRUE);
    while (info->next_scanline < info->image_height) {
        JSAMPROW row = picture->rgb + (size_t)info->next_scanline * picture->width * 3;
        jpeg_write_scanlines(info, &row, 1);
    }
    jpeg_finish_compress(info);
}

ln_status ln_jpeg_encode(const ln_picture *picture, const ln_jpeg_settings *settings, ln_coded *coded,
                         ln_error *error)
{
    encoder *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg)
        return ln_fail_memory(error);
    jpeg->base.err = quiet(&jpeg->errors);
    ln_status status = LN_OK;
    if (setjmp(jpeg->errors.leave))
        status = fail(&jpeg->errors, "libjpeg cannot encode this picture", error);
    else
        write_file(jpeg, picture, settings);
    if (status == LN_OK)
        status = ln_coded_copy(coded, jpeg->bytes, jpeg->size, error);
    jpeg_destroy_compress(&jpeg->base);
    free(jpeg->bytes);
    free(jpeg);
    return status;
}

/* ---- Segments -------------------------------------------------------------------------------- */

/* The bytes from one marker up to the next. */
typedef struct segment {
    unsigned marker;
    size_t begin, end; /* of the marker and its parameters */
    size_t scan_end;   /* of the entropy-coded data behind an SOS; else `end` */
} segment;

static size_t end_of_scan(const uint8_t *bytes, size_t size, size_t at)
{
    while (at + 1 < size && (bytes[at] != 0xff || bytes[at + 1] == 0))
        at++;
    return at + 1 < size ? at : size;
}

/* Moves to the next segment; from a zeroed segment, to the first. Returns 0 and does not move at the end or
 * where the rest is not a whole segment. */
static int next_segment(const uint8_t *bytes, size_t size, segment *at)
{
    size_t begin = at->scan_end, end = begin + 2;
    if (size - begin < 2)
        return 0;
    unsigned marker = bytes[begin + 1];
    if (marker != SOI && marker != EOI) {
        if (size - begin < 4)
            return 0;
        end += (size_t)bytes[begin + 2] << 8 | bytes[begin + 3];
    }
    if (end > size)
        return 0;
    *at = (segment){marker, begin, end, marker == SOS ? end_of_scan(bytes, size, end) : end};
    return 1;
}

/* The size of the part with whole segments and scans that have begun. */
static size_t whole_segments(const uint8_t *bytes, size_t size)
{
    segment s = {0};
    while (next_segment(bytes, size, &s))
        ;
    return s.scan_end;
}

size_t ln_jpeg_constant(const ln_coded *coded, int standard, ln_span *spans)
{
    size_t count = 0;
    int counted = 0; /* the byte for the quality */
    for (segment s = {0}; count < LN_MOST_SPANS && next_segment(coded->bytes, coded->size, &s);) {
        if (s.marker == DHT && !standard)
            continue;
        spans[count++] = (ln_span){s.begin, s.end - (s.marker == DQT && !counted)};
        counted |= s.marker == DQT;
    }
    return count;
}

/* ---- Decoding -------------------------------------------------------------------------------- */

typedef struct decoder {
    struct jpeg_decompress_struct base;
    error_manager errors;
} decoder;

static ln_status read_file(decoder *jpeg, const uint8_t *bytes, size_t size, ln_picture *picture,
                           ln_error *error)
{
    struct jpeg_decompress_struct *info = &jpeg->base;
    jpeg_create_decompress(info);
    jpeg_mem_src(info, bytes, (unsigned long)size);
    jpeg_read_header(info, TRUE);
    info->out_color_space = JCS_RGB;
    ln_status status = ln_picture_make(picture, info->image_width, info->image_height, error);
    if (status != LN_OK)
        return status;
    jpeg_start_decompress(info);
    while (info->output_scanline < info->output_height) {
        JSAMPROW row = picture->rgb + (size_t)info->output_scanline * picture->width * 3;
        jpeg_read_scanlines(info, &row, 1);
    }
    return LN_OK;
}

ln_status ln_jpeg_decode_beginning(const uint8_t *bytes, size_t size, ln_picture *picture, ln_error *error)
{
    *picture = (ln_picture){0};
    size_t whole = whole_segments(bytes, size);
    if (!whole)
        return ln_fail(error, LN_ERR_IO, "no JPEG data");
    decoder *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg)
        return ln_fail_memory(error);
    jpeg->base.err = quiet(&jpeg->errors);
    ln_status status;
    if (setjmp(jpeg->errors.leave))
        status = fail(&jpeg->errors, "libjpeg shows nothing of this file yet", error);
    else
        status = read_file(jpeg, bytes, whole, picture, error);
    if (status != LN_OK)
        ln_picture_free(picture);
    jpeg_destroy_decompress(&jpeg->base);
    free(jpeg);
    return status;
}
