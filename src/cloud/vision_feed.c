/* Pictures become the numbers of an input. */
#include "cloud/vision_model.h"

#include <math.h>

static float value_of(const ln_feed *feed, size_t channel, uint8_t x)
{
    float value = ((float)x - feed->mean[channel]) / feed->divisor[channel];
    if (!feed->whole)
        return value;
    return fminf(fmaxf(rintf(value / feed->scale + feed->zero), feed->least), feed->most);
}

/* As the luma of JPEG and of most programs that make pictures grey, in 65536ths. */
static uint8_t grey_of(const uint8_t *rgb)
{
    return (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
}

static void feed_grey(const ln_vision *vision, const ln_picture *picture, float *input)
{
    float value[256];
    for (size_t x = 0; x < 256; x++)
        value[x] = value_of(&vision->feed, 0, (uint8_t)x);
    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++)
        input[i] = value[grey_of(picture->rgb + 3 * i)];
}

static void feed_colours(const ln_vision *vision, const ln_picture *picture, float *input)
{
    size_t pixels = (size_t)picture->width * picture->height;
    size_t pixel_step = vision->config.channels_last ? 3 : 1;
    size_t channel_step = vision->config.channels_last ? 1 : pixels;
    for (size_t c = 0; c < 3; c++) {
        const uint8_t *from = picture->rgb + (vision->config.channels == LN_CHANNELS_BGR ? 2 - c : c);
        float *to = input + c * channel_step, value[256];
        for (size_t x = 0; x < 256; x++)
            value[x] = value_of(&vision->feed, c, (uint8_t)x);
        for (size_t i = 0; i < pixels; i++)
            to[i * pixel_step] = value[from[3 * i]];
    }
}

ln_status ln_vision_feed(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                         ln_error *error)
{
    const ln_vision_config *config = &vision->config;
    size_t values = (size_t)config->width * config->height * ln_vision_channels(config);
    for (size_t i = 0; i < count; i++) {
        ln_picture small;
        ln_status status = ln_picture_resize(&pictures[i], config->width, config->height, fit, &small, error);
        if (status != LN_OK)
            return status;
        if (config->channels == LN_CHANNELS_GREY)
            feed_grey(vision, &small, vision->input + i * values);
        else
            feed_colours(vision, &small, vision->input + i * values);
        ln_picture_free(&small);
    }
    return LN_OK;
}
