/* Any bytes as what a vision model comes with: its settings, its labels, its inputs and outputs, and the
 * numbers that it gives, each behind a line "%%". Settings can be written and read back the same; classes and
 * objects are as documented. */
#include "fuzz_error.h"

#include "cloud/vision_model.h"
#include "fake_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 32 /* in place of larger ones, so that a run is quick */
#define MOST_SIDE 96
#define PICTURES 2

/* ---- Settings -------------------------------------------------------------------------------- */

static void check_config(const ln_vision_config *config)
{
    REQUIRE(config->width >= 1 && config->width <= 2048 && config->height >= 1 && config->height <= 2048);
    for (unsigned c = 0; c < 3; c++)
        REQUIRE(config->divisor[c] != 0);
    REQUIRE(config->selection.score >= 0 && config->selection.score <= 1);
    REQUIRE(config->selection.overlap >= 0 && config->selection.overlap <= 1);
    REQUIRE(config->output <= LN_OUTPUT_SSD && strlen(config->labels) < sizeof config->labels);
}

static int is_same(const ln_vision_config *a, const ln_vision_config *b)
{
    return a->task == b->task && a->width == b->width && a->height == b->height &&
           a->channels == b->channels && a->channels_last == b->channels_last &&
           memcmp(a->mean, b->mean, sizeof a->mean) == 0 &&
           memcmp(a->divisor, b->divisor, sizeof a->divisor) == 0 && a->output == b->output &&
           a->boxes_as_shares == b->boxes_as_shares && a->selection.score == b->selection.score &&
           a->selection.overlap == b->selection.overlap;
}

static void print_numbers(FILE *file, const char *key, const float numbers[3])
{
    fprintf(file, "%s = %.9g, %.9g, %.9g\n", key, (double)numbers[0], (double)numbers[1], (double)numbers[2]);
}

/* The path of the labels may have characters that a file of settings cannot say. */
static void write_and_read(const ln_vision_config *config)
{
    FILE *file = fopen(fuzz_path("again.vision"), "w");
    REQUIRE(file != NULL);
    fprintf(file, "task = %s\nwidth = %u # pixels\nheight=%u\n", config->task ? "detect" : "classify",
            config->width, config->height);
    fprintf(file, "channels = %s\nlayout = %s\nboxes = %s\n", ln_channels_name(config->channels),
            config->channels_last ? "NHWC" : "NCHW", config->boxes_as_shares ? "shares" : "pixels");
    print_numbers(file, "mean", config->mean);
    print_numbers(file, "divisor", config->divisor);
    fprintf(file, "score = %.9g\noverlap = %.9g\n", (double)config->selection.score,
            (double)config->selection.overlap);
    if (config->output != LN_OUTPUT_ANY)
        fprintf(file, "output = %s\n", ln_output_name(config->output));
    REQUIRE(fclose(file) == 0);
    ln_vision_config again;
    ln_vision_config_default(&again);
    REQUIRE(ln_vision_config_read(&again, fuzz_path("again.onnx"), NULL) == LN_OK);
    REQUIRE(is_same(config, &again));
}

/* ---- What it sees ---------------------------------------------------------------------------- */

static void classify(ln_vision *vision, const ln_picture *pictures)
{
    size_t classes = ln_vision_classes(vision), top = classes < 5 ? classes : 5;
    ln_class best[PICTURES * 5];
    ln_error error = FUZZ_UNTOUCHED;
    ln_status status = ln_vision_classify(vision, pictures, PICTURES, LN_FIT_STRETCH, top, best, &error);
    fuzz_check_error(status, &error);
    for (size_t i = 0; i < PICTURES * top && status == LN_OK; i++) {
        REQUIRE(best[i].index < classes && best[i].score >= 0 && best[i].score <= 1);
        REQUIRE(best[i].label == ln_vision_label(vision, best[i].index) ||
                !*ln_vision_label(vision, best[i].index));
        REQUIRE(i % top == 0 || best[i].score <= best[i - 1].score);
    }
}

static void detect(ln_vision *vision, const ln_picture *pictures)
{
    static ln_object objects[PICTURES * LN_MAX_OBJECTS];
    size_t found[PICTURES];
    ln_error error = FUZZ_UNTOUCHED;
    ln_status status = ln_vision_detect(vision, pictures, PICTURES, NULL, objects, found, &error);
    fuzz_check_error(status, &error);
    for (size_t p = 0; p < PICTURES && status == LN_OK; p++) {
        REQUIRE(found[p] <= LN_MAX_OBJECTS);
        for (size_t i = 0; i < found[p]; i++) {
            const ln_object *o = &objects[p * LN_MAX_OBJECTS + i];
            REQUIRE(o->index < ln_vision_classes(vision));
            REQUIRE(o->score >= vision->config.selection.score && o->score <= 1);
            REQUIRE(i == 0 || o->score <= o[-1].score);
            REQUIRE(o->x >= 0 && o->y >= 0 && o->width > 0 && o->height > 0);
            REQUIRE(o->x + o->width <= (float)pictures[p].width * 1.00001f);
            REQUIRE(o->y + o->height <= (float)pictures[p].height * 1.00001f);
        }
    }
}

static void look(ln_vision *vision)
{
    ln_picture pictures[PICTURES];
    REQUIRE(ln_picture_make(&pictures[0], 40, 30, NULL) == LN_OK);
    REQUIRE(ln_picture_make(&pictures[1], 8, 8, NULL) == LN_OK);
    if (ln_vision_task(vision) == LN_TASK_DETECT)
        detect(vision, pictures);
    else
        classify(vision, pictures);
    ln_picture_free(&pictures[0]);
    ln_picture_free(&pictures[1]);
}

static void open_vision(ln_vision_config *config)
{
    ln_vision *vision;
    ln_error error = FUZZ_UNTOUCHED;
    if (config->width > MOST_SIDE || config->height > MOST_SIDE)
        config->width = config->height = SIDE;
    if (config->labels[0]) /* a file of settings may name any file */
        snprintf(config->labels, sizeof config->labels, "%s", fuzz_path("labels.txt"));
    ln_status status = ln_vision_open(&vision, fuzz_path("model.onnx"), config, 1, &error);
    fuzz_check_error(status, &error);
    REQUIRE((status == LN_OK) == (vision != NULL));
    if (!vision)
        return;
    REQUIRE(ln_vision_classes(vision) > 0);
    REQUIRE(!vision->label || vision->label_count == ln_vision_classes(vision));
    look(vision);
    ln_vision_close(vision);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_part rest = {data, size};
    const fuzz_part settings = fuzz_take(&rest), labels = fuzz_take(&rest), ports = fuzz_take(&rest);
    fuzz_write("model.vision", settings.bytes, settings.size);
    fuzz_write("labels.txt", labels.bytes, labels.size);
    fake_engine_set(ports, rest);
    ln_vision_config config, before;
    ln_error error = FUZZ_UNTOUCHED;
    memset(&config, 0, sizeof config); /* paddings too, for the comparison */
    ln_vision_config_default(&config);
    memcpy(&before, &config, sizeof config);
    ln_status status = ln_vision_config_read(&config, fuzz_path("model.onnx"), &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK) {
        REQUIRE(memcmp(&before, &config, sizeof config) == 0);
        return 0;
    }
    check_config(&config);
    write_and_read(&config);
    open_vision(&config);
    return 0;
}
