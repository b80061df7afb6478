#include "cloud/settings.h"

#include "cloud/vision_model.h"

#include "cloud/error.h"

#include <limitnet/cloud.h>

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define MOST_FILE_BYTES 65536
#define MOST_SIDE 2048
#define SETTINGS 13 /* that ln_vision_config_set knows */

void ln_vision_config_default(ln_vision_config *config)
{
    if (config)
        *config = (ln_vision_config){.width = 224,
                                     .height = 224,
                                     .mean = {127, 127, 127},
                                     .divisor = {128, 128, 128},
                                     .selection = {.score = 0.25f, .overlap = 0.45f}};
}

/* ---- One setting ----------------------------------------------------------------------------- */

static int set_side(unsigned *side, const char *value)
{
    char *end;
    long number = strtol(value, &end, 10);
    if (end == value || *end || number < 1 || number > MOST_SIDE)
        return 0;
    *side = (unsigned)number;
    return 1;
}

/* One number for all channels, or one for each. */
static int set_numbers(float numbers[3], const char *value)
{
    float read[3];
    int count = 0;
    while (count < 3 && *value) {
        char *end;
        read[count] = strtof(value, &end);
        if (end == value || !isfinite(read[count]))
            return 0;
        count++;
        value = end + strspn(end, " \t,");
    }
    if (*value || (count != 1 && count != 3))
        return 0;
    for (int c = 0; c < 3; c++)
        numbers[c] = read[count == 1 ? 0 : c];
    return 1;
}

static int set_divisor(float numbers[3], const char *value)
{
    float read[3];
    if (!set_numbers(read, value) || read[0] == 0 || read[1] == 0 || read[2] == 0)
        return 0;
    memcpy(numbers, read, sizeof read);
    return 1;
}

static int set_share(float *share, const char *value)
{
    char *end;
    float read = strtof(value, &end);
    if (end == value || *end || !(read >= 0 && read <= 1))
        return 0;
    *share = read;
    return 1;
}

static int set_choice(int *choice, const char *value, const char *no, const char *yes)
{
    *choice = strcmp(value, yes) == 0;
    return *choice || strcmp(value, no) == 0;
}

static int set_task(ln_task *task, const char *value)
{
    *task = strcmp(value, "detect") == 0 ? LN_TASK_DETECT : LN_TASK_CLASSIFY;
    return *task == LN_TASK_DETECT || strcmp(value, "classify") == 0;
}

static const char *const channels_name[] = {
    [LN_CHANNELS_RGB] = "RGB", [LN_CHANNELS_BGR] = "BGR", [LN_CHANNELS_GREY] = "grey"};

const char *ln_channels_name(ln_channels channels)
{
    return channels_name[channels];
}

static int set_channels(ln_channels *channels, const char *value)
{
    *channels = LN_CHANNELS_RGB;
    while (*channels < LN_CHANNELS_GREY && strcmp(value, channels_name[*channels]) != 0)
        (*channels)++;
    return strcmp(value, channels_name[*channels]) == 0;
}

static const char *const output_name[] = {
    [LN_OUTPUT_ANY] = "",
    [LN_OUTPUT_LOGITS] = "logits",
    [LN_OUTPUT_PROBABILITIES] = "probabilities",
    [LN_OUTPUT_YOLOV5] = "yolov5",
    [LN_OUTPUT_YOLOV8] = "yolov8",
    [LN_OUTPUT_YOLOV8_TURNED] = "yolov8-turned",
    [LN_OUTPUT_YOLOV10] = "yolov10",
    [LN_OUTPUT_CORNERS_SCORES] = "corners-scores",
    [LN_OUTPUT_CENTRES_SCORES] = "centres-scores",
    [LN_OUTPUT_SSD] = "ssd",
};

const char *ln_output_name(ln_output output)
{
    return output_name[output];
}

static int set_output(ln_output *output, const char *value)
{
    *output = LN_OUTPUT_LOGITS;
    while (*output < LN_OUTPUT_SSD && strcmp(value, output_name[*output]) != 0)
        (*output)++;
    return strcmp(value, output_name[*output]) == 0;
}

static int set_bytes(unsigned *bytes, const char *value)
{
    char *end;
    unsigned long number = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end || number > UINT_MAX)
        return 0;
    *bytes = (unsigned)number;
    return 1;
}

static int set_path(char path[1024], const char *value)
{
    return snprintf(path, 1024, "%s", value) < 1024;
}

ln_status ln_vision_config_set(ln_vision_config *config, const char *key, const char *value,
                               const char *where, ln_error *error)
{
    if (!config || !key || !value || !where)
        return ln_fail_null(error, __func__);
    ln_vision_config changed = *config;
    int good;
    if (strcmp(key, "task") == 0)
        good = set_task(&changed.task, value);
    else if (strcmp(key, "width") == 0)
        good = set_side(&changed.width, value);
    else if (strcmp(key, "height") == 0)
        good = set_side(&changed.height, value);
    else if (strcmp(key, "channels") == 0)
        good = set_channels(&changed.channels, value);
    else if (strcmp(key, "layout") == 0)
        good = set_choice(&changed.channels_last, value, "NCHW", "NHWC");
    else if (strcmp(key, "mean") == 0)
        good = set_numbers(changed.mean, value);
    else if (strcmp(key, "divisor") == 0)
        good = set_divisor(changed.divisor, value);
    else if (strcmp(key, "output") == 0)
        good = set_output(&changed.output, value);
    else if (strcmp(key, "boxes") == 0)
        good = set_choice(&changed.boxes_as_shares, value, "pixels", "shares");
    else if (strcmp(key, "score") == 0)
        good = set_share(&changed.selection.score, value);
    else if (strcmp(key, "overlap") == 0)
        good = set_share(&changed.selection.overlap, value);
    else if (strcmp(key, "labels") == 0)
        good = set_path(changed.labels, value);
    else if (strcmp(key, "below") == 0)
        good = set_bytes(&changed.below, value);
    else
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: unknown setting '%s': correct or remove it", where, key);
    if (!good)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: '%s' is no value for %s: correct it", where, value, key);
    *config = changed;
    return LN_OK;
}

/* ---- A file ---------------------------------------------------------------------------------- */

/* A file being read, and the keys that it had so far: parts of its text. */
typedef struct sidecar {
    ln_vision_config config;
    const char *key[SETTINGS];
    size_t keys;
} sidecar;

static ln_status set(void *context, const char *key, const char *value, const char *where, ln_error *error)
{
    sidecar *s = context;
    for (size_t i = 0; i < s->keys; i++)
        if (strcmp(s->key[i], key) == 0)
            return ln_fail(error, LN_ERR_ARGUMENT, "%s: %s is there twice: remove one of the lines", where,
                           key);
    ln_status status = ln_vision_config_set(&s->config, key, value, where, error);
    if (status == LN_OK && s->keys < SETTINGS)
        s->key[s->keys++] = key;
    return status;
}

/* A relative path of labels is meant from the folder of the sidecar file. */
static ln_status place_labels(ln_vision_config *config, const char *path, ln_error *error)
{
    const char *slash = strrchr(path, '/');
    if (!slash || !config->labels[0] || config->labels[0] == '/')
        return LN_OK;
    char name[sizeof config->labels];
    memcpy(name, config->labels, sizeof name);
    int length = snprintf(config->labels, sizeof config->labels, "%.*s/%s", (int)(slash - path), path, name);
    if (length >= (int)sizeof config->labels)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: the path of the labels is too long", path);
    return LN_OK;
}

static ln_status read_sidecar(ln_vision_config *config, const char *path, ln_error *error)
{
    sidecar read = {.config = *config};
    read.config.labels[0] = 0;
    ln_status status = ln_settings_read(path, MOST_FILE_BYTES, set, &read, error);
    if (status == LN_OK)
        status = place_labels(&read.config, path, error);
    if (status != LN_OK)
        return status;
    if (!read.config.labels[0])
        memcpy(read.config.labels, config->labels, sizeof read.config.labels);
    *config = read.config;
    return LN_OK;
}

static size_t without_ending(const char *model)
{
    static const char *const endings[] = {".onnx", ".tflite"};
    size_t length = strlen(model);
    for (size_t i = 0; i < 2; i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcasecmp(model + length - ending, endings[i]) == 0)
            return length - ending;
    }
    return length;
}

char *ln_vision_sidecar(const char *model)
{
    size_t length = without_ending(model);
    char *path = malloc(length + sizeof ".vision");
    if (path) {
        memcpy(path, model, length);
        memcpy(path + length, ".vision", sizeof ".vision");
    }
    return path;
}

ln_status ln_vision_config_read(ln_vision_config *config, const char *model, ln_error *error)
{
    if (!config || !model)
        return ln_fail_null(error, __func__);
    char *path = ln_vision_sidecar(model);
    if (!path)
        return ln_fail_memory(error);
    ln_status status;
    if (access(path, F_OK) != 0 && access(model, F_OK) != 0)
        status = ln_fail_system(error, model, "cannot be opened", errno);
    else if (access(path, F_OK) != 0)
        status =
            ln_fail(error, LN_ERR_IO,
                    "%s: missing: write there how to feed the model; 'limitnet model info %s' proposes it",
                    path, model);
    else
        status = read_sidecar(config, path, error);
    free(path);
    return status;
}
