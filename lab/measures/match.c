#include "measures/match.h"

#include <math.h>
#include <string.h>

/* Intersection over union. In doubles, so that an overlap of exactly one half comes out exactly. */
static double overlap_of(const ln_object *object, unsigned width, unsigned height, const ln_truth *truth)
{
    double w = (double)width, h = (double)height;
    double left = (double)truth->x * w, top = (double)truth->y * h;
    double across = (double)truth->width * w, down = (double)truth->height * h;
    double x = (double)object->x, y = (double)object->y;
    double common_w = fmin(x + (double)object->width, left + across) - fmax(x, left);
    double common_h = fmin(y + (double)object->height, top + down) - fmax(y, top);
    if (common_w <= 0 || common_h <= 0)
        return 0;
    double common = common_w * common_h;
    return common / ((double)object->width * (double)object->height + across * down - common);
}

static int hits(const ln_object *object, unsigned width, unsigned height, const ln_truth *truths,
                size_t count, uint8_t *taken)
{
    double best = 0.5;
    size_t hit = count;
    for (size_t i = 0; i < count; i++) {
        if (taken[i] || truths[i].class_index != object->index)
            continue;
        double overlap = overlap_of(object, width, height, &truths[i]);
        if (overlap >= best) {
            best = overlap;
            hit = i;
        }
    }
    if (hit == count)
        return 0;
    taken[hit] = 1;
    return 1;
}

/* The number of objects before the last of `count` that are of the last one's class. */
static size_t before_of_class(const ln_object *objects, size_t count)
{
    size_t before = 0;
    for (size_t i = 0; i + 1 < count; i++)
        before += objects[i].index == objects[count - 1].index;
    return before;
}

size_t ln_match(const ln_object *objects, size_t count, unsigned width, unsigned height,
                const ln_truth *truths, size_t truth_count, uint8_t *taken, ln_finding *findings)
{
    size_t found = 0;
    if (truth_count)
        memset(taken, 0, truth_count);
    for (size_t i = 0; i < count; i++) {
        if (before_of_class(objects, i + 1) >= LN_MOST_FINDINGS)
            continue;
        int hit = hits(&objects[i], width, height, truths, truth_count, taken);
        findings[found++] = (ln_finding){objects[i].score, objects[i].index, hit};
    }
    return found;
}
