#include "cloud/picture_formats.h"

#include "cloud/error.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h uses FILE and size_t without including them */
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

/* A progressive file may repeat scans without end and take any time. Real files have about ten. */
#define MOST_SCANS 100

#define EXIF_MARKER (JPEG_APP0 + 1)
#define MOST_MARKER_BYTES 0xffff

/* libjpeg gives back pointers to the first members of these. */
typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf leave;
} error_manager;

typedef struct {
    struct jpeg_decompress_struct base;
    struct jpeg_progress_mgr progress;
    error_manager errors;
    uint8_t *cmyk;    /* one row; null for other colours */
    unsigned scanned; /* bit c: component c has a scan */
    int cut;          /* 1: the file ends without its end marker */
    int whole;        /* 1: no pixel is missing */
} decoder;

/* ---- What libjpeg calls ---------------------------------------------------------------------- */

static _Noreturn void leave(j_common_ptr info)
{
    longjmp(((error_manager *)info->err)->leave, 1);
}

/* Where data is missing, libjpeg puts grey and warns. So a warning about the image data is an error here; the
 * warnings listed below are about odd but whole files. That the file ends is no error by itself: where bits
 * are missing, another warning follows. */
static void judge_warning(j_common_ptr info, int level)
{
    decoder *jpeg = (decoder *)info;
    switch (level < 0 ? info->err->msg_code : JWRN_EXTRANEOUS_DATA) {
    case JWRN_JPEG_EOF:
        jpeg->cut = 1;
        return;
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_ADOBE_XFORM:
    case JWRN_JFIF_MAJOR:
    case JWRN_TOO_MUCH_DATA:
        return;
    default:
        leave(info);
    }
}

static void ignore_message(j_common_ptr info)
{
    (void)info;
}

/* Is called at least once in each scan. */
static void watch_scans(j_common_ptr info)
{
    decoder *jpeg = (decoder *)info;
    if (jpeg->base.input_scan_number > MOST_SCANS)
        leave(info);
    for (int i = 0; i < jpeg->base.comps_in_scan; i++)
        if (jpeg->base.cur_comp_info[i])
            jpeg->scanned |= 1u << jpeg->base.cur_comp_info[i]->component_index;
}

/* ---- Decoding -------------------------------------------------------------------------------- */

static void open_decoder(decoder *jpeg)
{
    jpeg->base.err = jpeg_std_error(&jpeg->errors.base);
    jpeg->errors.base.error_exit = leave;
    jpeg->errors.base.emit_message = judge_warning;
    jpeg->errors.base.output_message = ignore_message;
    jpeg_create_decompress(&jpeg->base);
    jpeg->progress.progress_monitor = watch_scans;
    jpeg->base.progress = &jpeg->progress;
}

static void close_decoder(decoder *jpeg)
{
    jpeg_destroy_decompress(&jpeg->base);
    free(jpeg->cmyk);
    free(jpeg);
}

/* As Adobe's programs write CMYK: 255 is no ink. Other programs take it so whether or not a marker says that
 * Adobe's wrote it. */
static void row_from_cmyk(uint8_t *rgb, const uint8_t *cmyk, size_t width)
{
    for (size_t x = 0; x < width; x++, cmyk += 4)
        for (int c = 0; c < 3; c++)
            *rgb++ = (uint8_t)(((unsigned)cmyk[c] * cmyk[3] + 127) / 255);
}

static void find_orientation(const decoder *jpeg, unsigned *orientation)
{
    for (jpeg_saved_marker_ptr marker = jpeg->base.marker_list; marker; marker = marker->next)
        if (ln_exif_begins(marker->data, marker->data_length)) {
            *orientation = ln_exif_orientation(marker->data, marker->data_length);
            return;
        }
}

static ln_status start(decoder *jpeg, ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                       ln_error *error)
{
    struct jpeg_decompress_struct *info = &jpeg->base;
    jpeg_mem_src(info, file->bytes, (unsigned long)file->size);
    jpeg_save_markers(info, EXIF_MARKER, MOST_MARKER_BYTES);
    jpeg_read_header(info, TRUE);
    find_orientation(jpeg, orientation);
    ln_status status =
        ln_picture_make_checked(picture, info->image_width, info->image_height, file->name, error);
    if (status != LN_OK)
        return status;
    if (info->num_components == 4) {
        info->out_color_space = JCS_CMYK;
        jpeg->cmyk = malloc((size_t)info->image_width * 4);
        if (!jpeg->cmyk)
            return ln_fail_memory(error);
    } else {
        info->out_color_space = JCS_RGB;
    }
    jpeg_start_decompress(info);
    return LN_OK;
}

static void read_rows(decoder *jpeg, ln_picture *picture)
{
    struct jpeg_decompress_struct *info = &jpeg->base;
    while (info->output_scanline < info->output_height) {
        uint8_t *rgb = picture->rgb + (size_t)info->output_scanline * picture->width * 3;
        JSAMPROW row = jpeg->cmyk ? jpeg->cmyk : rgb;
        jpeg_read_scanlines(info, &row, 1);
        if (jpeg->cmyk)
            row_from_cmyk(rgb, jpeg->cmyk, picture->width);
    }
}

/* ---- The end --------------------------------------------------------------------------------- */

/* Whether a file that ends without its end marker has every scan. A progressive one has, if each coefficient
 * has its last bit. In arithmetic coding missing bits do not show, so nothing can be said. */
static int has_every_scan(const decoder *jpeg)
{
    const struct jpeg_decompress_struct *info = &jpeg->base;
    if (info->arith_code)
        return 0;
    for (int c = 0; c < info->num_components; c++) {
        if (!(jpeg->scanned >> c & 1))
            return 0;
        for (int k = 0; info->progressive_mode && k < DCTSIZE2; k++)
            if (info->coef_bits[c][k] != 0)
                return 0;
    }
    return 1;
}

/* The rows may be complete before libjpeg looks for the end. What it says there is no matter of the pixels.
 */
static void look_for_end(decoder *jpeg)
{
    if (jpeg->cut && !has_every_scan(jpeg))
        leave((j_common_ptr)&jpeg->base);
    jpeg->whole = 1;
    if (!jpeg->cut)
        jpeg_finish_decompress(&jpeg->base);
}

static ln_status fail(const decoder *jpeg, const ln_picture_file *file, ln_error *error)
{
    switch (jpeg->errors.base.msg_code) {
    case JERR_OUT_OF_MEMORY:
        return ln_fail_memory(error);
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_SOF_UNSUPPORTED:
        return ln_fail(
            error, LN_ERR_IO,
            "%s: a JPEG file of a rare kind (lossless, more than 8 bits, odd colours): save it as an "
            "ordinary one",
            file->name);
    default:
        return ln_fail(error, LN_ERR_IO, "%s: the JPEG file is damaged or cut short: copy it again",
                       file->name);
    }
}

ln_status ln_picture_decode_jpeg(ln_picture *picture, const ln_picture_file *file, unsigned *orientation,
                                 ln_error *error)
{
    decoder *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg)
        return ln_fail_memory(error);
    volatile ln_status status = LN_OK;
    if (!setjmp(jpeg->errors.leave)) {
        open_decoder(jpeg);
        status = start(jpeg, picture, file, orientation, error);
        if (status == LN_OK) {
            read_rows(jpeg, picture);
            look_for_end(jpeg);
        }
    } else if (jpeg->whole && jpeg->errors.base.msg_code != JERR_OUT_OF_MEMORY) {
        jpeg->cut = 1;
    } else {
        status = fail(jpeg, file, error);
    }
    if (status == LN_OK)
        picture->cut = jpeg->cut;
    close_decoder(jpeg);
    return status;
}
