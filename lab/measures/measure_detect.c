#include "measures/measure_detect.h"

#include "cloud/error.h"
#include "measures/average_precision.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The values with which YOLOv5 is validated. Average precision needs improbable objects, too; and boxes may
 * overlap more than in daily use. */
static const ln_selection selection = {.score = 0.001f, .overlap = 0.6f};

/* What was seen in a trial. */
typedef struct view {
    ln_finding *findings;
    size_t count;
} view;

static view *view_at(const ln_measure *measure, ln_trial trial)
{
    return (view *)measure->seen + trial.picture * measure->points + trial.point;
}

static const ln_scene *scene_of(const ln_measure *measure, size_t picture)
{
    return &((const ln_scenes *)measure->truth)->items[picture];
}

static ln_status open_views(ln_measure *measure, size_t points, ln_error *error)
{
    measure->points = points;
    measure->seen = calloc(measure->pictures * points, sizeof(view));
    return measure->seen ? LN_OK : ln_fail_memory(error);
}

static void close_views(ln_measure *measure)
{
    view *views = measure->seen;
    for (size_t i = 0; views && i < measure->pictures * measure->points; i++)
        free(views[i].findings);
    free(views);
    measure->seen = NULL;
}

static const char *path_of(const ln_measure *measure, size_t picture)
{
    return scene_of(measure, picture)->path;
}

/* ---- Looking --------------------------------------------------------------------------------- */

/* Stores the findings of a trial. Returns 0 if memory is short. */
static int keep(ln_measure *measure, ln_trial trial, const ln_finding *findings, size_t count)
{
    view *v = view_at(measure, trial);
    free(v->findings);
    *v = (view){malloc((count + 1) * sizeof *findings), count};
    if (!v->findings)
        return 0;
    memcpy(v->findings, findings, count * sizeof *findings);
    return 1;
}

static ln_status compare(ln_measure *measure, const ln_picture *picture, ln_trial trial,
                         const ln_object *objects, size_t count, ln_error *error)
{
    const ln_scene *scene = scene_of(measure, trial.picture);
    ln_finding findings[LN_MAX_OBJECTS];
    uint8_t *taken = malloc(scene->count + 1);
    if (!taken)
        return ln_fail_memory(error);
    count = ln_match(objects, count, picture->width, picture->height, scene->truths, scene->count, taken,
                     findings);
    free(taken);
    return keep(measure, trial, findings, count) ? LN_OK : ln_fail_memory(error);
}

static ln_status look_at_batch(ln_measure *measure, const ln_picture *pictures, const ln_trial *trials,
                               size_t count, ln_object *objects, ln_error *error)
{
    size_t found[LN_VISION_MAX_BATCH];
    ln_status status = ln_vision_detect(measure->vision, pictures, count, &selection, objects, found, error);
    for (size_t i = 0; i < count && status == LN_OK; i++)
        status = compare(measure, &pictures[i], trials[i], objects + i * LN_MAX_OBJECTS, found[i], error);
    return status;
}

static ln_status look(ln_measure *measure, const ln_picture *pictures, const ln_trial *trials, size_t count,
                      ln_error *error)
{
    ln_object *objects = malloc(LN_VISION_MAX_BATCH * LN_MAX_OBJECTS * sizeof *objects);
    ln_status status = objects ? LN_OK : ln_fail_memory(error);
    for (size_t at = 0, batch; at < count && status == LN_OK; at += batch) {
        batch = count - at < LN_VISION_MAX_BATCH ? count - at : LN_VISION_MAX_BATCH;
        status = look_at_batch(measure, pictures + at, trials + at, batch, objects, error);
    }
    free(objects);
    return status;
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* Writes "CLASS/SCORE/HIT" for each finding, separated by commas; the score is exact, in hexadecimal. */
static void print_view(const ln_measure *measure, ln_trial trial, ln_text *text)
{
    const view *v = view_at(measure, trial);
    for (size_t i = 0; i < v->count; i++)
        ln_text_add(text, "%s%u/%a/%d", i ? "," : "", v->findings[i].class_index,
                    (double)v->findings[i].score, v->findings[i].hit);
}

static const char *parse_finding(const char *text, ln_finding *finding)
{
    char *end;
    unsigned long class_index = strtoul(text, &end, 10);
    if (end == text || *end != '/' || class_index > UINT_MAX)
        return NULL;
    text = end + 1;
    float score = strtof(text, &end);
    if (end == text || !isfinite(score) || (strncmp(end, "/0", 2) != 0 && strncmp(end, "/1", 2) != 0))
        return NULL;
    *finding = (ln_finding){score, (unsigned)class_index, end[1] == '1'};
    return end + 2;
}

static const char *parse_view(ln_measure *measure, ln_trial trial, const char *text)
{
    ln_finding findings[LN_MAX_OBJECTS];
    size_t count = 0;
    int more = *text && *text != ' ';
    while (more) {
        if (count == LN_MAX_OBJECTS || !(text = parse_finding(text, &findings[count++])))
            return NULL;
        more = *text == ',';
        text += more;
    }
    return keep(measure, trial, findings, count) ? text : NULL;
}

/* ---- Shares ---------------------------------------------------------------------------------- */

static ln_status open_precision(const ln_measure *measure, size_t point, const size_t *counting, size_t count,
                                ln_precision *precision, ln_error *error)
{
    size_t findings = 0, truths = 0;
    for (size_t i = 0; i < count; i++) {
        findings += view_at(measure, (ln_trial){counting[i], point})->count;
        truths += scene_of(measure, counting[i])->count;
    }
    return ln_precision_open(precision, findings, truths, error);
}

static ln_status sum(const ln_measure *measure, size_t point, const size_t *counting, size_t count,
                     ln_share *shares, ln_error *error)
{
    ln_precision precision;
    ln_status status = open_precision(measure, point, counting, count, &precision, error);
    if (status != LN_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        const view *v = view_at(measure, (ln_trial){counting[i], point});
        const ln_scene *scene = scene_of(measure, counting[i]);
        ln_precision_add(&precision, (uint32_t)i, v->findings, v->count, scene->truths, scene->count);
    }
    ln_precision_sort(&precision);
    status = ln_bootstrap(count, ln_precision_mean, &precision, &shares[0], error);
    ln_precision_close(&precision);
    return status;
}

static const ln_measure_kind detect = {
    .shares = {"map50"},
    .open = open_views,
    .close = close_views,
    .path = path_of,
    .look = look,
    .print = print_view,
    .parse = parse_view,
    .sum = sum,
};

ln_measure ln_measure_detect(ln_vision *vision, const ln_scenes *scenes)
{
    return (ln_measure){.kind = &detect, .pictures = scenes->count, .vision = vision, .truth = scenes};
}
