#include "eval/eval.h"

#include "cloud/error.h"
#include "eval/journal.h"
#include "eval/outcomes.h"

#include <stdlib.h>
#include <string.h>

/* Deliveries that are decoded and looked at together: a multiple of the vision model's largest batch. */
#define BATCH (4 * LN_VISION_MAX_BATCH)

/* The trial of a delivery that waits for its batch. */
typedef struct job {
    ln_trial trial;
    int last; /* 1: the last trial of its stream, which is forgotten afterwards */
} job;

/* One codec and the deliveries that it works on. */
typedef struct pipeline {
    ln_codec *codec;
    ln_measure *measure;
    ln_outcomes *outcomes;
    const ln_point *points;
    size_t first_point, point_count;
    ln_delivery deliveries[BATCH];
    job jobs[BATCH]; /* of the same deliveries */
    size_t count;
    uint8_t *rgb;  /* of BATCH pictures */
    float *logits; /* of as many pictures, if the codec gives logits instead; else null */
} pipeline;

/* A whole run. */
typedef struct run {
    const ln_eval_task *task;
    pipeline *pipelines; /* one for each codec */
    ln_outcomes outcomes;
    ln_journal journal;
    size_t resumed; /* pictures whose results were in the journal */
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

static void forget_streams(pipeline *p)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->jobs[i].last)
            p->codec->kind->forget(p->deliveries[i].stream);
    p->count = 0;
}

/* Lets the measure look at the deliveries that show something. */
static ln_status look(pipeline *p, size_t from, size_t count, ln_error *error)
{
    const ln_codec *codec = p->codec;
    size_t size = (size_t)codec->width * codec->height * 3, seen = 0;
    ln_picture pictures[BATCH];
    ln_trial trials[BATCH];
    for (size_t i = 0; i < count; i++) {
        if (p->deliveries[from + i].nothing)
            continue;
        pictures[seen] =
            (ln_picture){.width = codec->width, .height = codec->height, .rgb = p->rgb + i * size};
        trials[seen++] = p->jobs[from + i].trial;
    }
    return p->measure->kind->look(p->measure, pictures, trials, seen, error);
}

static ln_status receive(pipeline *p, size_t from, size_t count, ln_error *error)
{
    ln_status status = p->codec->kind->receive(p->codec, p->deliveries + from, count, p->rgb, error);
    return status == LN_OK ? look(p, from, count, error) : status;
}

/* `receive` and `look` for a codec that gives logits. */
static ln_status recognise(pipeline *p, size_t from, size_t count, ln_error *error)
{
    ln_codec *codec = p->codec;
    ln_status status = codec->kind->recognise(codec, p->deliveries + from, count, p->logits, error);
    for (size_t i = 0; i < count && status == LN_OK; i++)
        if (!p->deliveries[from + i].nothing)
            p->measure->kind->take(p->measure, p->logits + i * codec->classes, p->jobs[from + i].trial);
    return status;
}

static ln_status run_deliveries(pipeline *p, size_t from, size_t count, ln_error *error)
{
    ln_status status = p->logits ? recognise(p, from, count, error) : receive(p, from, count, error);
    for (size_t i = from; i < from + count && status == LN_OK; i++) {
        ln_trial trial = p->jobs[i].trial;
        ln_outcomes_of(p->outcomes, trial.picture)[trial.point] = (uint32_t)p->deliveries[i].bytes;
    }
    return status;
}

/* A picture that a codec fails on counts nowhere, like a picture that cannot be read. */
static ln_status leave_out(const pipeline *p, size_t picture, const char *why, ln_error *error)
{
    char **broken = &p->outcomes->broken[picture];
    ln_error line;
    if (*broken)
        return LN_OK;
    ln_fail(&line, LN_ERR_IO, "%s: %s: %s", p->measure->kind->path(p->measure, picture), p->codec->name, why);
    *broken = strdup(line.text);
    return *broken ? LN_OK : ln_fail_memory(error);
}

/* Finds the pictures that made a batch fail. If all of them fail, no picture is to blame. */
static ln_status run_one_by_one(pipeline *p, ln_error *error)
{
    size_t failed = 0;
    ln_status status = LN_OK;
    for (size_t i = 0; i < p->count && status == LN_OK; i++) {
        status = run_deliveries(p, i, 1, error);
        if (status != LN_ERR_IO)
            continue;
        if (++failed == p->count)
            return status;
        status = leave_out(p, p->jobs[i].trial.picture, error->text, error);
    }
    return status;
}

static ln_status run_batch(pipeline *p, ln_error *error)
{
    if (!p->count)
        return LN_OK;
    ln_status status = run_deliveries(p, 0, p->count, error);
    if (status == LN_ERR_IO && p->count > 1)
        status = run_one_by_one(p, error);
    if (status == LN_OK)
        forget_streams(p);
    return status;
}

/* Adds the deliveries of a stream to the batch. The pipeline forgets the stream, also after an error. */
static ln_status add_stream(pipeline *p, void *stream, size_t picture, ln_error *error)
{
    for (size_t i = 0; i < p->point_count; i++) {
        const ln_point *point = &p->points[i];
        ln_status status = p->count == BATCH ? run_batch(p, error) : LN_OK;
        if (status != LN_OK) {
            p->codec->kind->forget(stream);
            return status;
        }
        p->deliveries[p->count] = (ln_delivery){.stream = stream, .way = point->way, .budget = point->budget};
        p->jobs[p->count++] = (job){{picture, p->first_point + i}, i + 1 == p->point_count};
    }
    return LN_OK;
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static ln_status add_picture(pipeline *p, const ln_picture *original, size_t number, ln_error *error)
{
    ln_codec *codec = p->codec;
    ln_picture picture;
    void *stream;
    ln_status status =
        ln_picture_resize(original, codec->width, codec->height, LN_FIT_STRETCH, &picture, error);
    if (status != LN_OK)
        return status;
    status = codec->kind->encode(codec, &picture, number, &stream, error);
    ln_picture_free(&picture);
    if (status == LN_ERR_IO)
        return leave_out(p, number, error->text, error);
    return status == LN_OK ? add_stream(p, stream, number, error) : status;
}

static ln_status add_to_all(run *r, size_t number, ln_error *error)
{
    ln_picture original;
    ln_error why;
    const ln_measure *measure = r->task->measure;
    const char *path = measure->kind->path(measure, number);
    ln_status status = r->task->as_stored ? ln_picture_read_as_stored(&original, path, &why)
                                          : ln_picture_read(&original, path, &why);
    if (status != LN_OK) {
        r->outcomes.broken[number] = strdup(why.text);
        return r->outcomes.broken[number] && status == LN_ERR_IO ? LN_OK : ln_fail_memory(error);
    }
    if (measure->kind->begin)
        status = measure->kind->begin(r->task->measure, number, &original, error);
    for (size_t i = 0; i < r->task->codec_count && status == LN_OK; i++)
        status = add_picture(&r->pipelines[i], &original, number, error);
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
        status = run_batch(&r->pipelines[i], error);
    if (status == LN_OK && r->task->journal)
        status = ln_journal_add(&r->journal, r->task->measure, &r->outcomes, from, to, error);
    return status;
}

static ln_status run_groups(run *r, ln_error *error)
{
    size_t count = r->task->measure->pictures;
    ln_status status = LN_OK;
    for (size_t from = r->resumed, to; from < count && status == LN_OK; from = to) {
        to = from + LN_MEASURE_GROUP < count ? from + LN_MEASURE_GROUP : count;
        status = run_group(r, from, to, error);
    }
    return status;
}

/* ---- Start and end --------------------------------------------------------------------------- */

static ln_status open_logits(pipeline *p, ln_error *error)
{
    if (!p->measure->kind->take)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "%s gives classes and no picture: measure it with --task classify", p->codec->name);
    size_t classes = p->codec->classes, wanted = ln_vision_classes(p->measure->vision);
    if (classes != wanted)
        return ln_fail(
            error, LN_ERR_IO,
            "%s has %zu classes and the vision model %zu: measure it with the classifier that it is part of",
            p->codec->name, classes, wanted);
    p->logits = malloc(BATCH * classes * sizeof *p->logits);
    return p->logits ? LN_OK : ln_fail_memory(error);
}

static ln_status open_pipelines(run *r, ln_point *points, ln_error *error)
{
    const ln_eval_task *task = r->task;
    r->pipelines = calloc(task->codec_count, sizeof *r->pipelines);
    if (!r->pipelines)
        return ln_fail_memory(error);
    size_t first = 0;
    for (size_t i = 0; i < task->codec_count; i++) {
        pipeline *p = &r->pipelines[i];
        p->codec = &task->codecs[i];
        p->measure = task->measure;
        p->outcomes = &r->outcomes;
        p->points = points + first;
        p->first_point = first;
        p->point_count = points_of(task, p->codec);
        list_points(task, p->codec, points + first);
        first += p->point_count;
        p->rgb = malloc(BATCH * (size_t)p->codec->width * p->codec->height * 3);
        if (!p->rgb)
            return ln_fail_memory(error);
        ln_status status = p->codec->classes ? open_logits(p, error) : LN_OK;
        if (status != LN_OK)
            return status;
    }
    return LN_OK;
}

static void close_pipelines(run *r)
{
    for (size_t i = 0; r->pipelines && i < r->task->codec_count; i++) {
        forget_streams(&r->pipelines[i]);
        free(r->pipelines[i].rgb);
        free(r->pipelines[i].logits);
    }
    free(r->pipelines);
}

static void note_damage(const run *r)
{
    ln_error line;
    ln_fail(&line, LN_ERR_IO, "%s: its last %zu bytes are damaged: the results of %zu pictures are used",
            r->task->journal, r->journal.dropped, r->resumed);
    r->task->note(r->task->context, line.text);
}

static ln_status open_run(run *r, ln_point *points, ln_error *error)
{
    const ln_eval_task *task = r->task;
    size_t count = ln_eval_points(task);
    ln_status status = open_pipelines(r, points, error);
    if (status == LN_OK)
        status = ln_outcomes_open(&r->outcomes, count, task->measure->pictures, error);
    if (status == LN_OK)
        status = task->measure->kind->open(task->measure, count, error);
    if (status == LN_OK && task->journal)
        status = ln_journal_open(&r->journal, task->journal, task->name, task->resume, task->measure,
                                 &r->outcomes, &r->resumed, error);
    if (status == LN_OK && r->journal.dropped)
        note_damage(r);
    return status;
}

static void close_run(run *r)
{
    ln_journal_close(&r->journal);
    r->task->measure->kind->close(r->task->measure);
    close_pipelines(r);
    ln_outcomes_close(&r->outcomes);
}

/* Lists the pictures that count, and reports the others as broken. */
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
