#include "cloud/vision_model.h"

#include "cloud/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- The shape ------------------------------------------------------------------------------- */

size_t ln_vision_channels(const ln_vision_config *config)
{
    return config->channels == LN_CHANNELS_GREY ? 1 : 3;
}

ln_port ln_vision_wanted_input(const ln_vision_config *config)
{
    long height = (long)config->height, width = (long)config->width;
    long channels = (long)ln_vision_channels(config);
    if (config->channels_last)
        return (ln_port){"", 4, {LN_ANY_SIZE, height, width, channels}};
    return (ln_port){"", 4, {LN_ANY_SIZE, channels, height, width}};
}

/* What to do about an input of another shape. */
static void advise(char text[128], const ln_vision_config *config, const ln_port *in)
{
    const long *sides = config->channels_last ? in->shape + 1 : in->shape + 2;
    long channels = (long)ln_vision_channels(config), others = channels == 1 ? 3 : 1;
    int first = in->rank == 4 && in->shape[1] == channels, last = in->rank == 4 && in->shape[3] == channels;
    if (config->channels_last ? first && !last : last && !first)
        snprintf(text, 128, "say layout = %s", first ? "NCHW" : "NHWC");
    else if ((config->channels_last ? last : first) && sides[0] > 0 && sides[1] > 0)
        snprintf(text, 128, "say width = %ld and height = %ld", sides[1], sides[0]);
    else if (in->rank == 4 && (in->shape[1] == others || in->shape[3] == others))
        snprintf(text, 128, "say channels = %s and layout = %s", others == 1 ? "grey" : "RGB",
                 in->shape[3] == others ? "NHWC" : "NCHW");
    else
        snprintf(text, 128, "give a model that takes pictures of three colours, or grey ones");
}

static ln_status check_shape(const ln_vision_config *config, const ln_port *in, const char *model,
                             ln_error *error)
{
    ln_port wanted = ln_vision_wanted_input(config);
    char is[128], should[128], advice[128];
    int same = in->rank == 4;
    for (size_t i = 1; i < 4 && same; i++)
        same = in->shape[i] == wanted.shape[i];
    if (!same) {
        advise(advice, config, in);
        return ln_fail(error, LN_ERR_IO, "%s: its input '%s' has the shape %s instead of %s: %s", model,
                       in->name, ln_shape_text(is, in), ln_shape_text(should, &wanted), advice);
    }
    if (in->shape[0] != LN_ANY_SIZE && in->shape[0] != 1)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: its input '%s' takes %ld pictures at a time: export again for 1, or with a free first "
            "dimension (PyTorch: dynamic_axes or dynamic_shapes; Ultralytics: dynamic=True)",
            model, in->name, in->shape[0]);
    return LN_OK;
}

/* ---- The scale ------------------------------------------------------------------------------- */

static int is_fraction(float number)
{
    return number != 0 && fabsf(number) < 1;
}

/* `count` numbers, or one where all are the same. */
static const char *numbers_text(char text[64], const float numbers[3], float factor)
{
    const double n[3] = {(double)(numbers[0] * factor), (double)(numbers[1] * factor),
                         (double)(numbers[2] * factor)};
    if (n[0] == n[1] && n[1] == n[2])
        snprintf(text, 64, "%.6g", n[0]);
    else
        snprintf(text, 64, "%.6g %.6g %.6g", n[0], n[1], n[2]);
    return text;
}

/* Mean and divisor are often known for pixels of 0..1, as PyTorch's transforms take them. Then every input
 * would be about the same, and the classes wrong without a word. */
static ln_status check_fractions(const ln_vision_config *config, const char *model, ln_error *error)
{
    const float *mean = config->mean, *divisor = config->divisor;
    int mean_is = is_fraction(mean[0]) || is_fraction(mean[1]) || is_fraction(mean[2]);
    int divisor_is = is_fraction(divisor[0]) || is_fraction(divisor[1]) || is_fraction(divisor[2]);
    if (!mean_is && !divisor_is)
        return LN_OK;
    char m[64], d[64], more[64], further[64];
    return ln_fail(
        error, LN_ERR_ARGUMENT,
        "%s: mean = %s and divisor = %s: such numbers are for pixels of 0 to 1, but these are of 0 to "
        "255: say mean = %s and divisor = %s",
        model, numbers_text(m, mean, 1), numbers_text(d, divisor, 1),
        numbers_text(more, mean, mean_is ? 255 : 1), numbers_text(further, divisor, divisor_is ? 255 : 1));
}

/* Numbers for three colours were meant for another input. */
static ln_status check_grey(const ln_vision_config *config, const char *model, ln_error *error)
{
    const float *mean = config->mean, *divisor = config->divisor;
    int differ =
        mean[0] != mean[1] || mean[0] != mean[2] || divisor[0] != divisor[1] || divisor[0] != divisor[2];
    if (config->channels != LN_CHANNELS_GREY || !differ)
        return LN_OK;
    return ln_fail(error, LN_ERR_ARGUMENT,
                   "%s: channels = grey has one mean and one divisor: give one number for each", model);
}

typedef struct range {
    float from, to;
} range;

/* What the settings make of a pixel's 0..255. */
static range range_of(const ln_vision_config *config)
{
    range r = {INFINITY, -INFINITY};
    for (size_t c = 0; c < 3; c++) {
        float black = (0 - config->mean[c]) / config->divisor[c],
              white = (255 - config->mean[c]) / config->divisor[c];
        r.from = fminf(r.from, fminf(black, white));
        r.to = fmaxf(r.to, fmaxf(black, white));
    }
    return r;
}

static int is_near(range a, range b)
{
    float most = (b.to - b.from) / 20;
    return fabsf(a.from - b.from) <= most && fabsf(a.to - b.to) <= most;
}

/* Whether a range lies in another, of which it needs a half at least. */
static int is_within(range a, range b)
{
    float width = b.to - b.from;
    return a.from >= b.from - width / 20 && a.to <= b.to + width / 20 && a.to - a.from >= width / 2;
}

static int is_default(const ln_vision_config *config)
{
    ln_vision_config standard;
    ln_vision_config_default(&standard);
    return memcmp(config->mean, standard.mean, sizeof standard.mean) == 0 &&
           memcmp(config->divisor, standard.divisor, sizeof standard.divisor) == 0;
}

/* Whether the bytes of a picture are what a quantised input takes for one of the usual scales. */
static int takes_bytes(range stands_for, range type)
{
    static const range usual[] = {{0, 1}, {-1, 1}, {0, 255}, {-128, 127}};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (is_near(stands_for, usual[i]))
            return 1;
    return stands_for.to <= stands_for.from || is_near(stands_for, type);
}

static ln_status fail_whole(const char *model, const ln_port *in, range type, range stands_for,
                            ln_error *error)
{
    char meaning[80] = "";
    if (stands_for.to > stands_for.from)
        snprintf(meaning, sizeof meaning, ", which stand for %.4g to %.4g", (double)stands_for.from,
                 (double)stands_for.to);
    return ln_fail(
        error, LN_ERR_ARGUMENT,
        "%s: its input '%s' takes whole numbers, %.0f to %.0f%s: mean and divisor do not lead there: say "
        "mean = %.0f and divisor = 1 for the picture's bytes%s",
        model, in->name, (double)type.from, (double)type.to, meaning, (double)(0 - type.from),
        *meaning ? ", or what the model was trained with" : "");
}

static ln_status feed_whole(ln_vision *vision, const char *model, const ln_coding *coding, ln_error *error)
{
    ln_feed *feed = &vision->feed;
    range type = coding->number == LN_NUMBER_UINT8 ? (range){0, 255} : (range){-128, 127};
    range given = range_of(&vision->config);
    range stands_for = {(type.from - (float)coding->zero) * coding->scale,
                        (type.to - (float)coding->zero) * coding->scale};
    feed->whole = 1;
    feed->least = type.from;
    feed->most = type.to;
    if (is_default(&vision->config) && takes_bytes(stands_for, type)) {
        for (size_t c = 0; c < 3; c++) {
            feed->mean[c] = 0 - type.from;
            feed->divisor[c] = 1;
        }
        return LN_OK;
    }
    if (is_within(given, type))
        return LN_OK;
    if (coding->scale == 0 || !is_within(given, stands_for))
        return fail_whole(model, ln_engine_input(vision->engine, 0), type, stands_for, error);
    feed->scale = coding->scale;
    feed->zero = (float)coding->zero;
    return LN_OK;
}

ln_status ln_vision_check_input(ln_vision *vision, const char *model, ln_error *error)
{
    const ln_vision_config *config = &vision->config;
    const ln_port *in = ln_engine_input(vision->engine, 0);
    size_t count = 0;
    while (ln_engine_input(vision->engine, count))
        count++;
    if (count != 1)
        return ln_fail(error, LN_ERR_IO,
                       "%s: has %zu inputs instead of 1: give a model that takes pictures only", model,
                       count);
    ln_status status = check_shape(config, in, model, error);
    if (status == LN_OK)
        status = check_grey(config, model, error);
    if (status == LN_OK)
        status = check_fractions(config, model, error);
    if (status != LN_OK)
        return status;
    vision->batch = in->shape[0] == 1 ? 1 : LN_VISION_MAX_BATCH;
    vision->feed.scale = 1;
    memcpy(vision->feed.mean, config->mean, sizeof config->mean);
    memcpy(vision->feed.divisor, config->divisor, sizeof config->divisor);
    const ln_coding *coding = ln_engine_input_coding(vision->engine, 0);
    return coding->number == LN_NUMBER_FLOAT ? LN_OK : feed_whole(vision, model, coding, error);
}
