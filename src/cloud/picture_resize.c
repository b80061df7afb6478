/* Separable bicubic interpolation in fixed point.
 *
 * Each output sample is a weighted sum of the input samples under the filter. When a picture shrinks, the
 * filter is stretched by the same factor, so that every input pixel counts. Rows come first, into bytes, then
 * columns. Weights, rounding and order are those of Pillow's BICUBIC, with which the field measures its
 * vision models. */
#include <limitnet/cloud.h>

#include "cloud/error.h"

#include <math.h>
#include <stdlib.h>

#define WEIGHT_BITS 22 /* 32 bits hold a sample of 8 bits, its weight, and overshoot */

/* For each output sample: its first input sample, the number of input samples, and their weights. */
typedef struct {
    unsigned *first, *count;
    int32_t *weight; /* `most` for each output sample */
    unsigned most;
} taps;

static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0)
        return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

static void taps_free(taps *t)
{
    free(t->first);
    free(t->count);
    free(t->weight);
}

static void taps_fill(const taps *t, double *scratch, unsigned i, double scale, unsigned inputs)
{
    double stretch = scale < 1.0 ? 1.0 : scale, reach = 2.0 * stretch;
    double centre = (i + 0.5) * scale, sum = 0.0;
    int first = (int)(centre - reach + 0.5), last = (int)(centre + reach + 0.5);
    if (first < 0)
        first = 0;
    if (last > (int)inputs)
        last = (int)inputs;
    unsigned count = (unsigned)(last - first);
    for (unsigned k = 0; k < count; k++) {
        scratch[k] = bicubic(((int)k + first - centre + 0.5) / stretch);
        sum += scratch[k];
    }
    int32_t *weight = t->weight + (size_t)i * t->most;
    for (unsigned k = 0; k < count; k++) {
        double fixed = scratch[k] / sum * (1 << WEIGHT_BITS);
        weight[k] = (int32_t)(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    t->first[i] = (unsigned)first;
    t->count[i] = count;
}

static ln_status taps_make(taps *t, unsigned inputs, unsigned outputs, ln_error *error)
{
    double scale = (double)inputs / outputs;
    t->most = (unsigned)ceil(2.0 * (scale < 1.0 ? 1.0 : scale)) * 2 + 1;
    t->first = malloc(outputs * sizeof *t->first);
    t->count = malloc(outputs * sizeof *t->count);
    t->weight = malloc((size_t)outputs * t->most * sizeof *t->weight);
    double *scratch = malloc(t->most * sizeof *scratch);
    if (t->first && t->count && t->weight && scratch)
        for (unsigned i = 0; i < outputs; i++)
            taps_fill(t, scratch, i, scale, inputs);
    else
        ln_fail_memory(error);
    free(scratch);
    return t->first && t->count && t->weight && scratch ? LN_OK : LN_ERR_MEMORY;
}

static uint8_t to_byte(int32_t sum)
{
    int32_t value = sum >> WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One output pixel from input pixels that lie `step` bytes apart. */
static void weigh(uint8_t *out, const uint8_t *in, size_t step, const int32_t *weight, unsigned count)
{
    int32_t r = 1 << (WEIGHT_BITS - 1), g = r, b = r;
    for (unsigned k = 0; k < count; k++, in += step) {
        r += in[0] * weight[k];
        g += in[1] * weight[k];
        b += in[2] * weight[k];
    }
    out[0] = to_byte(r);
    out[1] = to_byte(g);
    out[2] = to_byte(b);
}

static void resize_rows(const ln_picture *out, const uint8_t *in, size_t stride, const taps *t)
{
    for (unsigned y = 0; y < out->height; y++)
        for (unsigned x = 0; x < out->width; x++)
            weigh(out->rgb + ((size_t)y * out->width + x) * 3, in + y * stride + (size_t)t->first[x] * 3, 3,
                  t->weight + (size_t)x * t->most, t->count[x]);
}

static void resize_columns(const ln_picture *out, const uint8_t *in, const taps *t)
{
    size_t stride = (size_t)out->width * 3;
    for (unsigned y = 0; y < out->height; y++)
        for (unsigned x = 0; x < out->width; x++)
            weigh(out->rgb + y * stride + (size_t)x * 3, in + t->first[y] * stride + (size_t)x * 3, stride,
                  t->weight + (size_t)y * t->most, t->count[y]);
}

/* The part of the source that is used, in pixels. */
typedef struct {
    unsigned x, y, width, height;
} box;

static box box_of(const ln_picture *source, unsigned width, unsigned height, ln_fit fit)
{
    box part = {0, 0, source->width, source->height};
    if (fit == LN_FIT_STRETCH)
        return part;
    /* The side that is too long for the target's aspect is cut, to the nearest pixel. */
    uint64_t across = (uint64_t)source->width * height, down = (uint64_t)source->height * width;
    if (across > down)
        part.width = (unsigned)((down + height / 2) / height);
    else
        part.height = (unsigned)((across + width / 2) / width);
    part.width = part.width ? part.width : 1;
    part.height = part.height ? part.height : 1;
    part.x = (source->width - part.width) / 2;
    part.y = (source->height - part.height) / 2;
    return part;
}

ln_status ln_picture_resize(const ln_picture *source, unsigned width, unsigned height, ln_fit fit,
                            ln_picture *result, ln_error *error)
{
    if (!result)
        return ln_fail_null(error, __func__);
    *result = (ln_picture){0};
    if (!source)
        return ln_fail_null(error, __func__);
    if (!source->rgb)
        return ln_fail(error, LN_ERR_ARGUMENT, "there is no picture to resize");
    if (width < 1 || height < 1 || width > LN_PICTURE_MAX_SIDE || height > LN_PICTURE_MAX_SIDE)
        return ln_fail(error, LN_ERR_ARGUMENT, "a picture cannot be resized to %u x %u pixels", width,
                       height);
    box part = box_of(source, width, height, fit);
    size_t stride = (size_t)source->width * 3;
    ln_picture between;
    taps across = {0}, down = {0};
    ln_status status = ln_picture_make(&between, width, part.height, error);
    if (status == LN_OK)
        status = taps_make(&across, part.width, width, error);
    if (status == LN_OK)
        status = taps_make(&down, part.height, height, error);
    if (status == LN_OK)
        status = ln_picture_make(result, width, height, error);
    if (status == LN_OK) {
        resize_rows(&between, source->rgb + part.y * stride + (size_t)part.x * 3, stride, &across);
        resize_columns(result, between.rgb, &down);
    }
    taps_free(&across);
    taps_free(&down);
    ln_picture_free(&between);
    return status;
}
