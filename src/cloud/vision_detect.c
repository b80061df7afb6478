#include "cloud/vision_model.h"

#include "cloud/error.h"

#include <math.h>
#include <stdlib.h>

/* A box that may be an object. */
typedef struct candidate {
    ln_object object;
    size_t row; /* of the network's output */
} candidate;

typedef struct candidates {
    candidate *items;
    size_t count, room;
} candidates;

/* ---- Reading rows ---------------------------------------------------------------------------- */

static int add_candidate(candidates *list, const ln_object *object, size_t row)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : 256;
        candidate *larger = realloc(list->items, room * sizeof *larger);
        if (!larger)
            return 0;
        list->items = larger;
        list->room = room;
    }
    list->items[list->count++] = (candidate){*object, row};
    return 1;
}

/* One side of a box, cut at the picture's edges. Returns whether any of it is inside. */
static int place(float centre, float extent, float scale, unsigned side, float *from, float *length)
{
    float begin = fmaxf((centre - extent / 2) * scale, 0);
    float end = fminf((centre + extent / 2) * scale, (float)side);
    *from = begin;
    *length = end - begin;
    return isfinite(centre) && isfinite(extent) && end > begin;
}

/* Fills the box of an object from a row. Returns whether the row has one. */
static int place_box(const ln_vision_config *config, const ln_picture *picture, const float *row,
                     ln_object *object)
{
    float across = config->boxes_as_shares ? 1 : (float)config->width;
    float down = config->boxes_as_shares ? 1 : (float)config->height;
    return place(row[0], row[2], (float)picture->width / across, picture->width, &object->x,
                 &object->width) &&
           place(row[1], row[3], (float)picture->height / down, picture->height, &object->y, &object->height);
}

/* Written so that a NaN is none. */
static int is_probability(float value)
{
    return value >= 0 && value <= 1;
}

/* Adds an object for each class of a row that is probable enough. Returns 0 if there is no memory. */
static int read_row(const ln_vision *vision, const ln_picture *picture, const float *values, size_t row,
                    float least, candidates *list)
{
    ln_object object;
    float any = values[4];
    if (!is_probability(any) || any < least || !place_box(&vision->config, picture, values, &object))
        return 1;
    for (size_t i = 0; i < vision->classes; i++) {
        float one = values[LN_BOX_VALUES + i];
        object.index = (unsigned)i;
        object.label = ln_vision_label(vision, i);
        object.score = any * one;
        if (is_probability(one) && object.score >= least && !add_candidate(list, &object, row))
            return 0;
    }
    return 1;
}

/* ---- Selecting ------------------------------------------------------------------------------- */

/* By falling score, then in the network's order: otherwise the C library would decide ties. */
static int by_score(const void *a, const void *b)
{
    const candidate *p = a, *q = b;
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
static size_t select_objects(candidates *list, float most, ln_object *objects)
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

static ln_status detect(const ln_vision *vision, const ln_picture *pictures, size_t count,
                        const ln_tensor *output, const ln_selection *selection, ln_object *objects,
                        size_t *found, ln_error *error)
{
    candidates list = {0};
    const float *values = output->data;
    int fits = 1;
    for (size_t i = 0; i < count && fits; i++) {
        list.count = 0;
        for (size_t row = 0; row < output->shape[1] && fits; row++, values += output->shape[2])
            fits = read_row(vision, &pictures[i], values, row, selection->score, &list);
        if (fits)
            found[i] = select_objects(&list, selection->overlap, objects + i * LN_MAX_OBJECTS);
    }
    free(list.items);
    return fits ? LN_OK : ln_fail_memory(error);
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
    while (count > 0) {
        size_t batch = count < LN_VISION_MAX_BATCH ? count : LN_VISION_MAX_BATCH;
        ln_tensor output;
        ln_status status = ln_vision_run(vision, pictures, batch, LN_FIT_STRETCH, &output, error);
        if (status == LN_OK)
            status = detect(vision, pictures, batch, &output, selection, objects, found, error);
        if (status != LN_OK)
            return status;
        pictures += batch;
        objects += batch * LN_MAX_OBJECTS;
        found += batch;
        count -= batch;
    }
    return LN_OK;
}
