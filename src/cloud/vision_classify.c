#include "cloud/vision_model.h"

#include "cloud/error.h"

#include <math.h>

/* Insertion into a sorted list, since `top` is small in practice. Equal scores stay in the order of their
 * index. */
static void pick_top(const ln_vision *vision, const float *logits, size_t top, ln_class *best)
{
    size_t found = 0;
    for (size_t i = 0; i < vision->classes; i++) {
        if (found == top && !(logits[i] > best[top - 1].score))
            continue;
        size_t at = found < top ? found++ : top - 1;
        for (; at > 0 && logits[i] > best[at - 1].score; at--)
            best[at] = best[at - 1];
        best[at] = (ln_class){(unsigned)i, ln_vision_label(vision, i), logits[i]};
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
        size_t batch = count < LN_VISION_MAX_BATCH ? count : LN_VISION_MAX_BATCH;
        ln_tensor output;
        ln_status status = ln_vision_run(vision, pictures, batch, fit, &output, error);
        if (status != LN_OK)
            return status;
        const float *logits = output.data;
        for (size_t i = 0; i < batch; i++, classes += top, logits += vision->classes) {
            pick_top(vision, logits, top, classes);
            to_scores(logits, vision->classes, classes, top);
        }
        pictures += batch;
        count -= batch;
    }
    return LN_OK;
}
