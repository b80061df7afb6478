/* The scaler in QEMU (ln_scaler). It makes frames of several sizes and formats from a picture of 224x224
 * pixels, by repeating the pixels, and sends each frame through the scaler.
 *
 * arguments: PICTURE.ppm
 *
 * The camera's own work does not count: run.sh links a wrapped ln_camera_push_rows, below. */
#include <limitnet/device.h>

#include "mark.h"
#include "picture.h"
#include "pyramid_224.h"
#include "semihosting.h"

#define SIDE 224
#define SCALER_ROOM 4096

MARK(mark_other)
MARK(mark_rgb888_320x240)
MARK(mark_rgb565_320x240)
MARK(mark_yuyv_320x240)
MARK(mark_uyvy_320x240)
MARK(mark_grey_320x240)
MARK(mark_bgr888_320x240)
MARK(mark_rgba8888_320x240)
MARK(mark_bgra8888_320x240)
MARK(mark_rgb888_640x480)
MARK(mark_rgb565_640x480)
MARK(mark_yuyv_640x480)
MARK(mark_uyvy_640x480)
MARK(mark_grey_640x480)
MARK(mark_bgr888_640x480)
MARK(mark_rgba8888_640x480)
MARK(mark_bgra8888_640x480)

static const struct frame {
    ln_pixel_format format;
    unsigned width, height;
    void (*mark)(void);
} frames[] = {
    {LN_PIXELS_RGB888, 320, 240, mark_rgb888_320x240},
    {LN_PIXELS_RGB565, 320, 240, mark_rgb565_320x240},
    {LN_PIXELS_YUYV, 320, 240, mark_yuyv_320x240},
    {LN_PIXELS_UYVY, 320, 240, mark_uyvy_320x240},
    {LN_PIXELS_GREY, 320, 240, mark_grey_320x240},
    {LN_PIXELS_BGR888, 320, 240, mark_bgr888_320x240},
    {LN_PIXELS_RGBA8888, 320, 240, mark_rgba8888_320x240},
    {LN_PIXELS_BGRA8888, 320, 240, mark_bgra8888_320x240},
    {LN_PIXELS_RGB888, 640, 480, mark_rgb888_640x480},
    {LN_PIXELS_RGB565, 640, 480, mark_rgb565_640x480},
    {LN_PIXELS_YUYV, 640, 480, mark_yuyv_640x480},
    {LN_PIXELS_UYVY, 640, 480, mark_uyvy_640x480},
    {LN_PIXELS_GREY, 640, 480, mark_grey_640x480},
    {LN_PIXELS_BGR888, 640, 480, mark_bgr888_640x480},
    {LN_PIXELS_RGBA8888, 640, 480, mark_rgba8888_640x480},
    {LN_PIXELS_BGRA8888, 640, 480, mark_bgra8888_640x480},
};

static const struct frame *current;
static uint32_t camera_memory[(PYRAMID_224_CAMERA_BYTES + 3) / 4], scaler_memory[SCALER_ROOM / 4];
static uint8_t picture_pixels[3 * SIDE], frame_row[4 * LN_MAX_FRAME_WIDTH];

ln_status __real_ln_camera_push_rows(ln_camera *camera, const uint8_t *rgb, size_t bytes, unsigned rows);
ln_status __wrap_ln_camera_push_rows(ln_camera *camera, const uint8_t *rgb, size_t bytes, unsigned rows);
ln_status __wrap_ln_camera_push_rows(ln_camera *camera, const uint8_t *rgb, size_t bytes, unsigned rows)
{
    mark_other();

    ln_status status = __real_ln_camera_push_rows(camera, rgb, bytes, rows);

    current->mark();
    return status;
}

static void need(ln_status status)
{
    if (status != LN_OK)
        sh_fail(ln_status_text(status));
}

/* BT.601, full range, factors in 1/256. */
static uint8_t luma(const uint8_t *rgb)
{
    return (uint8_t)((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2]) >> 8);
}

static uint8_t blue_difference(const uint8_t *rgb)
{
    return (uint8_t)((0x8000 - 43 * rgb[0] - 85 * rgb[1] + 128 * rgb[2]) >> 8);
}

static uint8_t red_difference(const uint8_t *rgb)
{
    return (uint8_t)((0x8000 + 128 * rgb[0] - 107 * rgb[1] - 21 * rgb[2]) >> 8);
}

/* Writes pixel x of a frame's row. */
static void put_pixel(ln_pixel_format format, unsigned x, const uint8_t *rgb)
{
    unsigned bits = (rgb[0] >> 3u) << 11 | (rgb[1] >> 2u) << 5 | rgb[2] >> 3u;
    unsigned luma_first = format == LN_PIXELS_YUYV;

    switch (format) {
    case LN_PIXELS_RGB888:
        for (unsigned c = 0; c < 3; c++)
            frame_row[3 * x + c] = rgb[c];
        break;
    case LN_PIXELS_BGR888:
        for (unsigned c = 0; c < 3; c++)
            frame_row[3 * x + c] = rgb[2 - c];
        break;
    case LN_PIXELS_RGBA8888:
    case LN_PIXELS_BGRA8888:
        for (unsigned c = 0; c < 3; c++)
            frame_row[4 * x + c] = rgb[format == LN_PIXELS_RGBA8888 ? c : 2 - c];
        break;
    case LN_PIXELS_GREY:
        frame_row[x] = luma(rgb);
        break;
    case LN_PIXELS_YUYV:
    case LN_PIXELS_UYVY:
        frame_row[2 * x + !luma_first] = luma(rgb);
        frame_row[2 * x + luma_first] = x % 2 ? red_difference(rgb) : blue_difference(rgb);
        break;
    default:
        frame_row[2 * x] = (uint8_t)bits;
        frame_row[2 * x + 1] = (uint8_t)(bits >> 8);
    }
}

static size_t row_size(const struct frame *frame)
{
    switch (frame->format) {
    case LN_PIXELS_RGB888:
    case LN_PIXELS_BGR888:
        return 3u * frame->width;
    case LN_PIXELS_RGBA8888:
    case LN_PIXELS_BGRA8888:
        return 4u * frame->width;
    case LN_PIXELS_GREY:
        return frame->width;
    default:
        return 2u * frame->width;
    }
}

static void push_row(ln_scaler *scaler)
{
    for (unsigned x = 0; x < current->width; x++)
        put_pixel(current->format, x, picture_pixels + x * SIDE / current->width * 3);
    current->mark();

    ln_status status = ln_scaler_push_rows(scaler, frame_row, row_size(current), 1);

    mark_other();
    need(status);
}

static void take_frame(ln_camera *camera, const ln_model *model, const char *path)
{
    int picture = picture_open(path);
    unsigned read = 0;
    ln_scaler *scaler;

    need(ln_scaler_init(&scaler, model, current->format, current->width, current->height, scaler_memory,
                        sizeof scaler_memory));
    need(ln_scaler_begin(scaler, camera, 0));
    for (unsigned y = 0; y < current->height; y++) {
        for (; read <= y * SIDE / current->height; read++)
            picture_row(picture, picture_pixels, sizeof picture_pixels);
        push_row(scaler);
    }
    need(ln_camera_finish(camera));
    picture_close(picture);
}

int main(void)
{
    static char line[512];
    static ln_model model;
    char *path;
    ln_camera *camera;

    if (sh_arguments(line, sizeof line, &path, 1) != 1)
        sh_fail("arguments: PICTURE.ppm");
    need(ln_model_open(&model, pyramid_224_model, sizeof pyramid_224_model));
    need(ln_camera_init(&camera, &model, pyramid_224_kernels, camera_memory, sizeof camera_memory));
    for (current = frames; current < frames + sizeof frames / sizeof *frames; current++)
        take_frame(camera, &model, path);
    sh_print_figure("ram", (uint32_t)ln_scaler_size(&model));
    return 0;
}
