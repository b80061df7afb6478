#include "cloud/vision_boxes.h"

#include "cloud/error.h"

#include <math.h>
#include <stdlib.h>

/* ---- Selecting ------------------------------------------------------------------------------- */

/* By falling score, then in the network's order: otherwise the C library would decide ties. */
static int by_score(const void *a, const void *b)
{
    const ln_candidate *p = a, *q = b;
    if (p->object.score != q->object.score)
        return p->object.score < q->object.score ? 1 : -1;
    if (p->row != q->row)
        return p->row > q->row ? 1 : -1;
    return (p->object.index > q->object.index) - (p->object.index < q->object.index);
}

/* The area that two boxes share / the area that they cover together. */
static float overlap_of(const ln_object *a, const ln_object *b)
{
    float width = fminf(a->x + a->width, b->x + b->width) - fmaxf(a->x, b->x);
    float height = fminf(a->y + a->height, b->y + b->height) - fmaxf(a->y, b->y);
    if (width <= 0 || height <= 0)
        return 0;
    float common = width * height;
    return common / (a->width * a->height + b->width * b->height - common);
}

static int is_covered(const ln_object *object, const ln_object *taken, size_t count, float most)
{
    for (size_t i = 0; i < count; i++)
        if (taken[i].index == object->index && overlap_of(&taken[i], object) > most)
            return 1;
    return 0;
}

/* Greedy suppression, class by class, until all entries are in use. */
static size_t select_objects(ln_candidates *list, float most, ln_object *objects)
{
    size_t found = 0;
    if (list->count)
        qsort(list->items, list->count, sizeof *list->items, by_score);
    for (size_t i = 0; i < list->count && found < LN_MAX_OBJECTS; i++)
        if (!is_covered(&list->items[i].object, objects, found, most))
            objects[found++] = list->items[i].object;
    return found;
}

/* ---- Detecting ------------------------------------------------------------------------------- */

/* The best objects of the pictures of a run. */
static ln_status detect(const ln_vision *vision, const ln_picture *pictures, size_t count,
                        const ln_tensor outputs[LN_VISION_OUTPUTS], const ln_selection *selection,
                        ln_object *objects, size_t *found, ln_error *error)
{
    ln_candidates list = {0};
    int is_selected = vision->config.output == LN_OUTPUT_YOLOV10 || vision->config.output == LN_OUTPUT_SSD;
    float overlap = is_selected ? 1 : selection->overlap;
    ln_status status = LN_OK;
    for (size_t i = 0; i < count && status == LN_OK; i++) {
        status = ln_read_boxes(vision, &pictures[i], outputs, i, selection->score, &list, error);
        if (status == LN_OK)
            found[i] = select_objects(&list, overlap, objects + i * LN_MAX_OBJECTS);
    }
    free(list.items);
    return status;
}

static int is_share(float number)
{
    return number >= 0 && number <= 1;
}

ln_status ln_vision_detect(ln_vision *vision, const ln_picture *pictures, size_t count,
                           const ln_selection *selection, ln_object *objects, size_t *found, ln_error *error)
{
    if (!vision || !pictures || !objects || !found)
        return ln_fail_null(error, __func__);
    if (vision->config.task != LN_TASK_DETECT)
        return ln_fail(error, LN_ERR_ARGUMENT, "the vision model is a classifier: give a detector");
    if (!selection)
        selection = &vision->config.selection;
    if (!is_share(selection->score) || !is_share(selection->overlap))
        return ln_fail(error, LN_ERR_ARGUMENT, "score %g and overlap %g: give numbers of 0 to 1",
                       (double)selection->score, (double)selection->overlap);
    while (count > 0) {
        size_t batch = count < vision->batch ? count : vision->batch;
        ln_tensor outputs[LN_VISION_OUTPUTS];
        ln_status status = ln_vision_run(vision, pictures, batch, LN_FIT_STRETCH, outputs, error);
        if (status == LN_OK)
            status = detect(vision, pictures, batch, outputs, selection, objects, found, error);
        if (status != LN_OK)
            return status;
        pictures += batch;
        objects += batch * LN_MAX_OBJECTS;
        found += batch;
        count -= batch;
    }
    return LN_OK;
}
