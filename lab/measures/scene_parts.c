#include "measures/scene_formats.h"

#include "cloud/error.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

ln_status ln_scene_add(ln_scene *scene, const ln_truth *truth, ln_error *error)
{
    ln_truth *larger = realloc(scene->truths, (scene->count + 1) * sizeof *larger);
    if (!larger)
        return ln_fail_memory(error);
    scene->truths = larger;
    larger[scene->count++] = *truth;
    return LN_OK;
}

static double clamp(double share)
{
    return share < 0 ? 0 : share > 1 ? 1 : share;
}

/* The comparisons refuse NaN, too. */
int ln_box_to_truth(const ln_pixel_box *box, ln_truth *truth)
{
    if (!(box->width > 0 && box->height > 0 && box->left <= box->right && box->top <= box->bottom) ||
        !isfinite(box->width + box->height + box->left + box->right + box->top + box->bottom))
        return 0;
    double left = clamp(box->left / box->width), top = clamp(box->top / box->height);
    truth->x = (float)left;
    truth->y = (float)top;
    truth->width = (float)(clamp(box->right / box->width) - left);
    truth->height = (float)(clamp(box->bottom / box->height) - top);
    return 1;
}

/* Returns the first class of that name from number `from` on, or their count. */
static size_t find_name(const ln_classes *classes, size_t from, const char *name)
{
    while (from < classes->count && strcasecmp(classes->names[from], name) != 0)
        from++;
    return from;
}

ln_status ln_class_find(const ln_classes *classes, const char *name, const char *where, unsigned *class_index,
                        ln_error *error)
{
    if (!classes->names)
        return ln_fail(error, LN_ERR_IO,
                       "%s: names classes, and those of the vision model have no names: add a line "
                       "'labels = NAMES.txt' to its .vision file",
                       where);
    size_t found = find_name(classes, 0, name);
    if (found == classes->count)
        return ln_fail(error, LN_ERR_IO,
                       "%s: '%s' is no class of the vision model: rename it, or leave it out", where, name);
    size_t second = find_name(classes, found + 1, name);
    if (second < classes->count)
        return ln_fail(error, LN_ERR_IO,
                       "%s: '%s' may be class %zu or %zu of the vision model: give each its own label", where,
                       name, found, second);
    *class_index = (unsigned)found;
    return LN_OK;
}

/* Takes digits only; strtoul would also take signs and blanks. */
int ln_class_parse(const char *text, size_t count, unsigned *class_index)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    *class_index = (unsigned)number;
    return *text >= '0' && *text <= '9' && !*end && !errno && number < count;
}
