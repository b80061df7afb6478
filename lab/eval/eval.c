#include "eval/eval.h"

#include "cloud/error.h"
#include "eval/journal.h"
#include "eval/outcomes.h"

#include <stdlib.h>
#include <string.h>

/* Cuts that are decoded and looked at together: a multiple of what the vision model takes at once. */
#define BATCH (4 * LN_VISION_MAX_BATCH)
#define GROUP 16 /* pictures between two entries of the journal */

/* A cut that waits for its batch. */
typedef struct job {
    ln_place place;
    int last; /* of its stream, which can be forgotten afterwards */
} job;

/* One codec at work. */
typedef struct lane {
    ln_codec *codec;
    ln_measure *measure;
    ln_outcomes *outcomes;
    const ln_point *points;
    size_t first_point, point_count;
    ln_cut cuts[BATCH];
    job jobs[BATCH]; /* of the same cuts */
    size_t count;
    uint8_t *rgb;  /* of BATCH pictures */
    float *logits; /* of as many, where the codec gives no pictures; else null */
} lane;

/* The whole work. */
typedef struct run {
    const ln_eval_task *task;
    lane *lanes; /* one a codec */
    ln_outcomes outcomes;
    ln_journal journal;
    size_t resumed; /* pictures that the journal had */
} run;

/* ---- Points ---------------------------------------------------------------------------------- */

static const ln_way ways[] = {LN_WAY_CUT, LN_WAY_FIT};
#define WAYS (sizeof ways / sizeof *ways)

static size_t points_of(const ln_eval_task *task, const ln_codec *codec)
{
    size_t count = 0;
    for (size_t i = 0; i < WAYS; i++)
        if (codec->ways & (int)ways[i])
            count += task->budget_count;
    return codec->ways ? count : 1;
}

size_t ln_eval_points(const ln_eval_task *task)
{
    size_t count = 0;
    for (size_t i = 0; i < task->codec_count; i++)
        count += points_of(task, &task->codecs[i]);
    return count;
}

static void list_points(const ln_eval_task *task, const ln_codec *codec, ln_point *point)
{
    *point = (ln_point){.codec = codec};
    for (size_t i = 0; i < WAYS; i++)
        for (size_t k = 0; codec->ways & (int)ways[i] && k < task->budget_count; k++)
            *point++ = (ln_point){.codec = codec, .way = ways[i], .budget = task->budgets[k]};
}

/* ---- Batches --------------------------------------------------------------------------------- */

static void forget_streams(lane *l)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->jobs[i].last)
            l->codec->kind->forget(l->cuts[i].stream);
    l->count = 0;
}

/* Shows the measure those of `count` cuts that show something; at the others nothing is seen. */
static ln_status look(lane *l, size_t from, size_t count, ln_error *error)
{
    const ln_codec *codec = l->codec;
    size_t size = (size_t)codec->width * codec->height * 3, seen = 0;
    ln_picture pictures[BATCH];
    ln_place places[BATCH];
    for (size_t i = 0; i < count; i++) {
        if (l->cuts[from + i].nothing)
            continue;
        pictures[seen] = (ln_picture){codec->width, codec->height, l->rgb + i * size};
        places[seen++] = l->jobs[from + i].place;
    }
    return l->measure->kind->look(l->measure, pictures, places, seen, error);
}

static ln_status receive(lane *l, size_t from, size_t count, ln_error *error)
{
    ln_status status = l->codec->kind->receive(l->codec, l->cuts + from, count, l->rgb, error);
    return status == LN_OK ? look(l, from, count, error) : status;
}

/* Of a codec that gives classes itself. */
static ln_status recognise(lane *l, size_t from, size_t count, ln_error *error)
{
    ln_codec *codec = l->codec;
    ln_status status = codec->kind->recognise(codec, l->cuts + from, count, l->logits, error);
    for (size_t i = 0; i < count && status == LN_OK; i++)
        if (!l->cuts[from + i].nothing)
            l->measure->kind->take(l->measure, l->logits + i * codec->classes, l->jobs[from + i].place);
    return status;
}

static ln_status run_cuts(lane *l, size_t from, size_t count, ln_error *error)
{
    ln_status status = l->logits ? recognise(l, from, count, error) : receive(l, from, count, error);
    for (size_t i = from; i < from + count && status == LN_OK; i++) {
        ln_place place = l->jobs[i].place;
        ln_outcomes_of(l->outcomes, place.picture)[place.point] = (uint32_t)l->cuts[i].bytes;
    }
    return status;
}

/* A picture that a codec cannot work on counts nowhere, like one that cannot be read. */
static ln_status leave_out(const lane *l, size_t picture, const char *why, ln_error *error)
{
    char **broken = &l->outcomes->broken[picture];
    ln_error line;
    if (*broken)
        return LN_OK;
    ln_fail(&line, LN_ERR_IO, "%s: %s: %s", l->measure->kind->path(l->measure, picture), l->codec->name, why);
    *broken = strdup(line.text);
    return *broken ? LN_OK : ln_fail_memory(error);
}

/* After a batch that failed: which of its pictures is it? If all of them fail it is not a picture's fault. */
static ln_status run_one_by_one(lane *l, ln_error *error)
{
    size_t failed = 0;
    ln_status status = LN_OK;
    for (size_t i = 0; i < l->count && status == LN_OK; i++) {
        status = run_cuts(l, i, 1, error);
        if (status != LN_ERR_IO)
            continue;
        if (++failed == l->count)
            return status;
        status = leave_out(l, l->jobs[i].place.picture, error->text, error);
    }
    return status;
}

static ln_status run_batch(lane *l, ln_error *error)
{
    if (!l->count)
        return LN_OK;
    ln_status status = run_cuts(l, 0, l->count, error);
    if (status == LN_ERR_IO && l->count > 1)
        status = run_one_by_one(l, error);
    if (status == LN_OK)
        forget_streams(l);
    return status;
}

/* Puts a stream's cuts in line. Whatever happens, the lane forgets the stream. */
static ln_status add_stream(lane *l, void *stream, size_t picture, ln_error *error)
{
    for (size_t i = 0; i < l->point_count; i++) {
        const ln_point *point = &l->points[i];
        ln_status status = l->count == BATCH ? run_batch(l, error) : LN_OK;
        if (status != LN_OK) {
            l->codec->kind->forget(stream);
            return status;
        }
        l->cuts[l->count] = (ln_cut){.stream = stream, .way = point->way, .budget = point->budget};
        l->jobs[l->count++] = (job){{picture, l->first_point + i}, i + 1 == l->point_count};
    }
    return LN_OK;
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static ln_status add_picture(lane *l, const ln_picture *original, size_t number, ln_error *error)
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
    if (status == LN_ERR_IO)
        return leave_out(l, number, error->text, error);
    return status == LN_OK ? add_stream(l, stream, number, error) : status;
}

static ln_status add_to_all(run *r, size_t number, ln_error *error)
{
    ln_picture original;
    ln_error why;
    const ln_measure *measure = r->task->measure;
    ln_status status = ln_picture_read(&original, measure->kind->path(measure, number), &why);
    if (status != LN_OK) {
        r->outcomes.broken[number] = strdup(why.text);
        return r->outcomes.broken[number] && status == LN_ERR_IO ? LN_OK : ln_fail_memory(error);
    }
    for (size_t i = 0; i < r->task->codec_count && status == LN_OK; i++)
        status = add_picture(&r->lanes[i], &original, number, error);
    ln_picture_free(&original);
    return status;
}

static ln_status run_group(run *r, size_t from, size_t to, ln_error *error)
{
    ln_status status = LN_OK;
    for (size_t i = from; i < to && status == LN_OK; i++) {
        status = add_to_all(r, i, error);
        if (status == LN_OK)
            r->task->progress(r->task->context, i + 1, r->resumed);
    }
    for (size_t i = 0; i < r->task->codec_count && status == LN_OK; i++)
        status = run_batch(&r->lanes[i], error);
    if (status == LN_OK && r->task->journal)
        status = ln_journal_add(&r->journal, r->task->measure, &r->outcomes, from, to, error);
    return status;
}

static ln_status run_groups(run *r, ln_error *error)
{
    size_t count = r->task->measure->pictures;
    ln_status status = LN_OK;
    for (size_t from = r->resumed, to; from < count && status == LN_OK; from = to) {
        to = from + GROUP < count ? from + GROUP : count;
        status = run_group(r, from, to, error);
    }
    return status;
}

/* ---- Start and end --------------------------------------------------------------------------- */

static ln_status open_logits(lane *l, ln_error *error)
{
    size_t classes = l->codec->classes, wanted = ln_vision_classes(l->measure->vision);
    if (!l->measure->kind->take)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "%s gives classes and no picture: it can only be measured by --task classify",
                       l->codec->name);
    if (classes != wanted)
        return ln_fail(
            error, LN_ERR_IO,
            "%s tells %zu classes apart and the vision model %zu: measure it with the classifier it "
            "is part of",
            l->codec->name, classes, wanted);
    l->logits = malloc(BATCH * classes * sizeof *l->logits);
    return l->logits ? LN_OK : ln_fail_memory(error);
}

static ln_status open_lanes(run *r, ln_point *points, ln_error *error)
{
    const ln_eval_task *task = r->task;
    r->lanes = calloc(task->codec_count, sizeof *r->lanes);
    if (!r->lanes)
        return ln_fail_memory(error);
    size_t first = 0;
    for (size_t i = 0; i < task->codec_count; i++) {
        lane *l = &r->lanes[i];
        l->codec = &task->codecs[i];
        l->measure = task->measure;
        l->outcomes = &r->outcomes;
        l->points = points + first;
        l->first_point = first;
        l->point_count = points_of(task, l->codec);
        list_points(task, l->codec, points + first);
        first += l->point_count;
        l->rgb = malloc(BATCH * (size_t)l->codec->width * l->codec->height * 3);
        if (!l->rgb)
            return ln_fail_memory(error);
        ln_status status = l->codec->classes ? open_logits(l, error) : LN_OK;
        if (status != LN_OK)
            return status;
    }
    return LN_OK;
}

static void close_lanes(run *r)
{
    for (size_t i = 0; r->lanes && i < r->task->codec_count; i++) {
        forget_streams(&r->lanes[i]);
        free(r->lanes[i].rgb);
        free(r->lanes[i].logits);
    }
    free(r->lanes);
}

static ln_status open_run(run *r, ln_point *points, ln_error *error)
{
    const ln_eval_task *task = r->task;
    size_t count = ln_eval_points(task);
    ln_status status = open_lanes(r, points, error);
    if (status == LN_OK)
        status = ln_outcomes_open(&r->outcomes, count, task->measure->pictures, error);
    if (status == LN_OK)
        status = task->measure->kind->open(task->measure, count, error);
    if (status == LN_OK && task->journal)
        status = ln_journal_open(&r->journal, task->journal, task->name, task->resume, task->measure,
                                 &r->outcomes, &r->resumed, error);
    return status;
}

static void close_run(run *r)
{
    ln_journal_close(&r->journal);
    r->task->measure->kind->close(r->task->measure);
    close_lanes(r);
    ln_outcomes_close(&r->outcomes);
}

/* Lists the pictures that count; tells about the others. */
static size_t list_counting(const run *r, size_t *counting)
{
    size_t count = 0;
    for (size_t i = 0; i < r->outcomes.pictures; i++)
        if (r->outcomes.broken[i])
            r->task->broken(r->task->context, r->outcomes.broken[i]);
        else
            counting[count++] = i;
    return count;
}

static ln_status sum_up(const run *r, ln_point *points, ln_error *error)
{
    const ln_measure *measure = r->task->measure;
    size_t *counting = calloc(r->outcomes.pictures, sizeof *counting);
    if (!counting)
        return ln_fail_memory(error);
    size_t count = list_counting(r, counting);
    ln_status status = LN_OK;
    for (size_t i = 0; i < r->outcomes.points && status == LN_OK; i++) {
        ln_summary *sum = &points[i].sum;
        status = ln_outcomes_mean(&r->outcomes, i, &sum->count, &sum->bytes, error);
        if (status == LN_OK)
            status = measure->kind->sum(measure, i, counting, count, sum->shares, error);
    }
    free(counting);
    return status;
}

ln_status ln_eval_run(const ln_eval_task *task, ln_point *points, ln_error *error)
{
    run r = {.task = task};
    ln_status status = open_run(&r, points, error);
    if (status == LN_OK)
        status = run_groups(&r, error);
    if (status == LN_OK)
        status = sum_up(&r, points, error);
    close_run(&r);
    return status;
}
