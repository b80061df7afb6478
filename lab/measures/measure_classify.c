#include "measures/measure_classify.h"

#include "cloud/error.h"

#include <stdlib.h>
#include <string.h>

#define TOP 5 /* the right class counts as recognised among this many first classes */

/* What is stored of a trial is the rank of the right class: 0 if it came first, TOP if it is not among the
 * first TOP. */
static uint8_t *rank_at(const ln_measure *measure, ln_trial trial)
{
    return (uint8_t *)measure->seen + trial.picture * measure->points + trial.point;
}

static const ln_labels *labels_of(const ln_measure *measure)
{
    return measure->truth;
}

static ln_status open_ranks(ln_measure *measure, size_t points, ln_error *error)
{
    measure->points = points;
    measure->seen = malloc(measure->pictures * points);
    if (!measure->seen)
        return ln_fail_memory(error);
    memset(measure->seen, TOP, measure->pictures * points);
    return LN_OK;
}

static void close_ranks(ln_measure *measure)
{
    free(measure->seen);
    measure->seen = NULL;
}

static const char *path_of(const ln_measure *measure, size_t picture)
{
    return labels_of(measure)->items[picture].path;
}

/* ---- Looking --------------------------------------------------------------------------------- */

static uint8_t rank_of(unsigned class_index, const ln_class *best, size_t top)
{
    for (size_t k = 0; k < top; k++)
        if (best[k].index == class_index)
            return (uint8_t)k;
    return TOP;
}

static ln_status look_at_batch(ln_measure *measure, const ln_picture *pictures, const ln_trial *trials,
                               size_t count, ln_error *error)
{
    ln_class best[LN_VISION_MAX_BATCH * TOP];
    size_t classes = ln_vision_classes(measure->vision), top = classes < TOP ? classes : TOP;
    ln_status status = ln_vision_classify(measure->vision, pictures, count, LN_FIT_STRETCH, top, best, error);
    for (size_t i = 0; i < count && status == LN_OK; i++) {
        unsigned class_index = labels_of(measure)->items[trials[i].picture].class_index;
        *rank_at(measure, trials[i]) = rank_of(class_index, best + top * i, top);
    }
    return status;
}

static ln_status look(ln_measure *measure, const ln_picture *pictures, const ln_trial *trials, size_t count,
                      ln_error *error)
{
    ln_status status = LN_OK;
    for (size_t at = 0, batch; at < count && status == LN_OK; at += batch) {
        batch = count - at < LN_VISION_MAX_BATCH ? count - at : LN_VISION_MAX_BATCH;
        status = look_at_batch(measure, pictures + at, trials + at, batch, error);
    }
    return status;
}

/* Of equal logits, the lower index ranks first, as in ln_vision_classify. */
static void take(ln_measure *measure, const float *logits, ln_trial trial)
{
    unsigned class_index = labels_of(measure)->items[trial.picture].class_index;
    size_t classes = ln_vision_classes(measure->vision), rank = classes;
    float own = logits[class_index];
    for (size_t i = 0; i < classes; i++)
        rank -= logits[i] < own || (i >= class_index && !(logits[i] > own));
    *rank_at(measure, trial) = rank < TOP ? (uint8_t)rank : TOP;
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void print_rank(const ln_measure *measure, ln_trial trial, ln_text *text)
{
    ln_text_add(text, "%u", *rank_at(measure, trial));
}

static const char *parse_rank(ln_measure *measure, ln_trial trial, const char *text)
{
    char *end;
    unsigned long rank = strtoul(text, &end, 10);
    if (end == text || rank > TOP)
        return NULL;
    *rank_at(measure, trial) = (uint8_t)rank;
    return end;
}

/* ---- Shares ---------------------------------------------------------------------------------- */

typedef struct ranking {
    const ln_measure *measure;
    size_t point;
    const size_t *counting;
    size_t count;
    unsigned top; /* ranks below this are hits */
} ranking;

static double share_of_hits(const void *context, const uint32_t *weight)
{
    const ranking *r = context;
    uint32_t hits = 0;
    for (size_t i = 0; i < r->count; i++)
        if (*rank_at(r->measure, (ln_trial){r->counting[i], r->point}) < r->top)
            hits += weight[i];
    return hits / (double)r->count;
}

static ln_status sum(const ln_measure *measure, size_t point, const size_t *counting, size_t count,
                     ln_share *shares, ln_error *error)
{
    ranking first = {measure, point, counting, count, 1}, any = {measure, point, counting, count, TOP};
    ln_status status = ln_bootstrap(count, share_of_hits, &first, &shares[0], error);
    return status == LN_OK ? ln_bootstrap(count, share_of_hits, &any, &shares[1], error) : status;
}

static const ln_measure_kind classify = {
    .shares = {"top1", "top5"},
    .open = open_ranks,
    .close = close_ranks,
    .path = path_of,
    .look = look,
    .take = take,
    .print = print_rank,
    .parse = parse_rank,
    .sum = sum,
};

ln_measure ln_measure_classify(ln_vision *vision, const ln_labels *labels)
{
    return (ln_measure){.kind = &classify, .pictures = labels->count, .vision = vision, .truth = labels};
}
