/* Camera frames of any size and format become the model's picture (ln_scaler of limitnet/device.h).
 *
 * Along each axis a frame of n pixels and a picture of m pixels are laid over a ruler of n x m marks: a pixel of the frame is
 * m marks long, one of the picture n marks. What they have in common is the weight of one in the other: all exact. */
#include "device/scaler.h"

#include <string.h>

#include "device/camera.h"

#define CHANNELS 3

static size_t row_bytes(ln_pixel_format format, unsigned width)
{
    switch (format) {
    case LN_PIXELS_RGB888:
        return 3 * (size_t)width;
    case LN_PIXELS_GREY:
        return width;
    default:
        return 2 * (size_t)width;
    }
}

/* Five or six bits become eight: all set stay all set. */
static void expand_565(unsigned pixel, uint8_t channels[CHANNELS])
{
    unsigned r = pixel >> 11, g = pixel >> 5 & 63, b = pixel & 31;

    channels[0] = (uint8_t)(r << 3 | r >> 2);
    channels[1] = (uint8_t)(g << 2 | g >> 4);
    channels[2] = (uint8_t)(b << 3 | b >> 2);
}

/* The channels of a pixel as the frame has them: red, green, blue, or Y, U, V. */
static void read_pixel(ln_pixel_format format, const uint8_t *row, unsigned x, uint8_t channels[CHANNELS])
{
    const uint8_t *two = row + 2 * x, *four = row + 4 * (x / 2); /* pixels that share U and V */

    switch (format) {
    case LN_PIXELS_RGB888:
        memcpy(channels, row + 3 * x, CHANNELS);
        break;
    case LN_PIXELS_RGB565:
        expand_565((unsigned)two[0] | (unsigned)two[1] << 8, channels);
        break;
    case LN_PIXELS_RGB565_SWAPPED:
        expand_565((unsigned)two[1] | (unsigned)two[0] << 8, channels);
        break;
    case LN_PIXELS_YUYV:
        channels[0] = two[0];
        channels[1] = four[1];
        channels[2] = four[3];
        break;
    case LN_PIXELS_UYVY:
        channels[0] = two[1];
        channels[1] = four[0];
        channels[2] = four[2];
        break;
    case LN_PIXELS_GREY:
        memset(channels, row[x], CHANNELS);
    }
}

static uint8_t byte_of(int number)
{
    return (uint8_t)(number < 0 ? 0 : number > 255 ? 255 : number);
}

/* BT.601, full range, factors in 1/256; 2^16 keeps what is shifted positive. */
static int scaled(int number)
{
    return (int)((unsigned)(number + 128 + 0x10000) >> 8) - 0x100;
}

static void rgb_of_yuv(uint8_t pixel[CHANNELS])
{
    int y = pixel[0], u = pixel[1] - 128, v = pixel[2] - 128;

    pixel[0] = byte_of(y + scaled(359 * v));
    pixel[1] = byte_of(y - scaled(88 * u + 183 * v));
    pixel[2] = byte_of(y + scaled(454 * u));
}

size_t ln_scaler_size(const ln_model *model)
{
    if (model == NULL)
        return 0;
    return sizeof(ln_scaler) + sizeof(void *) - sizeof(uint32_t) + CHANNELS * sizeof(uint32_t) * model->width;
}

static int frame_valid(ln_pixel_format format, unsigned width, unsigned height)
{
    int paired = format == LN_PIXELS_YUYV || format == LN_PIXELS_UYVY;

    return format <= LN_PIXELS_GREY && width >= LN_MIN_FRAME_WIDTH && width <= LN_MAX_FRAME_WIDTH &&
           height >= LN_MIN_FRAME_HEIGHT && height <= LN_MAX_FRAME_HEIGHT && !(paired && width % 2 != 0);
}

ln_status ln_scaler_init(ln_scaler **scaler, const ln_model *model, ln_pixel_format format, unsigned width,
                         unsigned height, void *memory, size_t size)
{
    ln_scaler *made;

    if (scaler == NULL || model == NULL || memory == NULL || (uintptr_t)memory % sizeof(uint32_t) != 0 ||
        !frame_valid(format, width, height))
        return LN_ERR_ARGUMENT;
    if (size < ln_scaler_size(model))
        return LN_ERR_SPACE;
    made = (ln_scaler *)(void *)((uint8_t *)memory + (0 - (uintptr_t)memory) % sizeof(void *));
    memset(made, 0, sizeof *made);
    made->model = model;
    made->sums = (uint32_t *)(void *)(made + 1);
    made->width = (uint16_t)width;
    made->height = (uint16_t)height;
    made->format = (uint8_t)format;
    *scaler = made;
    return LN_OK;
}

static void clear(ln_scaler *scaler)
{
    memset(scaler->sums, 0, CHANNELS * sizeof *scaler->sums * scaler->model->width);
}

ln_status ln_scaler_begin(ln_scaler *scaler, ln_camera *camera, unsigned image)
{
    ln_status status;

    if (scaler == NULL || camera == NULL || camera->model != scaler->model)
        return LN_ERR_ARGUMENT;
    status = ln_camera_begin(camera, image);
    if (status != LN_OK)
        return status;
    scaler->camera = camera;
    scaler->taken = 0;
    scaler->made = 0;
    clear(scaler);
    return LN_OK;
}

/* Adds a row of the frame, `weight` times, to the sums. */
static void add_row(ln_scaler *scaler, const uint8_t *row, uint32_t weight)
{
    unsigned model_width = scaler->model->width, mark = 0;
    unsigned frame_end = model_width,
             end = scaler->width; /* of this pixel of the frame, and of the picture */
    uint32_t *sums = scaler->sums, *sums_end = sums + CHANNELS * model_width;
    uint8_t pixel[CHANNELS];
    unsigned x = 0;

    read_pixel((ln_pixel_format)scaler->format, row, x, pixel);
    while (sums != sums_end) {
        unsigned next = frame_end < end ? frame_end : end;
        uint32_t both = weight * (next - mark);

        for (unsigned c = 0; c < CHANNELS; c++)
            sums[c] += both * pixel[c];
        mark = next;
        if (mark == end) {
            sums += CHANNELS;
            end += scaler->width;
        }
        if (mark == frame_end && ++x < scaler->width) {
            read_pixel((ln_pixel_format)scaler->format, row, x, pixel);
            frame_end += model_width;
        }
    }
}

/* Hands a complete row to the camera. Its bytes take the place of the sums, which are read before. */
static ln_status put_row(ln_scaler *scaler)
{
    uint32_t area = (uint32_t)scaler->width * scaler->height;
    uint8_t *bytes = (uint8_t *)scaler->sums;
    unsigned count = CHANNELS * (unsigned)scaler->model->width;
    ln_status status;

    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)((scaler->sums[i] + area / 2) / area);
    if (scaler->format == LN_PIXELS_YUYV || scaler->format == LN_PIXELS_UYVY)
        for (unsigned i = 0; i < count; i += CHANNELS)
            rgb_of_yuv(bytes + i);
    status = ln_camera_push_rows(scaler->camera, bytes, count, 1);
    scaler->made++;
    clear(scaler);
    return status;
}

static ln_status take_row(ln_scaler *scaler, const uint8_t *row)
{
    uint32_t mark = (uint32_t)scaler->taken * scaler->model->height;
    uint32_t frame_end = mark + scaler->model->height;
    ln_status status = LN_OK;

    while (mark < frame_end && status == LN_OK) {
        uint32_t end = (scaler->made + 1u) * (uint32_t)scaler->height;
        uint32_t next = frame_end < end ? frame_end : end;

        add_row(scaler, row, next - mark);
        mark = next;
        if (mark == end)
            status = put_row(scaler);
    }
    scaler->taken++;
    return status;
}

/* Whether the camera's picture is the one that was begun here, and has just the rows that were made. */
static int in_step(const ln_scaler *scaler)
{
    const ln_camera *camera = scaler->camera;

    return camera != NULL && camera->state == LN_CAMERA_OPEN &&
           ln_network_missing(&camera->network) + scaler->made == scaler->model->height;
}

ln_status ln_scaler_push_rows(ln_scaler *scaler, const uint8_t *pixels, size_t bytes, unsigned rows)
{
    ln_status status = LN_OK;
    size_t one;

    if (scaler == NULL || pixels == NULL)
        return LN_ERR_ARGUMENT;
    one = row_bytes((ln_pixel_format)scaler->format, scaler->width);
    if (bytes % one != 0 || bytes / one != rows)
        return LN_ERR_ARGUMENT;
    if (!in_step(scaler) || rows > (unsigned)scaler->height - scaler->taken)
        return LN_ERR_STATE;
    for (; rows > 0 && status == LN_OK; rows--, pixels += one)
        status = take_row(scaler, pixels);
    return status;
}
