#include "eval/eval.h"

#include <stdlib.h>

/* Cuts that are decoded and classified together: a multiple of what the vision model takes at once. */
#define BATCH (4 * LN_VISION_MAX_BATCH)
#define TOP 5

/* A cut that waits for its batch. */
typedef struct job {
    ln_point *point;
    unsigned class_index; /* of what the picture shows */
    int last;             /* of its stream, which can be forgotten afterwards */
} job;

/* One codec at work. */
typedef struct lane {
    ln_codec *codec;
    ln_vision *vision;
    ln_point *points;
    size_t point_count;
    ln_cut cuts[BATCH];
    job jobs[BATCH]; /* of the same cuts */
    size_t count;
    uint8_t *rgb; /* of BATCH pictures */
    ln_class best[BATCH * TOP];
} lane;

/* ---- Points ---------------------------------------------------------------------------------- */

static size_t points_of(const ln_eval_task *task, const ln_codec *codec)
{
    return codec->kind->sized ? task->budget_count : 1;
}

size_t ln_eval_points(const ln_eval_task *task)
{
    size_t count = 0;
    for (size_t i = 0; i < task->codec_count; i++)
        count += points_of(task, &task->codecs[i]);
    return count;
}

static void score(ln_point *point, const job *j, const ln_cut *cut, const ln_class *best, size_t top)
{
    point->count++;
    point->bytes += cut->bytes;
    for (size_t k = 0; k < top; k++)
        if (best[k].index == j->class_index) {
            point->top1 += k == 0;
            point->top5++;
        }
}

/* ---- Batches --------------------------------------------------------------------------------- */

static void forget_streams(lane *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->jobs[i].last)
            l->codec->kind->forget(l->cuts[i].stream);
    l->count = 0;
}

static ln_status run_batch(lane *l, ln_error *error)
{
    if (!l->count)
        return LN_OK;
    const ln_codec *codec = l->codec;
    ln_picture pictures[BATCH];
    size_t size = (size_t)codec->width * codec->height * 3;
    size_t classes = ln_vision_classes(l->vision), top = classes < TOP ? classes : TOP;
    for (size_t i = 0; i < l->count; i++)
        pictures[i] = (ln_picture){codec->width, codec->height, l->rgb + i * size};
    ln_status status = codec->kind->receive(l->codec, l->cuts, l->count, l->rgb, error);
    if (status == LN_OK)
        status = ln_vision_classify(l->vision, pictures, l->count, LN_FIT_STRETCH, top, l->best, error);
    if (status != LN_OK)
        return status;
    for (size_t i = 0; i < l->count; i++)
        score(l->jobs[i].point, &l->jobs[i], &l->cuts[i], l->best + i * top, top);
    forget_streams(l);
    return LN_OK;
}

/* Puts a stream's cuts in line. Whatever happens, the lane forgets the stream. */
static ln_status add_stream(lane *l, void *stream, unsigned class_index, ln_error *error)
{
    for (size_t i = 0; i < l->point_count; i++) {
        ln_status status = l->count == BATCH ? run_batch(l, error) : LN_OK;
        if (status != LN_OK) {
            l->codec->kind->forget(stream);
            return status;
        }
        l->cuts[l->count] = (ln_cut){.stream = stream, .budget = l->points[i].budget};
        l->jobs[l->count++] = (job){&l->points[i], class_index, i + 1 == l->point_count};
    }
    return LN_OK;
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static ln_status add_picture(lane *l, const ln_picture *original, size_t number, unsigned class_index,
                             ln_error *error)
{
    ln_codec *codec = l->codec;
    ln_picture picture;
    void *stream;
    ln_status status =
        ln_picture_resize(original, codec->width, codec->height, LN_FIT_STRETCH, &picture, error);
    if (status != LN_OK)
        return status;
    status = codec->kind->encode(codec, &picture, number, &stream, error);
    ln_picture_free(&picture);
    return status == LN_OK ? add_stream(l, stream, class_index, error) : status;
}

static ln_status add_to_all(const ln_eval_task *task, lane *lanes, size_t number, ln_error *error)
{
    const ln_label *label = &task->labels->items[number];
    ln_picture original;
    ln_status status = ln_picture_read(&original, label->path, error);
    if (status == LN_ERR_IO) {
        task->broken(task->context, error->text);
        return LN_OK;
    }
    for (size_t i = 0; i < task->codec_count && status == LN_OK; i++)
        status = add_picture(&lanes[i], &original, number, label->class_index, error);
    ln_picture_free(&original);
    return status;
}

static ln_status run_lanes(const ln_eval_task *task, lane *lanes, ln_error *error)
{
    ln_status status = LN_OK;
    for (size_t i = 0; i < task->labels->count && status == LN_OK; i++) {
        status = add_to_all(task, lanes, i, error);
        if (status == LN_OK)
            task->progress(task->context, i + 1);
    }
    for (size_t i = 0; i < task->codec_count && status == LN_OK; i++)
        status = run_batch(&lanes[i], error);
    return status;
}

/* ---- Start ----------------------------------------------------------------------------------- */

static void list_points(const ln_eval_task *task, lane *l)
{
    for (size_t i = 0; i < l->point_count; i++)
        l->points[i] = (ln_point){
            .codec = l->codec,
            .budget = l->codec->kind->sized ? task->budgets[i] : 0,
        };
}

static ln_status open_lanes(const ln_eval_task *task, lane *lanes, ln_point *points, ln_error *error)
{
    for (size_t i = 0; i < task->codec_count; i++) {
        lane *l = &lanes[i];
        l->codec = &task->codecs[i];
        l->vision = task->vision;
        l->points = points;
        l->point_count = points_of(task, l->codec);
        list_points(task, l);
        points += l->point_count;
        l->rgb = malloc(BATCH * (size_t)l->codec->width * l->codec->height * 3);
        if (!l->rgb)
            return ln_fail_memory(error);
    }
    return LN_OK;
}

static void close_lanes(const ln_eval_task *task, lane *lanes)
{
    for (size_t i = 0; i < task->codec_count; i++) {
        forget_streams(&lanes[i]);
        free(lanes[i].rgb);
    }
    free(lanes);
}

ln_status ln_eval_run(const ln_eval_task *task, ln_point *points, ln_error *error)
{
    lane *lanes = calloc(task->codec_count, sizeof *lanes);
    if (!lanes)
        return ln_fail_memory(error);
    ln_status status = open_lanes(task, lanes, points, error);
    if (status == LN_OK)
        status = run_lanes(task, lanes, error);
    close_lanes(task, lanes);
    if (status == LN_OK && !points[0].count)
        status = ln_fail(error, LN_ERR_IO, "none of the %zu pictures can be read", task->labels->count);
    return status;
}
