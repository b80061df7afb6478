#include "cloud/vision_model.h"

#include "cloud/error.h"

#include <math.h>

/* ---- What a classifier gives ----------------------------------------------------------------- */

#define SLACK 0.01f /* of probabilities, which may be rounded to bytes */
#define PICTURES 4  /* that are tried */
#define SIDE 64     /* of these */

/* The number of classes in N x classes, or in classes alone if there is one picture at a time; 0 for another
 * shape. */
static size_t count_classes(const ln_port *output, size_t batch)
{
    size_t classes = 1;
    if (output->rank == 0 || (output->rank == 1 && batch > 1))
        return 0;
    for (size_t i = output->rank > 1 ? 1 : 0; i < output->rank; i++) {
        if (output->shape[i] < 1 || (output->shape[i] > 1 && classes > 1))
            return 0;
        classes *= (size_t)output->shape[i];
    }
    return classes;
}

/* Written so that a NaN is none. */
static int is_probability(float value)
{
    return value >= -SLACK && value <= 1 + SLACK;
}

/* Black, white, stripes and noise. */
static void paint(ln_picture *picture, size_t kind)
{
    uint32_t noise = 1;
    for (size_t i = 0; i < SIDE * SIDE * 3; i++) {
        noise = noise * 1664525 + 1013904223;
        const uint8_t value[PICTURES] = {0, 255, i / 3 % 8 < 4 ? 40 : 220, (uint8_t)(noise >> 24)};
        picture->rgb[i] = value[kind];
    }
}

/* What the numbers of a few pictures look like. */
typedef struct trial {
    int inside;     /* all in 0..1 */
    int sums_up;    /* all rows to 1 */
    int percentage; /* all rows to 100, and none below 0 */
} trial;

static void judge(trial *t, const float *row, size_t classes)
{
    double sum = 0;
    for (size_t i = 0; i < classes; i++) {
        t->inside &= is_probability(row[i]);
        t->percentage &= row[i] >= -100 * SLACK;
        sum += (double)row[i];
    }
    t->sums_up &= fabs(sum - 1) <= (double)SLACK;
    t->percentage &= fabs(sum - 100) <= 100 * (double)SLACK;
}

static ln_status try_pictures(ln_vision *vision, trial *t, ln_error *error)
{
    ln_picture picture;
    *t = (trial){1, 1, 1};
    ln_status status = ln_picture_make(&picture, SIDE, SIDE, error);
    for (size_t kind = 0; kind < PICTURES && status == LN_OK; kind++) {
        ln_tensor output[LN_VISION_OUTPUTS];
        paint(&picture, kind);
        status = ln_vision_run(vision, &picture, 1, LN_FIT_STRETCH, output, error);
        if (status == LN_OK)
            judge(t, output[0].data, vision->classes);
    }
    ln_picture_free(&picture);
    return status;
}

/* Numbers that always are in 0..1, but do not add up to 1, may be of a sigmoid or not: nobody knows. */
static ln_status tell_by_values(ln_vision *vision, const char *model, ln_error *error)
{
    trial t;
    ln_status status = try_pictures(vision, &t, error);
    if (status != LN_OK)
        return status;
    if (t.inside && !t.sums_up)
        return ln_fail(error, LN_ERR_IO,
                       "%s: it is not sure whether '%s' are logits or probabilities: say output = logits, or "
                       "output = probabilities",
                       model, ln_engine_output(vision->engine, 0)->name);
    if (t.percentage)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: '%s' add up to 100: export again with probabilities of 0 to 1 in place of percentages",
            model, ln_engine_output(vision->engine, 0)->name);
    vision->config.output = t.inside ? LN_OUTPUT_PROBABILITIES : LN_OUTPUT_LOGITS;
    vision->told_by_values = 1;
    return LN_OK;
}

/* What the operator at the end makes; LN_OUTPUT_ANY if that is not sure. */
static ln_output output_of(ln_ending ending)
{
    if (ending == LN_ENDS_OTHERWISE)
        return LN_OUTPUT_ANY;
    return ending == LN_ENDS_LINEAR ? LN_OUTPUT_LOGITS : LN_OUTPUT_PROBABILITIES;
}

static ln_status tell_output(ln_vision *vision, const char *model, ln_error *error)
{
    ln_output told = output_of(ln_engine_output_coding(vision->engine, 0)->ending),
              said = vision->config.output;
    if (said != LN_OUTPUT_ANY && told != LN_OUTPUT_ANY && said != told)
        return ln_fail(error, LN_ERR_IO, "%s: output = %s, but '%s' are %s: correct or omit the setting",
                       model, ln_output_name(said), ln_engine_output(vision->engine, 0)->name,
                       ln_output_name(told));
    if (said != LN_OUTPUT_ANY)
        return LN_OK;
    vision->config.output = told;
    return told == LN_OUTPUT_ANY ? tell_by_values(vision, model, error) : LN_OK;
}

ln_status ln_classify_understand(ln_vision *vision, const char *model, ln_error *error)
{
    const ln_port *out = ln_engine_output(vision->engine, 0);
    char shape[128];
    if (!out)
        return ln_fail(error, LN_ERR_IO, "%s: the model has no output: give another", model);
    if (vision->config.output > LN_OUTPUT_PROBABILITIES)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "%s: output = %s is for detectors: say logits or probabilities, or task = detect",
                       model, ln_output_name(vision->config.output));
    vision->output_count = 1;
    vision->classes = count_classes(out, vision->batch);
    if (!vision->classes)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: '%s' does not have a row of classes (N x classes), but the shape %s: give a classifier "
            "(before any argmax), or say task = detect",
            model, out->name, ln_shape_text(shape, out));
    ln_status status = tell_output(vision, model, error);
    if (status == LN_OK && vision->classes == 1 && vision->config.output == LN_OUTPUT_LOGITS)
        return ln_fail(
            error, LN_ERR_IO,
            "%s: '%s' is one number, of which no probability can be made: export again with a sigmoid "
            "at the end, or with two classes",
            model, out->name);
    return status;
}

/* ---- Classifying ----------------------------------------------------------------------------- */

/* Insertion into a sorted list, since `top` is small in practice. Equal scores stay in the order of their
 * index. */
static void pick_top(const ln_vision *vision, const float *numbers, size_t top, ln_class *best)
{
    size_t found = 0;
    for (size_t i = 0; i < vision->classes; i++) {
        if (found == top && !(numbers[i] > best[top - 1].score))
            continue;
        size_t at = found < top ? found++ : top - 1;
        for (; at > 0 && numbers[i] > best[at - 1].score; at--)
            best[at] = best[at - 1];
        best[at] = (ln_class){(unsigned)i, ln_vision_label(vision, i), numbers[i]};
    }
}

/* Turns the logits of the best classes into softmax scores over all classes. */
static void to_scores(const float *logits, size_t classes, ln_class *best, size_t top)
{
    float largest = best[0].score;
    double sum = 0;
    for (size_t i = 0; i < classes; i++)
        sum += exp((double)(logits[i] - largest));
    for (size_t i = 0; i < top; i++)
        best[i].score = (float)(exp((double)(best[i].score - largest)) / sum);
}

static ln_status check_numbers(const ln_vision *vision, const float *numbers, ln_error *error)
{
    int probabilities = vision->config.output == LN_OUTPUT_PROBABILITIES;
    for (size_t i = 0; i < vision->classes; i++)
        if (probabilities ? !is_probability(numbers[i]) : !isfinite(numbers[i]))
            return ln_fail(error, LN_ERR_IO, "the vision model gave %g for class %zu, which is no %s",
                           (double)numbers[i], i,
                           probabilities ? "probability: say output = logits if that is what it gives"
                                         : "number: check mean and divisor, or export it again");
    return LN_OK;
}

static ln_status classify(const ln_vision *vision, const float *numbers, size_t top, ln_class *classes,
                          ln_error *error)
{
    ln_status status = check_numbers(vision, numbers, error);
    if (status != LN_OK)
        return status;
    pick_top(vision, numbers, top, classes);
    if (vision->config.output == LN_OUTPUT_LOGITS)
        to_scores(numbers, vision->classes, classes, top);
    for (size_t i = 0; i < top; i++)
        classes[i].score = fminf(fmaxf(classes[i].score, 0), 1);
    return LN_OK;
}

ln_status ln_vision_classify(ln_vision *vision, const ln_picture *pictures, size_t count, ln_fit fit,
                             size_t top, ln_class *classes, ln_error *error)
{
    if (!vision || !pictures || !classes)
        return ln_fail_null(error, __func__);
    if (vision->config.task != LN_TASK_CLASSIFY)
        return ln_fail(error, LN_ERR_ARGUMENT, "the vision model is a detector: give a classifier");
    if (top < 1 || top > vision->classes)
        return ln_fail(error, LN_ERR_ARGUMENT, "the model knows %zu classes: ask for 1 to %zu, not for %zu",
                       vision->classes, vision->classes, top);
    while (count > 0) {
        size_t batch = count < vision->batch ? count : vision->batch;
        ln_tensor output[LN_VISION_OUTPUTS];
        ln_status status = ln_vision_run(vision, pictures, batch, fit, output, error);
        for (size_t i = 0; i < batch && status == LN_OK; i++, classes += top)
            status = classify(vision, output[0].data + i * vision->classes, top, classes, error);
        if (status != LN_OK)
            return status;
        pictures += batch;
        count -= batch;
    }
    return LN_OK;
}
