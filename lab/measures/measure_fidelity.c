#include "measures/measure_fidelity.h"

#include "cloud/error.h"
#include "measures/fidelity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE 224 /* of the pictures of most codecs */
#define GREY 128

/* What is stored of a trial. */
typedef struct likeness {
    double psnr, ms_ssim;
} likeness;

typedef struct seen {
    ln_picture
        originals[LN_MEASURE_GROUP]; /* of the pictures under way: number n is at n % LN_MEASURE_GROUP */
    likeness *trials;                /* picture by picture, point by point */
} seen;

static likeness *at(const ln_measure *measure, ln_trial trial)
{
    const seen *s = measure->seen;
    return &s->trials[trial.picture * measure->points + trial.point];
}

static ln_status open_trials(ln_measure *measure, size_t points, ln_error *error)
{
    seen *s = measure->seen = calloc(1, sizeof *s);
    measure->points = points;
    if (s)
        s->trials = calloc(measure->pictures * points, sizeof *s->trials);
    return s && s->trials ? LN_OK : ln_fail_memory(error);
}

static void close_trials(ln_measure *measure)
{
    seen *s = measure->seen;
    for (size_t i = 0; s && i < LN_MEASURE_GROUP; i++)
        ln_picture_free(&s->originals[i]);
    if (s)
        free(s->trials);
    free(s);
    measure->seen = NULL;
}

static const char *path_of(const ln_measure *measure, size_t picture)
{
    const ln_folder *folder = measure->truth;
    return folder->paths[picture];
}

/* ---- Looking --------------------------------------------------------------------------------- */

static ln_status compare(const ln_picture *original, const ln_picture *picture, likeness *result,
                         ln_error *error)
{
    result->psnr = ln_psnr(original, picture);
    return ln_ms_ssim(original, picture, &result->ms_ssim, error);
}

/* Keeps the original, and notes what grey is worth in its place. */
static ln_status begin(ln_measure *measure, size_t number, const ln_picture *picture, ln_error *error)
{
    seen *s = measure->seen;
    ln_picture *original = &s->originals[number % LN_MEASURE_GROUP], grey;
    likeness nothing = {0};
    ln_picture_free(original);
    ln_status status = ln_picture_resize(picture, SIDE, SIDE, LN_FIT_STRETCH, original, error);
    if (status == LN_OK)
        status = ln_picture_make(&grey, SIDE, SIDE, error);
    if (status != LN_OK)
        return status;
    memset(grey.rgb, GREY, (size_t)3 * SIDE * SIDE);
    status = compare(original, &grey, &nothing, error);
    ln_picture_free(&grey);
    for (size_t i = 0; i < measure->points; i++)
        *at(measure, (ln_trial){number, i}) = nothing;
    return status;
}

static ln_status look_at(ln_measure *measure, const ln_picture *picture, ln_trial trial, ln_error *error)
{
    const seen *s = measure->seen;
    const ln_picture *original = &s->originals[trial.picture % LN_MEASURE_GROUP];
    if (picture->width == SIDE && picture->height == SIDE)
        return compare(original, picture, at(measure, trial), error);
    ln_picture resized;
    ln_status status = ln_picture_resize(picture, SIDE, SIDE, LN_FIT_STRETCH, &resized, error);
    if (status == LN_OK)
        status = compare(original, &resized, at(measure, trial), error);
    ln_picture_free(&resized);
    return status;
}

static ln_status look(ln_measure *measure, const ln_picture *pictures, const ln_trial *trials, size_t count,
                      ln_error *error)
{
    ln_status status = LN_OK;
    for (size_t i = 0; i < count && status == LN_OK; i++)
        status = look_at(measure, &pictures[i], trials[i], error);
    return status;
}

/* ---- Text ------------------------------------------------------------------------------------ */

static void print_likeness(const ln_measure *measure, ln_trial trial, ln_text *text)
{
    const likeness *l = at(measure, trial);
    ln_text_add(text, "%.17g/%.17g", l->psnr, l->ms_ssim);
}

static const char *parse_likeness(ln_measure *measure, ln_trial trial, const char *text)
{
    char *middle, *end;
    likeness *l = at(measure, trial);
    l->psnr = strtod(text, &middle);
    if (middle == text || *middle != '/')
        return NULL;
    l->ms_ssim = strtod(middle + 1, &end);
    const int is_right = l->psnr >= 0 && l->psnr <= LN_MOST_PSNR && l->ms_ssim >= 0 && l->ms_ssim <= 1;
    return end == middle + 1 || !is_right ? NULL : end;
}

/* ---- Means ----------------------------------------------------------------------------------- */

typedef struct averaging {
    const ln_measure *measure;
    size_t point;
    const size_t *counting;
    size_t count;
    int is_ms_ssim;
} averaging;

static double mean(const void *context, const uint32_t *weight)
{
    const averaging *a = context;
    double sum = 0;
    for (size_t i = 0; i < a->count; i++) {
        const likeness *l = at(a->measure, (ln_trial){a->counting[i], a->point});
        sum += weight[i] * (a->is_ms_ssim ? l->ms_ssim : l->psnr);
    }
    return sum / (double)a->count;
}

static ln_status sum(const ln_measure *measure, size_t point, const size_t *counting, size_t count,
                     ln_share *shares, ln_error *error)
{
    const averaging psnr = {measure, point, counting, count, 0},
                    ms_ssim = {measure, point, counting, count, 1};
    ln_status status = ln_bootstrap(count, mean, &psnr, &shares[0], error);
    return status == LN_OK ? ln_bootstrap(count, mean, &ms_ssim, &shares[1], error) : status;
}

static const ln_measure_kind fidelity = {
    .shares = {"psnr", "ms_ssim"},
    .open = open_trials,
    .close = close_trials,
    .path = path_of,
    .begin = begin,
    .look = look,
    .print = print_likeness,
    .parse = parse_likeness,
    .sum = sum,
};

ln_measure ln_measure_fidelity(const ln_folder *folder, size_t count)
{
    return (ln_measure){
        .kind = &fidelity, .pictures = count < folder->count ? count : folder->count, .truth = folder};
}
