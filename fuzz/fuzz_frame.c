/* Any bytes as a frame of a sensor, of any format and size. The camera sees the same whether its rows come
 * one by one or together, and refuses what does not fit.
 *
 * The input: format, width and height as the scaler takes them, how many rows come at a time, then pixels,
 * which repeat. */
#include "fuzz.h"

#include <limitnet/device.h>

#include <stdlib.h>
#include <string.h>

static ln_model model;

/* At the limits, and between them. Most are small, so that a run is quick. */
#define WIDTHS 16
#define HEIGHTS 16
static const unsigned widths[WIDTHS] = {159, 160, 161, 162, 163, 164, 175, 176,
                                        180, 191, 192, 200, 0,   320, 640, 641};
static const unsigned heights[HEIGHTS] = {119, 120, 121, 122, 123, 124, 127, 128,
                                          129, 130, 135, 144, 0,   240, 480, 481};

/* A camera and its scaler, in memory of exactly their size. */
typedef struct sensor {
    void *camera_memory, *scaler_memory;
    ln_camera *camera;
    ln_scaler *scaler;
} sensor;

static void open_model(void)
{
    size_t size;
    uint8_t *bytes = fuzz_load("tests/models/tiny-nomap.lnm", &size);
    REQUIRE(ln_model_open(&model, bytes, size) == LN_OK);
}

static ln_status open_sensor(sensor *s, ln_pixel_format format, unsigned width, unsigned height)
{
    size_t camera = ln_camera_size(&model, ln_all_kernels), scaler = ln_scaler_size(&model);
    *s = (sensor){.camera_memory = malloc(camera), .scaler_memory = malloc(scaler)};
    REQUIRE(s->camera_memory && s->scaler_memory);
    REQUIRE(ln_camera_init(&s->camera, &model, ln_all_kernels, s->camera_memory, camera) == LN_OK);
    ln_status status = ln_scaler_init(&s->scaler, &model, format, width, height, s->scaler_memory, scaler);
    REQUIRE((status == LN_OK) == (s->scaler != NULL));
    return status;
}

static void close_sensor(sensor *s)
{
    free(s->camera_memory);
    free(s->scaler_memory);
}

static size_t pixel_bytes(unsigned format)
{
    static const uint8_t bytes[] = {3, 2, 2, 2, 2, 1, 3, 4, 4};
    return bytes[format];
}

/* Pushes the frame in pieces of `step` rows, each in memory of exactly its size. */
static void push(const sensor *s, fuzz_part pixels, size_t row_bytes, unsigned height, unsigned step)
{
    REQUIRE(ln_scaler_begin(s->scaler, s->camera, 1) == LN_OK);
    for (unsigned y = 0; y < height; y += step) {
        unsigned rows = height - y < step ? height - y : step;
        uint8_t *piece = malloc(rows * row_bytes);
        REQUIRE(piece != NULL);
        for (size_t i = 0; i < rows * row_bytes; i++)
            piece[i] = pixels.size ? pixels.bytes[(y * row_bytes + i) % pixels.size] : 0;
        REQUIRE(ln_scaler_push_rows(s->scaler, piece, rows * row_bytes - 1, rows) == LN_ERR_ARGUMENT);
        REQUIRE(ln_scaler_push_rows(s->scaler, piece, rows * row_bytes, rows) == LN_OK);
        free(piece);
    }
    const uint8_t row[4 * LN_MAX_FRAME_WIDTH] = {0};
    REQUIRE(ln_scaler_push_rows(s->scaler, row, row_bytes, 1) == LN_ERR_STATE);
    REQUIRE(ln_camera_finish(s->camera) == LN_OK);
}

static void compare(const sensor *a, const sensor *b)
{
    for (unsigned c = 0; c < model.channels; c++)
        for (unsigned p = 0; p < ln_model_places(&model, c); p++) {
            REQUIRE(ln_camera_value(a->camera, c, p) == ln_camera_value(b->camera, c, p));
            REQUIRE(abs(ln_camera_value(a->camera, c, p)) <= model.channel[c].limit);
        }
}

static int is_frame(unsigned format, unsigned width, unsigned height)
{
    int paired = format == LN_PIXELS_YUYV || format == LN_PIXELS_UYVY;
    return format <= LN_PIXELS_BGRA8888 && width >= LN_MIN_FRAME_WIDTH && width <= LN_MAX_FRAME_WIDTH &&
           height >= LN_MIN_FRAME_HEIGHT && height <= LN_MAX_FRAME_HEIGHT && !(paired && width % 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!model.bytes)
        open_model();
    fuzz_part rest = {data, size};
    unsigned format = fuzz_byte(&rest) % 16;
    unsigned width = widths[fuzz_byte(&rest) % WIDTHS], height = heights[fuzz_byte(&rest) % HEIGHTS];
    unsigned step = 1u + fuzz_byte(&rest) % 64;
    sensor first, again;
    ln_status status = open_sensor(&first, (ln_pixel_format)format, width, height);
    REQUIRE(status == (is_frame(format, width, height) ? LN_OK : LN_ERR_ARGUMENT));
    if (status == LN_OK) {
        REQUIRE(open_sensor(&again, (ln_pixel_format)format, width, height) == LN_OK);
        push(&first, rest, width * pixel_bytes(format), height, height);
        push(&again, rest, width * pixel_bytes(format), height, step);
        compare(&first, &again);
        close_sensor(&again);
    }
    close_sensor(&first);
    return 0;
}
