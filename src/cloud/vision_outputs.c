/* Which of several outputs has what: by shape, and where that leaves a choice, by name or order. */
#include "cloud/vision_model.h"

#include <string.h>

/* ---- Boxes and scores ------------------------------------------------------------------------- */

/* Whether an output is N x boxes x 4, or N x boxes x 1 x 4. */
static int are_boxes(const ln_port *port)
{
    return (port->rank == 3 && port->shape[2] == 4) ||
           (port->rank == 4 && port->shape[2] == 1 && port->shape[3] == 4);
}

/* How many classes there are in the scores of these boxes; 0: they do not belong together. */
static size_t classes_beside(const ln_port *boxes, const ln_port *scores)
{
    if (!are_boxes(boxes) || scores->rank != 3)
        return 0;
    if (scores->shape[1] == boxes->shape[1] && scores->shape[2] > 0)
        return (size_t)scores->shape[2];
    return scores->shape[2] == boxes->shape[1] && scores->shape[1] > 0 ? (size_t)scores->shape[1] : 0;
}

/* Which of the first two outputs has the boxes: with four classes, only the names may tell, or else it is the
 * first. Returns whether they are boxes and scores. */
int ln_detect_find_pair(ln_vision *vision)
{
    const ln_port *first = ln_engine_output(vision->engine, 0), *second = ln_engine_output(vision->engine, 1);
    if (!second)
        return 0;
    size_t before = classes_beside(first, second), behind = classes_beside(second, first);
    int is_second = !before || (behind && strstr(second->name, "box") && !strstr(first->name, "box"));
    vision->classes = is_second ? behind : before;
    vision->outputs[0] = is_second ? 1 : 0;
    vision->outputs[1] = is_second ? 0 : 1;
    vision->output_count = 2;
    return vision->classes > 0;
}

/* ---- Boxes, classes, scores and count --------------------------------------------------------- */

static int is_row(const ln_port *port)
{
    return port->rank == 2;
}

static int is_count(const ln_port *port)
{
    return port->rank == 1;
}

/* Finds the only output of a shape whose name has a part, or else the only one of that shape. Names with
 * "raw" are of what the network had before its selection. */
static int find_output(const ln_vision *vision, int has_shape(const ln_port *), const char *part,
                       size_t *index)
{
    size_t all = 0, named = 0, last = 0;
    const ln_port *port;
    for (size_t i = 0; (port = ln_engine_output(vision->engine, i)); i++) {
        if (!has_shape(port) || strstr(port->name, "raw"))
            continue;
        int is_named = strstr(port->name, part) != NULL;
        all++;
        named += (size_t)is_named;
        last = i;
        if (is_named)
            *index = i;
    }
    if (!named)
        *index = last;
    return named == 1 || (!named && all == 1);
}

/* Without names, the order tells. TensorFlow Lite's operator gives boxes, classes, scores and count; behind
 * the converter of TensorFlow 2 that is scores, boxes, count and classes. */
static int find_by_order(const ln_vision *vision, size_t boxes, size_t *classes, size_t *scores)
{
    size_t found[2], count = 0;
    const ln_port *port;
    for (size_t i = 0; (port = ln_engine_output(vision->engine, i)); i++) {
        if (is_row(port) && count < 2)
            found[count] = i;
        count += (size_t)is_row(port);
    }
    if (count != 2)
        return 0;
    *classes = boxes < found[0] ? found[0] : found[1];
    *scores = boxes < found[0] ? found[1] : found[0];
    return 1;
}

int ln_detect_find_ssd(ln_vision *vision)
{
    size_t *boxes = &vision->outputs[0], *classes = boxes + 1, *scores = boxes + 2, *count = boxes + 3;
    if (!find_output(vision, are_boxes, "box", boxes) || !find_output(vision, is_count, "num", count))
        return 0;
    int named = find_output(vision, is_row, "class", classes) && find_output(vision, is_row, "score", scores);
    if (!named && !find_by_order(vision, *boxes, classes, scores))
        return 0;
    long rows = ln_engine_output(vision->engine, *boxes)->shape[1];
    vision->output_count = 4;
    return *classes != *scores && ln_engine_output(vision->engine, *classes)->shape[1] == rows &&
           ln_engine_output(vision->engine, *scores)->shape[1] == rows;
}
