#include "cloud/vision_model.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LABEL_BYTES (1 << 24)

/* ---- Opening --------------------------------------------------------------------------------- */

static ln_status read_labels(ln_vision *vision, ln_error *error)
{
    const char *path = vision->config.labels;
    uint8_t *bytes;
    size_t size, count = 0;
    ln_status status = ln_file_read(path, MOST_LABEL_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    vision->text = (char *)bytes;
    vision->label = calloc(vision->classes, sizeof *vision->label);
    if (!vision->label)
        return ln_fail_memory(error);
    for (char *line = vision->text, *next; *line && count < vision->classes; line = next) {
        next = line + strcspn(line, "\n");
        if (*next)
            *next++ = 0;
        line[strcspn(line, "\r")] = 0;
        vision->label[count++] = line;
    }
    if (count < vision->classes)
        return ln_fail(error, LN_ERR_IO,
                       "%s: has only %zu labels for the model's %zu classes: give one a line", path, count,
                       vision->classes);
    return LN_OK;
}

/* Finds the number of classes in the shape of the network's output. */
static ln_status check_output(ln_vision *vision, const char *onnx, const ln_port *out, ln_error *error)
{
    int detects = vision->config.task == LN_TASK_DETECT;
    vision->classes = detects ? ln_detect_classes(out) : ln_classify_classes(out);
    if (!vision->classes)
        return ln_fail(error, LN_ERR_IO,
                       detects ? "%s: '%s' does not have rows of boxes: give a detector"
                               : "%s: '%s' does not have a row of classes: give a classifier",
                       onnx, out->name);
    return LN_OK;
}

/* Checks that the network takes what the settings say. */
static ln_status check_network(ln_vision *vision, const char *onnx, ln_error *error)
{
    const ln_vision_config *config = &vision->config;
    const ln_port *in = ln_engine_input(vision->engine, 0);
    const ln_port *out = ln_engine_output(vision->engine, 0);
    if (!in || !out)
        return ln_fail(error, LN_ERR_IO, "%s: the model has no input or output", onnx);
    ln_port wanted = {in->name, 4, {LN_ANY_SIZE, 3, (long)config->height, (long)config->width}};
    if (config->channels_last) {
        wanted.shape[1] = (long)config->height;
        wanted.shape[2] = (long)config->width;
        wanted.shape[3] = 3;
    }
    ln_status status = ln_engine_check(vision->engine, &wanted, 1, NULL, 0, error);
    return status == LN_OK ? check_output(vision, onnx, out, error) : status;
}

static ln_status open_vision(ln_vision *vision, const char *onnx, const ln_vision_config *config,
                             unsigned threads, ln_error *error)
{
    ln_status status = LN_OK;
    ln_vision_config_default(&vision->config);
    if (config)
        vision->config = *config;
    else
        status = ln_vision_config_read(&vision->config, onnx, error);
    if (status == LN_OK)
        status = ln_engine_open(&vision->engine, onnx, NULL, threads, error);
    if (status == LN_OK)
        status = check_network(vision, onnx, error);
    if (status == LN_OK && vision->config.labels[0])
        status = read_labels(vision, error);
    if (status != LN_OK)
        return status;
    size_t values = (size_t)vision->config.width * vision->config.height * 3;
    vision->input = malloc(LN_VISION_MAX_BATCH * values * sizeof *vision->input);
    return vision->input ? LN_OK : ln_fail_memory(error);
}

ln_status ln_vision_open(ln_vision **vision, const char *onnx, const ln_vision_config *config,
                         unsigned threads, ln_error *error)
{
    if (!vision)
        return ln_fail_null(error, __func__);
    *vision = NULL;
    if (!onnx)
        return ln_fail_null(error, __func__);
    *vision = calloc(1, sizeof **vision);
    if (!*vision)
        return ln_fail_memory(error);
    ln_status status = open_vision(*vision, onnx, config, threads, error);
    if (status != LN_OK) {
        ln_vision_close(*vision);
        *vision = NULL;
    }
    return status;
}

void ln_vision_close(ln_vision *vision)
{
    if (!vision)
        return;
    ln_engine_close(vision->engine);
    free(vision->input);
    free(vision->label);
    free(vision->text);
    free(vision);
}

ln_task ln_vision_task(const ln_vision *vision)
{
    return vision ? vision->config.task : LN_TASK_CLASSIFY;
}

size_t ln_vision_classes(const ln_vision *vision)
{
    return vision ? vision->classes : 0;
}

const char *ln_vision_label(const ln_vision *vision, size_t index)
{
    return vision && vision->label && index < vision->classes ? vision->label[index] : "";
}

/* ---- Running --------------------------------------------------------------------------------- */

static void feed(const ln_vision_config *config, const ln_picture *picture, float *input)
{
    size_t pixels = (size_t)picture->width * picture->height;
    size_t pixel_step = config->channels_last ? 3 : 1;
    size_t channel_step = config->channels_last ? 1 : pixels;
    for (size_t c = 0; c < 3; c++) {
        const uint8_t *from = picture->rgb + (config->bgr ? 2 - c : c);
        float *to = input + c * channel_step;
        for (size_t i = 0; i < pixels; i++)
            to[i * pixel_step] = ((float)from[3 * i] - config->mean[c]) / config->divisor[c];
    }
}

static ln_status feed_batch(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                            ln_error *error)
{
    const ln_vision_config *config = &vision->config;
    size_t values = (size_t)config->width * config->height * 3;
    for (size_t i = 0; i < count; i++) {
        ln_picture small;
        ln_status status = ln_picture_resize(&pictures[i], config->width, config->height, fit, &small, error);
        if (status != LN_OK)
            return status;
        feed(config, &small, vision->input + i * values);
        ln_picture_free(&small);
    }
    return LN_OK;
}

static ln_status run(ln_vision *vision, size_t count, ln_tensor *output, ln_error *error)
{
    const ln_port *in = ln_engine_input(vision->engine, 0), *out = ln_engine_output(vision->engine, 0);
    ln_tensor input = {in->name, 4, {count}, vision->input};
    for (size_t i = 1; i < 4; i++)
        input.shape[i] = (size_t)in->shape[i];
    *output = (ln_tensor){.name = out->name};
    ln_status status = ln_engine_run(vision->engine, &input, 1, output, 1, error);
    if (status != LN_OK)
        return status;
    int same = output->rank == out->rank && output->shape[0] == count;
    for (size_t i = 1; i < out->rank && same; i++)
        same = out->shape[i] == LN_ANY_SIZE || output->shape[i] == (size_t)out->shape[i];
    if (!same)
        return ln_fail(error, LN_ERR_IO, "the vision model gave '%s' in another shape than it declares",
                       output->name);
    return LN_OK;
}

ln_status ln_vision_run(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                        ln_tensor *output, ln_error *error)
{
    ln_status status = feed_batch(vision, pictures, count, fit, error);
    return status == LN_OK ? run(vision, count, output, error) : status;
}
