/* `limitnet model info` of a vision model: what its file says, and how it is understood. */
#include "cli/model_commands.h"

#include "cloud/error.h"
#include "cloud/vision_model.h"

#include <limitnet/cloud.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether there is a file that does not begin as a model file does. */
static int is_other_file(const char *path)
{
    char begin[3] = "";
    struct stat info;
    FILE *file = stat(path, &info) == 0 && S_ISREG(info.st_mode) ? fopen(path, "rb") : NULL;
    if (!file)
        return 0;
    int is_model = fread(begin, 1, 3, file) == 3 && memcmp(begin, "LNM", 3) == 0;
    fclose(file);
    return !is_model;
}

int cli_is_vision_model(const char *file)
{
    const char *dot = strrchr(file, '.');
    if (dot && (strcasecmp(dot, ".onnx") == 0 || strcasecmp(dot, ".tflite") == 0))
        return 1;
    return !(dot && strcasecmp(dot, ".lnm") == 0) && is_other_file(file);
}

/* ---- The file -------------------------------------------------------------------------------- */

static void print_port(const char *what, const ln_port *port, const ln_coding *coding)
{
    static const char *const number[] = {"floats", "uint8", "int8"};
    char shape[128];
    printf("%s %s, %s, %s", what, port->name, ln_shape_text(shape, port), number[coding->number]);
    if (coding->scale > 0)
        printf(", n stands for (n %+d) * %g", -coding->zero, (double)coding->scale);
    if (coding->ending == LN_ENDS_SOFTMAX || coding->ending == LN_ENDS_SIGMOID)
        printf(", of a %s", coding->ending == LN_ENDS_SOFTMAX ? "softmax" : "sigmoid");
    putchar('\n');
}

static void print_file(const ln_engine *engine, const char *file)
{
    printf("file     %s\n", file);
    for (size_t i = 0; ln_engine_input(engine, i); i++)
        print_port("input   ", ln_engine_input(engine, i), ln_engine_input_coding(engine, i));
    for (size_t i = 0; ln_engine_output(engine, i); i++)
        print_port("output  ", ln_engine_output(engine, i), ln_engine_output_coding(engine, i));
}

/* ---- How it is understood -------------------------------------------------------------------- */

static void print_picture(const ln_vision *vision)
{
    const ln_vision_config *config = &vision->config;
    const ln_feed *feed = &vision->feed;
    printf("picture  %u x %u, %s, %s, %zu at a time\n", config->width, config->height,
           ln_channels_name(config->channels), config->channels_last ? "NHWC" : "NCHW", vision->batch);
    for (size_t c = 0; c < 3; c++) {
        double black = (double)((0 - feed->mean[c]) / feed->divisor[c]),
               white = (double)((255 - feed->mean[c]) / feed->divisor[c]);
        printf("%s(x - %g) / %g: %.3g to %.3g\n", c ? "         " : "scale    ", (double)feed->mean[c],
               (double)feed->divisor[c], black, white);
        if (feed->mean[0] == feed->mean[1] && feed->mean[0] == feed->mean[2] &&
            feed->divisor[0] == feed->divisor[1] && feed->divisor[0] == feed->divisor[2])
            break;
    }
}

static void print_meaning(const ln_vision *vision)
{
    const ln_vision_config *config = &vision->config;
    int detects = config->task == LN_TASK_DETECT;
    printf("task     %s\n", detects ? "detect" : "classify");
    printf("gives    %s%s\n", ln_output_name(config->output),
           vision->told_by_values ? ", as its numbers look" : "");
    if (detects)
        printf("boxes    %s; score %g, overlap %g\n", config->boxes_as_shares ? "shares" : "pixels",
               (double)config->selection.score, (double)config->selection.overlap);
    printf("classes  %zu\n", vision->classes);
    if (vision->label_count)
        printf("labels   %s: '%s' to '%s'\n", config->labels, vision->label[0],
               vision->label[vision->label_count - 1]);
}

static void doubt(const char *text)
{
    printf("doubtful %s\n", text);
}

/* How the layout of boxes was told. */
static void doubt_layout(const ln_vision *vision)
{
    if (!vision->label_count)
        doubt("the layout follows from the number of boxes only: say output =");
    else if (vision->may_be_turned)
        doubt("it has as many boxes as yolov8-turned, which would be one class more: say output =");
    else if (vision->config.output == LN_OUTPUT_SSD)
        doubt("the first label must be that of class 0, also where classes begin with 1: say output =");
}

/* Users, rules and files with objects name classes by their labels. */
static void doubt_labels(const ln_vision *vision)
{
    for (size_t i = 0; i < vision->label_count; i++)
        for (size_t k = i + 1; k < vision->label_count; k++)
            if (strcasecmp(vision->label[i], vision->label[k]) == 0) {
                printf("doubtful classes %zu and %zu are both labelled '%s'\n", i, k, vision->label[i]);
                return;
            }
}

static void print_doubts(const ln_vision *vision, const ln_vision_config *config, int has_settings)
{
    const ln_coding *coding = ln_engine_output_coding(vision->engine, 0);
    if (!has_settings)
        doubt("there is no file of settings: mean and divisor are only the usual ones");
    if (!vision->label_count)
        doubt("there are no labels, so classes have only numbers: say labels =");
    doubt_labels(vision);
    if (vision->told_by_values)
        doubt("only its numbers tell whether it gives logits or probabilities: say output =");
    if (config->task == LN_TASK_DETECT && config->output == LN_OUTPUT_ANY)
        doubt_layout(vision);
    if (config->task == LN_TASK_CLASSIFY && coding->ending == LN_ENDS_SIGMOID)
        doubt("scores do not add up to 1: each class is on its own (a sigmoid)");
    if (ln_engine_output(vision->engine, vision->output_count))
        doubt("it has outputs that are not read");
}

/* ---- Without settings ------------------------------------------------------------------------ */

/* What the shapes alone say: enough to begin with. */
static void guess_settings(ln_vision_config *config, const ln_engine *engine)
{
    const ln_port *in = ln_engine_input(engine, 0), *out = ln_engine_output(engine, 0);
    if (!in || !out || in->rank != 4)
        return;
    int is_colour = in->shape[1] == 3 || in->shape[3] == 3;
    long channels = is_colour ? 3 : 1;
    config->channels_last = in->shape[3] == channels && in->shape[1] != channels;
    if (!is_colour && (in->shape[1] == 1 || in->shape[3] == 1))
        config->channels = LN_CHANNELS_GREY;
    const long *sides = config->channels_last ? in->shape + 1 : in->shape + 2;
    if (sides[0] > 0 && sides[1] > 0) {
        config->height = (unsigned)sides[0];
        config->width = (unsigned)sides[1];
    }
    for (size_t i = 0; (out = ln_engine_output(engine, i)); i++)
        if (out->rank == 3 && out->shape[1] != 1 && (i == 0 ? out->shape[2] != 1 : out->shape[2] == 4))
            config->task = LN_TASK_DETECT;
}

static void propose(const ln_vision_config *config, const char *sidecar)
{
    printf("write    %s: task = %s, width = %u, height = %u, layout = %s%s,\n", sidecar,
           config->task == LN_TASK_DETECT ? "detect" : "classify", config->width, config->height,
           config->channels_last ? "NHWC" : "NCHW",
           config->channels == LN_CHANNELS_GREY ? ", channels = grey" : "");
    puts("         and mean, divisor and labels as the model was trained ('limitnet help infer')");
}

/* ---- Command --------------------------------------------------------------------------------- */

/* The settings of the file beside the model, or a proposal where there is none. */
static ln_status read_settings(ln_vision_config *config, const char *file, const ln_engine *engine,
                               int *are_there, ln_error *error)
{
    char *sidecar = ln_vision_sidecar(file);
    if (!sidecar)
        return ln_fail_memory(error);
    ln_vision_config_default(config);
    *are_there = access(sidecar, F_OK) == 0;
    if (!*are_there) {
        guess_settings(config, engine);
        propose(config, sidecar);
    }
    free(sidecar);
    return *are_there ? ln_vision_config_read(config, file, error) : LN_OK;
}

ln_status cli_vision_info(const char *file, ln_error *error)
{
    ln_engine *engine;
    ln_vision *vision;
    ln_vision_config config;
    int has_settings;
    ln_status status = ln_engine_open(&engine, file, NULL, 0, error);
    if (status != LN_OK)
        return status;
    print_file(engine, file);
    status = read_settings(&config, file, engine, &has_settings, error);
    ln_engine_close(engine);
    if (status == LN_OK)
        status = ln_vision_open(&vision, file, &config, 0, error);
    if (status != LN_OK)
        return status;
    print_meaning(vision);
    print_picture(vision);
    print_doubts(vision, &config, has_settings);
    ln_vision_close(vision);
    return LN_OK;
}
