/* Where each layout has its numbers. */
#include "cloud/vision_boxes.h"

#include "cloud/error.h"

#include <math.h>

static ln_table rows(const ln_tensor *t, size_t index, size_t before)
{
    size_t boxes = t->shape[1], values = t->shape[2];
    const float *data = t->data + index * boxes * values;
    return (ln_table){.boxes = boxes,
                      .box = data,
                      .any = before > 4 ? data + 4 : NULL,
                      .score = data + before,
                      .box_step = values,
                      .value_step = 1,
                      .score_step = values,
                      .class_step = 1};
}

static ln_table columns(const ln_tensor *t, size_t index)
{
    size_t values = t->shape[1], boxes = t->shape[2];
    const float *data = t->data + index * boxes * values;
    return (ln_table){.boxes = boxes,
                      .box = data,
                      .score = data + 4 * boxes,
                      .box_step = 1,
                      .value_step = boxes,
                      .score_step = 1,
                      .class_step = boxes};
}

static ln_table two_outputs(const ln_vision *vision, const ln_tensor outputs[LN_VISION_OUTPUTS], size_t index)
{
    size_t boxes = outputs[0].shape[1], classes = vision->classes;
    const float *data = outputs[1].data + index * boxes * classes;
    int rows = outputs[1].shape[1] == boxes && outputs[1].shape[2] == classes;
    return (ln_table){.boxes = boxes,
                      .box = outputs[0].data + index * boxes * 4,
                      .score = data,
                      .box_step = 4,
                      .value_step = 1,
                      .score_step = rows ? classes : 1,
                      .class_step = rows ? 1 : boxes,
                      .corners = vision->config.output == LN_OUTPUT_CORNERS_SCORES};
}

/* Only boxes that count: others are left from pictures before. */
static ln_table four_outputs(const ln_tensor outputs[LN_VISION_OUTPUTS], size_t index)
{
    size_t boxes = outputs[0].shape[1];
    return (ln_table){.boxes = (size_t)outputs[3].data[index],
                      .box = outputs[0].data + index * boxes * 4,
                      .score = outputs[2].data + index * boxes,
                      .class = outputs[1].data + index * boxes,
                      .box_step = 4,
                      .value_step = 1,
                      .score_step = 1,
                      .corners = 1,
                      .y_first = 1};
}

static ln_table find_numbers(const ln_vision *vision, const ln_tensor outputs[LN_VISION_OUTPUTS],
                             size_t index)
{
    switch (vision->config.output) {
    case LN_OUTPUT_YOLOV5:
        return rows(&outputs[0], index, 5);
    case LN_OUTPUT_YOLOV8:
        return columns(&outputs[0], index);
    case LN_OUTPUT_YOLOV8_TURNED:
        return rows(&outputs[0], index, 4);
    case LN_OUTPUT_YOLOV10: {
        ln_table t = rows(&outputs[0], index, 4);
        t.class = t.score + 1;
        t.corners = 1;
        return t;
    }
    case LN_OUTPUT_SSD:
        return four_outputs(outputs, index);
    default:
        return two_outputs(vision, outputs, index);
    }
}

static int is_count(float number, size_t most)
{
    return number >= 0 && number <= (float)most && number == rintf(number);
}

/* Whether the outputs of a run are of one another's size: what is free in the file may differ. */
static int are_one(const ln_vision *vision, const ln_tensor outputs[LN_VISION_OUTPUTS], size_t index)
{
    const size_t *boxes = outputs[0].shape, *second = outputs[1].shape, *third = outputs[2].shape;
    if (vision->config.output == LN_OUTPUT_SSD)
        return second[1] == boxes[1] && third[1] == boxes[1] && index < outputs[3].shape[0];
    if (vision->output_count == 2)
        return second[1] * second[2] == boxes[1] * vision->classes;
    return 1;
}

ln_status ln_find_numbers(ln_table *t, const ln_vision *vision, const ln_tensor outputs[LN_VISION_OUTPUTS],
                          size_t index, ln_error *error)
{
    *t = (ln_table){0};
    if (!are_one(vision, outputs, index))
        return ln_fail(error, LN_ERR_IO,
                       "the vision model gave outputs that do not belong together: export again with a first "
                       "dimension of 1");
    if (vision->config.output == LN_OUTPUT_SSD && !is_count(outputs[3].data[index], outputs[0].shape[1]))
        return ln_fail(error, LN_ERR_IO,
                       "the vision model gave %g as the number of its %zu boxes that count: export again",
                       (double)outputs[3].data[index], outputs[0].shape[1]);
    *t = find_numbers(vision, outputs, index);
    return LN_OK;
}
