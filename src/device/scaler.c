/* The scaler makes the model's picture from camera frames of other sizes and formats (ln_scaler of
 * limitnet/device.h).
 *
 * Along each axis a frame of n pixels and a picture of m pixels are laid along a ruler with n x m marks. A
 * frame pixel is m marks long, a picture pixel n marks. The marks that two pixels share are the weight of one
 * in the other, so all weights are whole numbers.
 *
 * The weights of a picture pixel add up to the frame's area. Its sum, rounding included, is at most
 * 255.5 x 640 x 480 < 2^27; what one frame row adds to it, not yet weighted, is at most 255 x 640.
 * Intermediate numbers may exceed 32 bits, but are exact modulo 2^32. */
#include "device/scaler.h"

#include <string.h>

#include "device/camera.h"

#define CHANNELS 3

static size_t row_bytes(ln_pixel_format format, unsigned width)
{
    switch (format) {
    case LN_PIXELS_RGB888:
    case LN_PIXELS_BGR888:
        return 3 * (size_t)width;
    case LN_PIXELS_RGBA8888:
    case LN_PIXELS_BGRA8888:
        return 4 * (size_t)width;
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

    return format <= LN_PIXELS_BGRA8888 && width >= LN_MIN_FRAME_WIDTH && width <= LN_MAX_FRAME_WIDTH &&
           height >= LN_MIN_FRAME_HEIGHT && height <= LN_MAX_FRAME_HEIGHT && !(paired && width % 2 != 0);
}

ln_status ln_scaler_init(ln_scaler **scaler, const ln_model *model, ln_pixel_format format, unsigned width,
                         unsigned height, void *memory, size_t size)
{
    if (scaler)
        *scaler = NULL;
    if (!scaler || !model || !memory || (uintptr_t)memory % sizeof(uint32_t) != 0 ||
        !frame_valid(format, width, height))
        return LN_ERR_ARGUMENT;
    if (size < ln_scaler_size(model))
        return LN_ERR_SPACE;

    ln_scaler *made = (ln_scaler *)(void *)((uint8_t *)memory + (0 - (uintptr_t)memory) % sizeof(void *));

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

/* Sums begin with half of what they are divided by later, so that the division rounds. */
static void begin_sums(ln_scaler *scaler)
{
    for (unsigned i = 0; i < CHANNELS * (unsigned)scaler->model->width; i++)
        scaler->sums[i] = area_of(scaler) / 2;
}

ln_status ln_scaler_begin(ln_scaler *scaler, ln_camera *camera, unsigned picture)
{
    if (!scaler || !camera || camera->model != scaler->model)
        return LN_ERR_ARGUMENT;

    ln_status status = ln_camera_begin(camera, picture);

    if (status != LN_OK)
        return status;
    scaler->camera = camera;
    scaler->taken = 0;
    scaler->made = 0;
    begin_sums(scaler);
    return LN_OK;
}

/* What one pass over a row reads: grey, all of three colours, Y alone, or U and V, which two pixels share. */
typedef enum layout { RGB888, RGBA8888, RGB565, RGB565_SWAPPED, GREY, LUMA, CHROMA } layout;

/* Where a walk along a frame row stands. */
typedef struct walk {
    const uint8_t *at;                   /* a frame pixel */
    uint32_t channels[CHANNELS];         /* its channels */
    uint32_t part;                       /* marks of it that the walk has passed */
    uint32_t frame_pixel, picture_pixel; /* marks of a pixel */
} walk;

static inline unsigned channels_of(layout what)
{
    return what == GREY || what == LUMA ? 1 : what == CHROMA ? 2 : CHANNELS;
}

static inline unsigned step_of(layout what)
{
    return what == GREY ? 1 : what == RGB888 ? 3 : what == CHROMA || what == RGBA8888 ? 4 : 2;
}

/* Widens five or six bits to eight, so that the largest number becomes 255. */
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

/* Adds up what the picture's next pixel covers of the row: all frame pixels that end in it, less the part of
 * the first one that lies before it, plus its part of the last one. A frame pixel that ends where the
 * picture's pixel ends counts as the last one, so that nothing beyond the row is read. */
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

/* Limits a number in 1/256 to a byte. Negative numbers come modulo 2^32. */
static uint8_t byte_of(uint32_t number)
{
    if (number > 0xffff)
        return number >> 31 ? 0 : 255;
    return (uint8_t)(number >> 8);
}

/* BT.601, full range, with factors in 1/256. Halves are rounded up for red and blue, down for green. */
static inline void put_rgb(uint8_t *pixel, uint32_t y, uint32_t u, uint32_t v)
{
    y *= 256;
    u -= 128;
    v -= 128;
    pixel[0] = byte_of(y + 359 * v + 128);
    pixel[1] = byte_of(y - 88 * u - 183 * v + 127);
    pixel[2] = byte_of(y + 454 * u + 128);
}

/* U and V come after Y, which the pixel holds by then. */
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

/* Adds `weight` marks of a frame row. If they end a picture row, its pixels are made, and the next picture
 * row begins with `next` marks. The layout is a constant wherever this is called, so that each layout has its
 * own loop. */
static inline void use_part(ln_scaler *scaler, const uint8_t *row, uint32_t weight, uint32_t next, int ends,
                            layout what)
{
    unsigned channels = channels_of(what), left = scaler->model->width;
    uint32_t *sums = scaler->sums + (what == CHROMA ? left : 0); /* sums of U and V lie behind those of Y */
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
    unsigned luma = scaler->format == LN_PIXELS_UYVY; /* offset of the first Y */

    switch (scaler->format) {
    case LN_PIXELS_RGB888:
    case LN_PIXELS_BGR888:
        use_part(scaler, row, weight, next, ends, RGB888);
        break;
    case LN_PIXELS_RGBA8888:
    case LN_PIXELS_BGRA8888:
        use_part(scaler, row, weight, next, ends, RGBA8888);
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

/* Puts the colours of a row that was made from a frame with blue first into their order. */
static void order_colours(ln_scaler *scaler)
{
    uint8_t *pixel = scaler->pixels;

    if (scaler->format != LN_PIXELS_BGR888 && scaler->format != LN_PIXELS_BGRA8888)
        return;
    for (unsigned left = scaler->model->width; left > 0; left--, pixel += CHANNELS) {
        uint8_t blue = pixel[0];

        pixel[0] = pixel[2];
        pixel[2] = blue;
    }
}

/* A frame row may end a picture row, or several if the frame is lower than the picture. */
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
        weight = 0; /* the next picture row has got its part of the frame row */
        order_colours(scaler);
        status =
            ln_camera_push_rows(scaler->camera, scaler->pixels, CHANNELS * (size_t)scaler->model->width, 1);
        scaler->made++;
    }
    scaler->taken++;
    return status;
}

/* Whether the camera still has the picture that was begun here, with the rows that were made here and no
 * others. */
static int in_step(const ln_scaler *scaler)
{
    const ln_camera *camera = scaler->camera;

    return camera && camera->state == LN_CAMERA_OPEN &&
           ln_network_missing(&camera->network) + scaler->made == scaler->model->height;
}

ln_status ln_scaler_push_rows(ln_scaler *scaler, const uint8_t *pixels, size_t bytes, unsigned rows)
{
    if (!scaler || !pixels)
        return LN_ERR_ARGUMENT;

    size_t one = row_bytes((ln_pixel_format)scaler->format, scaler->width);

    if (bytes % one != 0 || bytes / one != rows)
        return LN_ERR_ARGUMENT;
    if (!in_step(scaler) || rows > (unsigned)scaler->height - scaler->taken)
        return LN_ERR_STATE;

    ln_status status = LN_OK;

    for (; rows > 0 && status == LN_OK; rows--, pixels += one)
        status = take_row(scaler, pixels);
    return status;
}
