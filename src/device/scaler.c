/* Camera frames of any size and format become the model's picture (ln_scaler of limitnet/device.h).
 *
 * Along each axis a frame of n pixels and a picture of m pixels are laid over a ruler of n x m marks: a pixel
 * of the frame is m marks long, one of the picture n marks. What they have in common is the weight of one in
 * the other: all exact.
 *
 * The weights of a pixel of the picture add up to the frame's area: its sum, with the half that rounds, is at
 * most 255.5 x 640 x 480 < 2^27, and one row's part of it, not weighted yet, 255 x 640. What they pass
 * through is exact modulo 2^32. */
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

size_t ln_scaler_size(const ln_model *model)
{
    if (!model)
        return 0;
    return sizeof(ln_scaler) + sizeof(void *) - sizeof(uint32_t) +
           CHANNELS * (sizeof(uint32_t) + 1) * model->width;
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

    if (scaler)
        *scaler = NULL;
    if (!scaler || !model || !memory || (uintptr_t)memory % sizeof(uint32_t) != 0 ||
        !frame_valid(format, width, height))
        return LN_ERR_ARGUMENT;
    if (size < ln_scaler_size(model))
        return LN_ERR_SPACE;
    made = (ln_scaler *)(void *)((uint8_t *)memory + (0 - (uintptr_t)memory) % sizeof(void *));
    memset(made, 0, sizeof *made);
    made->model = model;
    made->sums = (uint32_t *)(void *)(made + 1);
    made->pixels = (uint8_t *)(made->sums + CHANNELS * model->width);
    made->width = (uint16_t)width;
    made->height = (uint16_t)height;
    made->format = (uint8_t)format;
    *scaler = made;
    return LN_OK;
}

static uint32_t area_of(const ln_scaler *scaler)
{
    return (uint32_t)scaler->width * scaler->height;
}

/* The sums of a new row: half of what they will be divided by, so that the division rounds. */
static void begin_sums(ln_scaler *scaler)
{
    for (unsigned i = 0; i < CHANNELS * (unsigned)scaler->model->width; i++)
        scaler->sums[i] = area_of(scaler) / 2;
}

ln_status ln_scaler_begin(ln_scaler *scaler, ln_camera *camera, unsigned picture)
{
    ln_status status;

    if (!scaler || !camera || camera->model != scaler->model)
        return LN_ERR_ARGUMENT;
    status = ln_camera_begin(camera, picture);
    if (status != LN_OK)
        return status;
    scaler->camera = camera;
    scaler->taken = 0;
    scaler->made = 0;
    begin_sums(scaler);
    return LN_OK;
}

/* What is read of a row at a time: grey, all of RGB, Y alone, or U and V, which two pixels share. */
typedef enum layout { RGB888, RGB565, RGB565_SWAPPED, GREY, LUMA, CHROMA } layout;

/* A way along a row of the frame, from pixel to pixel of the picture. */
typedef struct walk {
    const uint8_t *at;                   /* the frame's pixel that was reached */
    uint32_t channels[CHANNELS];         /* of that one */
    uint32_t part;                       /* how far into it */
    uint32_t frame_pixel, picture_pixel; /* their lengths */
} walk;

static inline unsigned channels_of(layout what)
{
    return what == GREY || what == LUMA ? 1 : what == CHROMA ? 2 : CHANNELS;
}

static inline unsigned step_of(layout what)
{
    return what == GREY ? 1 : what == RGB888 ? 3 : what == CHROMA ? 4 : 2;
}

/* Five or six bits become eight: all set stay all set. */
static inline void expand_565(uint32_t channels[CHANNELS], unsigned high, unsigned low)
{
    unsigned green = (high << 8 | low) >> 5 & 63, blue = low & 31;

    channels[0] = (high & 0xf8) | high >> 5;
    channels[1] = green << 2 | green >> 4;
    channels[2] = blue * 33 >> 2;
}

static inline void read_pixel(walk *w, layout what)
{
    if (what == RGB565)
        expand_565(w->channels, w->at[1], w->at[0]);
    else if (what == RGB565_SWAPPED)
        expand_565(w->channels, w->at[0], w->at[1]);
    else
        for (unsigned c = 0; c < channels_of(what); c++)
            w->channels[c] = w->at[what == CHROMA ? 2 * c : c];
}

static inline walk walk_begin(const ln_scaler *scaler, const uint8_t *row, layout what)
{
    walk w = {0};

    w.at = row;
    w.frame_pixel = scaler->model->width * (what == CHROMA ? 2u : 1u);
    w.picture_pixel = scaler->width;
    read_pixel(&w, what);
    return w;
}

/* Adds to the sums what the picture's next pixel has of the row: the pixels of the frame that end in it, less
 * the first one's part before it, and a part of the last. One that ends just where it ends counts as the
 * last: nothing behind the row is read. */
static inline void walk_on(walk *w, uint32_t sums[CHANNELS], layout what)
{
    unsigned channels = channels_of(what);
    uint32_t before = 0 - w->part;

    for (unsigned c = 0; c < channels; c++)
        sums[c] += before * w->channels[c];
    w->part += w->picture_pixel;
    while (w->part > w->frame_pixel) {
        w->part -= w->frame_pixel;
        for (unsigned c = 0; c < channels; c++)
            sums[c] += w->frame_pixel * w->channels[c];
        w->at += step_of(what);
        read_pixel(w, what);
    }
    for (unsigned c = 0; c < channels; c++)
        sums[c] += w->part * w->channels[c];
}

/* Whole 256ths as a byte, which limits them. They may be negative, modulo 2^32. */
static uint8_t byte_of(uint32_t number)
{
    if (number > 0xffff)
        return number >> 31 ? 0 : 255;
    return (uint8_t)(number >> 8);
}

/* BT.601, full range, factors in 1/256. Of numbers just between two bytes red and blue take the higher, green
 * the lower. */
static inline void put_rgb(uint8_t *pixel, uint32_t y, uint32_t u, uint32_t v)
{
    y *= 256;
    u -= 128;
    v -= 128;
    pixel[0] = byte_of(y + 359 * v + 128);
    pixel[1] = byte_of(y - 88 * u - 183 * v + 127);
    pixel[2] = byte_of(y + 454 * u + 128);
}

/* U and V come when the pixel has Y already. */
static inline void put_pixel(uint8_t *pixel, const uint32_t means[CHANNELS], layout what)
{
    if (what == CHROMA)
        put_rgb(pixel, pixel[0], means[0], means[1]);
    else if (what == LUMA)
        pixel[0] = (uint8_t)means[0];
    else
        for (unsigned c = 0; c < CHANNELS; c++)
            pixel[c] = (uint8_t)means[what == GREY ? 0 : c];
}

/* Adds `weight` marks of a row of the frame. If they end a row of the picture, its pixels are made, and the
 * next one begins with `next` marks. Each layout has its own loop, as the compiler knows it where this is
 * called. */
static inline void use_part(ln_scaler *scaler, const uint8_t *row, uint32_t weight, uint32_t next, int ends,
                            layout what)
{
    unsigned channels = channels_of(what), left = scaler->model->width;
    uint32_t *sums = scaler->sums + (what == CHROMA ? left : 0); /* those of U and V lie behind Y's */
    uint32_t area = area_of(scaler), half = area / 2;
    uint8_t *pixels = scaler->pixels;
    walk w = walk_begin(scaler, row, what);

    for (; left > 0; left--, sums += channels, pixels += CHANNELS) {
        uint32_t one[CHANNELS] = {0}, means[CHANNELS];

        walk_on(&w, one, what);
        if (ends) {
            for (unsigned c = 0; c < channels; c++) {
                means[c] = (sums[c] + weight * one[c]) / area;
                sums[c] = half + next * one[c];
            }
            put_pixel(pixels, means, what);
        } else {
            for (unsigned c = 0; c < channels; c++)
                sums[c] += weight * one[c];
        }
    }
}

static void use_row(ln_scaler *scaler, const uint8_t *row, uint32_t weight, uint32_t next, int ends)
{
    unsigned luma = scaler->format == LN_PIXELS_UYVY; /* where it begins */

    switch (scaler->format) {
    case LN_PIXELS_RGB888:
        use_part(scaler, row, weight, next, ends, RGB888);
        break;
    case LN_PIXELS_RGB565:
        use_part(scaler, row, weight, next, ends, RGB565);
        break;
    case LN_PIXELS_RGB565_SWAPPED:
        use_part(scaler, row, weight, next, ends, RGB565_SWAPPED);
        break;
    case LN_PIXELS_GREY:
        use_part(scaler, row, weight, next, ends, GREY);
        break;
    default:
        use_part(scaler, row + luma, weight, next, ends, LUMA);
        use_part(scaler, row + 1 - luma, weight, next, ends, CHROMA);
    }
}

/* A row of the frame may end one of the picture, and with a low frame more. */
static ln_status take_row(ln_scaler *scaler, const uint8_t *row)
{
    uint32_t mark = (uint32_t)scaler->taken * scaler->model->height;
    uint32_t frame_end = mark + scaler->model->height;
    uint32_t end = (scaler->made + 1u) * (uint32_t)scaler->height;
    uint32_t weight = (frame_end < end ? frame_end : end) - mark;
    ln_status status = LN_OK;

    if (frame_end < end)
        use_row(scaler, row, weight, 0, 0);
    for (; end <= frame_end && status == LN_OK; end += scaler->height) {
        uint32_t rest = frame_end - end;

        use_row(scaler, row, weight, rest < scaler->height ? rest : scaler->height, 1);
        weight = 0; /* the next row has begun with its part */
        status =
            ln_camera_push_rows(scaler->camera, scaler->pixels, CHANNELS * (size_t)scaler->model->width, 1);
        scaler->made++;
    }
    scaler->taken++;
    return status;
}

/* Whether the camera's picture is the one that was begun here, and has just the rows that were made. */
static int in_step(const ln_scaler *scaler)
{
    const ln_camera *camera = scaler->camera;

    return camera && camera->state == LN_CAMERA_OPEN &&
           ln_network_missing(&camera->network) + scaler->made == scaler->model->height;
}

ln_status ln_scaler_push_rows(ln_scaler *scaler, const uint8_t *pixels, size_t bytes, unsigned rows)
{
    ln_status status = LN_OK;
    size_t one;

    if (!scaler || !pixels)
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
