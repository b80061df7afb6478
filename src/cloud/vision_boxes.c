#include "cloud/vision_boxes.h"

#include "cloud/error.h"

#include <math.h>
#include <stdlib.h>

#define SLACK 0.01f /* of probabilities, which may be rounded */
#define FAR 4       /* sides of the input: no detector places a box so far outside, or makes it so large */
#define SMALL 1.01f /* pixels: shares of the sides end here */

/* ---- Boxes ----------------------------------------------------------------------------------- */

static ln_status fail_numbers(const ln_vision *vision, const char *what, double value, size_t row,
                              const char *advice, ln_error *error)
{
    return ln_fail(error, LN_ERR_IO, "the vision model gave %s %g in box %zu: it was read as output = %s: %s",
                   what, value, row, ln_output_name(vision->config.output), advice);
}

/* One axis of a box, in the input's sides. */
typedef struct extent {
    float from, to;
} extent;

static extent extent_of(const ln_table *t, const float *box, size_t axis, float sides)
{
    size_t at = t->y_first ? 1 - axis : axis;
    float a = box[at * t->value_step] / sides, b = box[(at + 2) * t->value_step] / sides;
    return t->corners ? (extent){a, b} : (extent){a - b / 2, a + b / 2};
}

static const char *far_advice(const ln_vision *vision)
{
    if (vision->config.output == LN_OUTPUT_SSD)
        return "export again with boxes as shares of the sides";
    return vision->config.boxes_as_shares ? "say boxes = pixels"
                                          : "check width and height, or say which output it is";
}

static ln_status check_extent(const ln_vision *vision, extent e, size_t row, ln_error *error)
{
    if (!isfinite(e.from) || !isfinite(e.to))
        return fail_numbers(vision, "a side at", (double)(isfinite(e.from) ? e.to : e.from), row,
                            "check that, or export again", error);
    if (e.to < e.from)
        return fail_numbers(vision, "a side of", (double)(e.to - e.from), row, "say which output it is",
                            error);
    if (fabsf(e.from + e.to) / 2 > FAR || e.to - e.from > 2 * FAR)
        return fail_numbers(vision, "a place outside the picture, at sides x", (double)e.to, row,
                            far_advice(vision), error);
    return LN_OK;
}

/* Cuts an axis of a box at the picture's edges. Returns whether any of it is inside. */
static int place(extent e, unsigned side, float *from, float *length)
{
    float begin = fmaxf(e.from * (float)side, 0);
    float end = fminf(e.to * (float)side, (float)side);
    *from = begin;
    *length = end - begin;
    return end > begin;
}

/* What is being read. */
typedef struct reading {
    const ln_vision *vision;
    const ln_picture *picture;
    ln_table t;
    float least;
    float largest; /* number of a candidate's box, as it came */
    float missed;  /* the highest probability of a class where no object is likely */
    ln_candidates *list;
} reading;

/* Fills the box of an object. *inside receives whether any of it is in the picture. */
static ln_status read_box(reading *r, size_t row, ln_object *object, int *inside, ln_error *error)
{
    const ln_vision_config *config = &r->vision->config;
    const float *box = r->t.box + row * r->t.box_step;
    extent across = extent_of(&r->t, box, 0, config->boxes_as_shares ? 1 : (float)config->width);
    extent down = extent_of(&r->t, box, 1, config->boxes_as_shares ? 1 : (float)config->height);
    ln_status status = check_extent(r->vision, across, row, error);
    if (status == LN_OK)
        status = check_extent(r->vision, down, row, error);
    for (size_t i = 0; i < 4; i++)
        r->largest = fmaxf(r->largest, box[i * r->t.value_step]);
    *inside = status == LN_OK && place(across, r->picture->width, &object->x, &object->width) &&
              place(down, r->picture->height, &object->y, &object->height);
    return status;
}

static ln_status add_candidate(reading *r, size_t row, size_t index, float score, ln_error *error)
{
    ln_candidates *list = r->list;
    ln_object object = {
        .index = (unsigned)index, .label = ln_vision_label(r->vision, index), .score = fminf(score, 1)};
    int inside;
    ln_status status = read_box(r, row, &object, &inside, error);
    if (status != LN_OK || !inside)
        return status;
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        ln_candidate *larger = realloc(list->items, room * sizeof *larger);
        if (!larger)
            return ln_fail_memory(error);
        list->items = larger;
        list->room = room;
    }
    list->items[list->count++] = (ln_candidate){object, row};
    return LN_OK;
}

/* ---- Scores ---------------------------------------------------------------------------------- */

/* Written so that a NaN is refused. */
static ln_status check_probability(const reading *r, float value, size_t row, ln_error *error)
{
    if (value >= -SLACK && value <= 1 + SLACK)
        return LN_OK;
    return fail_numbers(r->vision, "a probability of", (double)value, row,
                        "say which output it is, or export again with probabilities (a sigmoid at the end)",
                        error);
}

/* A box with a probability for each class. */
static ln_status read_row(reading *r, size_t row, ln_error *error)
{
    const ln_table *t = &r->t;
    const float *score = t->score + row * t->score_step;
    float any = t->any ? t->any[row * t->box_step] : 1;
    ln_status status = check_probability(r, any, row, error);
    for (size_t i = 0; i < r->vision->classes && status == LN_OK; i++) {
        float one = score[i * t->class_step];
        status = check_probability(r, one, row, error);
        if (any < r->least)
            r->missed = fmaxf(r->missed, one);
        if (status == LN_OK && any >= r->least && any * one >= r->least)
            status = add_candidate(r, row, i, any * one, error);
    }
    return status;
}

/* A box with a score and the number of its class. */
static ln_status read_selected(reading *r, size_t row, ln_error *error)
{
    float score = r->t.score[row * r->t.score_step], class = r->t.class[row * r->t.score_step];
    ln_status status = check_probability(r, score, row, error);
    if (status == LN_OK && class != rintf(class))
        return fail_numbers(r->vision, "the class", (double)class, row,
                            "name the outputs 'classes' and 'scores', or say which output it is", error);
    if (status != LN_OK || score < r->least)
        return status;
    if (!(class >= 0 && class < (float)r->vision->classes))
        return fail_numbers(r->vision, "the class", (double)class, row,
                            "give as many labels as the model has classes, or say which output it is", error);
    return add_candidate(r, row, (size_t) class, score, error);
}

/* What only all boxes together tell. Read as yolov5, the turned rows of YOLOv8 show nothing: the probability
 * of the first class would be that of any object. */
static ln_status check_all(const reading *r, ln_error *error)
{
    if (r->list->count && !r->vision->config.boxes_as_shares && r->largest <= SMALL)
        return ln_fail(
            error, LN_ERR_IO,
            "the vision model gave boxes within one pixel of the corner: they seem to be shares of the "
            "sides: say boxes = shares");
    if (r->vision->may_be_turned && !r->list->count && r->missed >= r->least)
        return ln_fail(
            error, LN_ERR_IO,
            "the vision model gave a probability of %g for a class, but none for an object: with one label "
            "more it would be output = yolov8-turned: give all labels, or say output = yolov5",
            (double)r->missed);
    return LN_OK;
}

ln_status ln_read_boxes(const ln_vision *vision, const ln_picture *picture,
                        const ln_tensor outputs[LN_VISION_OUTPUTS], size_t index, float least,
                        ln_candidates *list, ln_error *error)
{
    reading r = {.vision = vision, .picture = picture, .least = least, .list = list};
    ln_status status = ln_find_numbers(&r.t, vision, outputs, index, error);
    list->count = 0;
    for (size_t row = 0; row < r.t.boxes && status == LN_OK; row++)
        status = r.t.class ? read_selected(&r, row, error) : read_row(&r, row, error);
    return status == LN_OK ? check_all(&r, error) : status;
}
