/* Which layout a detector's output has. What is not sure is asked for: boxes of a layout that was guessed
 * would be animals that are not there. */
#include "cloud/vision_model.h"

#include "cloud/error.h"

#include <stdio.h>
#include <string.h>

#define SELECTED_VALUES 6  /* of a box after suppression */
#define SELECTED_BOXES 300 /* that exporters keep unless told otherwise */

/* ---- One output ------------------------------------------------------------------------------ */

/* How many classes an output has if it is of a layout; 0 if it cannot be. After suppression the shape does
 * not tell, so there are as many as labels. */
static size_t classes_of(ln_output layout, const ln_port *out, size_t labels)
{
    long classes = 0;
    if (out->rank != 3)
        return 0;
    if (layout == LN_OUTPUT_YOLOV5)
        classes = out->shape[2] - 5;
    else if (layout == LN_OUTPUT_YOLOV8)
        classes = out->shape[1] - 4;
    else if (layout == LN_OUTPUT_YOLOV8_TURNED)
        classes = out->shape[2] - 4;
    else if (out->shape[2] == SELECTED_VALUES)
        return labels;
    return classes > 0 ? (size_t)classes : 0;
}

/* Whether a number of boxes is that of a network with so many boxes at each place of its grids, whose cells
 * are `finest` to `coarsest` pixels wide. */
static int is_grid(const ln_vision_config *config, long boxes, long at_each, unsigned finest,
                   unsigned coarsest)
{
    long places = 0;
    for (unsigned cell = finest; cell <= coarsest; cell *= 2)
        places += (long)(config->width / cell) * (long)(config->height / cell);
    return config->width % coarsest == 0 && config->height % coarsest == 0 && boxes == at_each * places;
}

/* The same for the usual grids: of three sizes, or with a coarser or a finer one. */
static int is_usual(const ln_vision_config *config, long boxes, long at_each)
{
    return is_grid(config, boxes, at_each, 8, 32) || is_grid(config, boxes, at_each, 8, 64) ||
           is_grid(config, boxes, at_each, 4, 32);
}

/* Whether the number of boxes is typical of a layout. */
static int is_typical(const ln_vision_config *config, ln_output layout, const ln_port *out)
{
    if (layout == LN_OUTPUT_YOLOV5)
        return is_usual(config, out->shape[1], 3);
    if (layout == LN_OUTPUT_YOLOV8)
        return is_usual(config, out->shape[2], 1);
    if (layout == LN_OUTPUT_YOLOV8_TURNED)
        return is_usual(config, out->shape[1], 1);
    return out->shape[1] == SELECTED_BOXES;
}

/* Layouts that an output can have. */
typedef struct choice {
    size_t count;
    ln_output last;
} choice;

/* The layouts whose number of classes is that of the labels, if `by_labels`, and whose number of boxes is
 * typical, if `by_boxes`. */
static choice choose(const ln_vision *vision, const ln_port *out, int by_labels, int by_boxes)
{
    choice possible = {0, LN_OUTPUT_ANY};
    for (ln_output layout = LN_OUTPUT_YOLOV5; layout <= LN_OUTPUT_YOLOV10; layout++) {
        size_t classes = classes_of(layout, out, vision->label_count);
        if (!classes || (by_labels && classes != vision->label_count) ||
            (by_boxes && !is_typical(&vision->config, layout, out)))
            continue;
        possible.count++;
        possible.last = layout;
    }
    return possible;
}

/* Labels decide, and the number of boxes where they leave several. Where that speaks for another layout, or
 * the labels leave none, the labels are wrong, which their check then says; but rows with a box at each place
 * may be of YOLOX (5 + classes) as well as of YOLOv8 turned. */
static ln_output tell_layout(ln_vision *vision, const ln_port *out)
{
    choice by_labels = choose(vision, out, 1, 0), by_boxes = choose(vision, out, 0, 1);
    choice by_both = choose(vision, out, 1, 1);
    int is_one_at_each = by_boxes.last == LN_OUTPUT_YOLOV8_TURNED;
    if (by_both.count == 1)
        return by_both.last;
    vision->may_be_turned = by_labels.count == 1 && by_labels.last == LN_OUTPUT_YOLOV5 && is_one_at_each;
    if (vision->may_be_turned || (by_labels.count == 1 && by_boxes.count == 0))
        return by_labels.last;
    if (by_boxes.count == 1 && by_labels.count <= 1 && (vision->label || !is_one_at_each))
        return by_boxes.last;
    return LN_OUTPUT_ANY;
}

/* What an output could be, for the message. */
static const char *list_layouts(char text[160], const ln_port *out)
{
    size_t at = 0;
    text[0] = 0;
    for (ln_output layout = LN_OUTPUT_YOLOV5; layout <= LN_OUTPUT_YOLOV8_TURNED; layout++) {
        size_t classes = classes_of(layout, out, 0);
        if (classes)
            at += (size_t)snprintf(text + at, 160 - at, "%s%s with %zu class%s", at ? ", " : "",
                                   ln_output_name(layout), classes, classes > 1 ? "es" : "");
    }
    if (out->shape[2] == SELECTED_VALUES)
        snprintf(text + at, 160 - at, "%syolov10", at ? ", " : "");
    return text;
}

static ln_status fail_layout(const ln_vision *vision, const ln_port *out, const char *model, ln_error *error)
{
    char shape[128], layouts[160], labels[64] = "without labels";
    int could_be = out->rank == 3 && *list_layouts(layouts, out);
    if (vision->label_count)
        snprintf(labels, sizeof labels, "with %zu labels", vision->label_count);
    if (!could_be)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: '%s' does not have rows of boxes, but the shape %s: give a detector whose output is "
            "N x boxes x (5 + classes), N x (4 + classes) x boxes or N x boxes x 6 (Ultralytics: yolo export "
            "format=onnx)",
            model, out->name, ln_shape_text(shape, out));
    return ln_fail(
        error, LN_ERR_IO,
        "%s: it is not sure what '%s' of shape %s is, %s: it could be %s: give as many labels as the model "
        "has classes, and say output = yolov5, yolov8 or another, as in 'limitnet help infer'",
        model, out->name, ln_shape_text(shape, out), labels, layouts);
}

static ln_status fail_unlabelled(const ln_vision *vision, const char *model, ln_error *error)
{
    return ln_fail(error, LN_ERR_IO,
                   "%s: with output = %s the shape does not tell how many classes there are: give labels",
                   model, ln_output_name(vision->config.output));
}

static ln_status understand_one(ln_vision *vision, const ln_port *out, const char *model, ln_error *error)
{
    char shape[128];
    vision->output_count = 1;
    if (vision->config.output == LN_OUTPUT_ANY)
        vision->config.output = tell_layout(vision, out);
    if (vision->config.output == LN_OUTPUT_ANY)
        return fail_layout(vision, out, model, error);
    vision->classes = classes_of(vision->config.output, out, vision->label_count);
    if (vision->classes)
        return LN_OK;
    if (vision->config.output == LN_OUTPUT_YOLOV10 && !vision->label_count)
        return fail_unlabelled(vision, model, error);
    return ln_fail(error, LN_ERR_IO,
                   "%s: '%s' has the shape %s, which output = %s cannot have: correct or omit it", model,
                   out->name, ln_shape_text(shape, out), ln_output_name(vision->config.output));
}

/* ---- Several outputs -------------------------------------------------------------------------- */

static ln_status understand_pair(ln_vision *vision, int is_pair, const char *model, ln_error *error)
{
    if (vision->config.output == LN_OUTPUT_ANY)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: '%s' are boxes and '%s' scores: say output = corners-scores if a box is left, top, right, "
            "bottom, or centres-scores if it is centre x and y, width, height",
            model, ln_engine_output(vision->engine, vision->outputs[0])->name,
            ln_engine_output(vision->engine, vision->outputs[1])->name);
    if (!is_pair)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: output = %s needs two outputs, N x boxes x 4 and N x boxes x classes: correct or omit it",
            model, ln_output_name(vision->config.output));
    return LN_OK;
}

static ln_status understand_ssd(ln_vision *vision, int is_ssd, const char *model, ln_error *error)
{
    if (!is_ssd)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: output = ssd needs four outputs, boxes N x boxes x 4, classes and scores N x boxes, count "
            "N: correct or omit it",
            model);
    vision->config.output = LN_OUTPUT_SSD;
    vision->config.boxes_as_shares = 1;
    vision->classes = vision->label_count;
    return vision->classes ? LN_OK : fail_unlabelled(vision, model, error);
}

ln_status ln_detect_understand(ln_vision *vision, const char *model, ln_error *error)
{
    const ln_port *out = ln_engine_output(vision->engine, 0);
    ln_output output = vision->config.output;
    if (!out)
        return ln_fail(error, LN_ERR_IO, "%s: the model has no output: give another", model);
    if (output == LN_OUTPUT_LOGITS || output == LN_OUTPUT_PROBABILITIES)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "%s: output = %s is for classifiers: omit it, or say which layout of boxes it is",
                       model, ln_output_name(output));
    int is_ssd = ln_detect_find_ssd(vision);
    if (output == LN_OUTPUT_SSD || (output == LN_OUTPUT_ANY && is_ssd))
        return understand_ssd(vision, is_ssd, model, error);
    int is_pair = ln_detect_find_pair(vision);
    if (output >= LN_OUTPUT_CORNERS_SCORES || (output == LN_OUTPUT_ANY && is_pair))
        return understand_pair(vision, is_pair, model, error);
    vision->outputs[0] = 0;
    return understand_one(vision, out, model, error);
}
