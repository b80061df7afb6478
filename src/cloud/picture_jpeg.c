#include "cloud/picture_formats.h"

#include "cloud/error.h"

#include <setjmp.h>
#include <stdio.h> /* jpeglib.h uses FILE and size_t without including them */
#include <stdlib.h>

#include <jerror.h>
#include <jpeglib.h>

/* A progressive file may repeat scans without end and take any time. Real files have about ten. */
#define MOST_SCANS 100

/* libjpeg gives back pointers to the first members of these. */
typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf leave;
} error_manager;

typedef struct {
    struct jpeg_decompress_struct base;
    struct jpeg_progress_mgr progress;
    error_manager errors;
    uint8_t *cmyk; /* one row; null for other colours */
} decoder;

static _Noreturn void leave(j_common_ptr info)
{
    longjmp(((error_manager *)info->err)->leave, 1);
}

/* Where data is missing, libjpeg puts grey and warns. So a warning about the image data is an error here; the
 * warnings listed below are about odd but whole files. */
static void judge_warning(j_common_ptr info, int level)
{
    switch (level < 0 ? info->err->msg_code : JWRN_EXTRANEOUS_DATA) {
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

static void limit_scans(j_common_ptr info)
{
    if (((j_decompress_ptr)info)->input_scan_number > MOST_SCANS)
        leave(info);
}

static void open_decoder(decoder *jpeg)
{
    jpeg->base.err = jpeg_std_error(&jpeg->errors.base);
    jpeg->errors.base.error_exit = leave;
    jpeg->errors.base.emit_message = judge_warning;
    jpeg->errors.base.output_message = ignore_message;
    jpeg_create_decompress(&jpeg->base);
    jpeg->progress.progress_monitor = limit_scans;
    jpeg->base.progress = &jpeg->progress;
}

static void close_decoder(decoder *jpeg)
{
    jpeg_destroy_decompress(&jpeg->base);
    free(jpeg->cmyk);
    free(jpeg);
}

/* CMYK is inverted in the files of Adobe's programs, which make nearly all of them. */
static void row_from_cmyk(uint8_t *rgb, const uint8_t *cmyk, size_t width, int inverted)
{
    for (size_t x = 0; x < width; x++, cmyk += 4)
        for (int c = 0; c < 3; c++) {
            unsigned ink = inverted ? cmyk[c] : 255u - cmyk[c];
            unsigned key = inverted ? cmyk[3] : 255u - cmyk[3];
            *rgb++ = (uint8_t)((ink * key + 127) / 255);
        }
}

static ln_status start(decoder *jpeg, ln_picture *picture, const ln_picture_file *file, ln_error *error)
{
    struct jpeg_decompress_struct *info = &jpeg->base;
    jpeg_mem_src(info, file->bytes, (unsigned long)file->size);
    jpeg_read_header(info, TRUE);
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
            row_from_cmyk(rgb, jpeg->cmyk, picture->width, info->saw_Adobe_marker);
    }
}

ln_status ln_picture_decode_jpeg(ln_picture *picture, const ln_picture_file *file, ln_error *error)
{
    decoder *jpeg = calloc(1, sizeof *jpeg);
    if (!jpeg)
        return ln_fail_memory(error);
    open_decoder(jpeg);
    if (setjmp(jpeg->errors.leave)) {
        close_decoder(jpeg);
        return ln_fail(error, LN_ERR_IO, "%s: the JPEG file is damaged or cut short: copy it again",
                       file->name);
    }
    ln_status status = start(jpeg, picture, file, error);
    if (status == LN_OK)
        read_rows(jpeg, picture);
    close_decoder(jpeg);
    return status;
}
