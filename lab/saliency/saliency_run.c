#include "saliency/saliency.h"

#include "cloud/error.h"
#include "host/saliency_map.h"
#include "saliency/sod.h"

#include <limitnet/cloud.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CENTRE_DEVIATION 0.2 /* of the side */

/* A whole run. */
typedef struct run {
    const ln_saliency_task *task;
    size_t rows;
    ln_sod *items; /* row by row, each with room for all pictures */
    size_t good;   /* number of pictures so far that could be read */
} run;

/* One picture, its mask and the current map. */
typedef struct comparison {
    ln_picture picture;
    unsigned width, height; /* of the mask */
    uint8_t *mask, *map;    /* of that size */
} comparison;

/* ---- Rows ------------------------------------------------------------------------------------ */

static const char *const maps_of_model[] = {"full", "sent"}, *const other_maps[] = {"centre", "none"};
#define MAPS_OF_MODEL (sizeof maps_of_model / sizeof *maps_of_model)
#define OTHER_MAPS (sizeof other_maps / sizeof *other_maps)

size_t ln_saliency_rows(const ln_saliency_task *task)
{
    return task->model_count * MAPS_OF_MODEL + OTHER_MAPS;
}

static void name_rows(const ln_saliency_task *task, ln_saliency_row *row)
{
    for (size_t i = 0; i < task->model_count; i++)
        for (size_t k = 0; k < MAPS_OF_MODEL; k++)
            *row++ = (ln_saliency_row){.model = task->models[i].name, .map = maps_of_model[k]};
    for (size_t k = 0; k < OTHER_MAPS; k++)
        *row++ = (ln_saliency_row){.model = "-", .map = other_maps[k]};
}

/* ---- Maps ------------------------------------------------------------------------------------ */

/* Compares the current map with the mask; the row receives the result. */
static void compare(run *r, const comparison *c, size_t row)
{
    ln_sod *item = &r->items[row * r->task->pictures->count + r->good];
    ln_sod_compare(c->map, c->mask, c->width, c->height, item);
}

static ln_status compare_model(run *r, const comparison *c, const ln_model *model, size_t row,
                               ln_error *error)
{
    ln_picture picture;
    ln_saliency_map map;
    ln_status status =
        ln_picture_resize(&c->picture, model->width, model->height, LN_FIT_STRETCH, &picture, error);
    if (status != LN_OK)
        return status;
    status = ln_saliency_map_make(&map, model, &picture, error);
    ln_picture_free(&picture);
    if (status != LN_OK)
        return status;
    ln_saliency_map_resize(map.places, map.width, map.height, 255, c->map, c->width, c->height);
    compare(r, c, row);
    ln_saliency_map_resize(map.levels, LN_MAP_SIDE, LN_MAP_SIDE, model->map_levels - 1u, c->map, c->width,
                           c->height);
    compare(r, c, row + 1);
    ln_saliency_map_free(&map);
    return LN_OK;
}

/* Distance of the middle of pixel `at` from the picture's centre, in sides. */
static double offset(unsigned at, unsigned side)
{
    return (at + 0.5) / side - 0.5;
}

static void draw_centre(const comparison *c)
{
    uint8_t *byte = c->map;
    for (unsigned y = 0; y < c->height; y++)
        for (unsigned x = 0; x < c->width; x++) {
            double dx = offset(x, c->width), dy = offset(y, c->height);
            double distance = (dx * dx + dy * dy) / (2 * CENTRE_DEVIATION * CENTRE_DEVIATION);
            *byte++ = (uint8_t)lround(255 * exp(-distance));
        }
}

static ln_status compare_all(run *r, const comparison *c, ln_error *error)
{
    const ln_saliency_task *task = r->task;
    ln_status status = LN_OK;
    for (size_t i = 0; i < task->model_count && status == LN_OK; i++)
        status = compare_model(r, c, task->models[i].model, i * MAPS_OF_MODEL, error);
    draw_centre(c);
    compare(r, c, r->rows - 2);
    memset(c->map, 128, (size_t)c->width * c->height);
    compare(r, c, r->rows - 1);
    return status;
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static void close_comparison(comparison *c)
{
    ln_picture_free(&c->picture);
    free(c->mask);
    free(c->map);
}

static ln_status read_picture(const run *r, ln_picture *picture, const char *path, ln_error *error)
{
    return r->task->as_stored ? ln_picture_read_as_stored(picture, path, error)
                              : ln_picture_read(picture, path, error);
}

/* Reads a mask; if it is coloured, red counts. */
static ln_status open_mask(const run *r, comparison *c, const char *path, ln_error *error)
{
    ln_picture picture;
    ln_status status = read_picture(r, &picture, path, error);
    if (status != LN_OK)
        return status;
    size_t places = (size_t)picture.width * picture.height;
    c->width = picture.width;
    c->height = picture.height;
    c->mask = malloc(places);
    c->map = malloc(places);
    for (size_t i = 0; c->mask && i < places; i++)
        c->mask[i] = picture.rgb[3 * i];
    ln_picture_free(&picture);
    return c->mask && c->map ? LN_OK : ln_fail_memory(error);
}

static ln_status open_comparison(const run *r, comparison *c, const ln_masked *files, ln_error *error)
{
    *c = (comparison){0};
    ln_status status = read_picture(r, &c->picture, files->picture, error);
    if (status == LN_OK)
        status = open_mask(r, c, files->mask, error);
    return status;
}

static ln_status add_picture(run *r, const ln_masked *files, ln_error *error)
{
    comparison c;
    ln_error why;
    ln_status status = open_comparison(r, &c, files, &why);
    if (status == LN_OK) {
        status = compare_all(r, &c, error);
        r->good++;
    } else if (status == LN_ERR_IO) {
        r->task->broken(r->task->context, why.text);
        status = LN_OK;
    } else {
        status = ln_fail_memory(error);
    }
    close_comparison(&c);
    return status;
}

/* ---- Sums ------------------------------------------------------------------------------------ */

/* The results that a row's figures are computed from. */
typedef struct measured {
    const ln_sod *items;
    size_t count;
} measured;

static double mean_error(const void *context, const uint32_t *weight)
{
    const measured *m = context;
    double sum = 0;
    for (size_t i = 0; i < m->count; i++)
        sum += weight[i] * m->items[i].mae;
    return sum / (double)m->count;
}

static double mean_s_measure(const void *context, const uint32_t *weight)
{
    const measured *m = context;
    double sum = 0;
    for (size_t i = 0; i < m->count; i++)
        sum += weight[i] * m->items[i].s_measure;
    return sum / (double)m->count;
}

static double max_f(const void *context, const uint32_t *weight)
{
    const measured *m = context;
    return ln_sod_max_f(m->items, weight, m->count);
}

static ln_status sum_row(const run *r, size_t number, ln_saliency_row *row, ln_error *error)
{
    measured m = {&r->items[number * r->task->pictures->count], r->good};
    row->count = r->good;
    ln_status status = ln_bootstrap(r->good, mean_error, &m, &row->mae, error);
    if (status == LN_OK)
        status = ln_bootstrap(r->good, max_f, &m, &row->max_f, error);
    if (status == LN_OK)
        status = ln_bootstrap(r->good, mean_s_measure, &m, &row->s_measure, error);
    return status;
}

static ln_status sum_up(const run *r, ln_saliency_row *rows, ln_error *error)
{
    ln_status status = LN_OK;
    if (!r->good)
        return ln_fail(error, LN_ERR_IO, "none of the %zu pictures can be read with its mask",
                       r->task->pictures->count);
    for (size_t i = 0; i < r->rows && status == LN_OK; i++)
        status = sum_row(r, i, &rows[i], error);
    return status;
}

/* ---- All ------------------------------------------------------------------------------------- */

ln_status ln_saliency_run(const ln_saliency_task *task, ln_saliency_row *rows, ln_error *error)
{
    size_t count = task->pictures->count;
    run r = {.task = task, .rows = ln_saliency_rows(task)};
    r.items = calloc(r.rows * count, sizeof *r.items);
    ln_status status = r.items ? LN_OK : ln_fail_memory(error);
    name_rows(task, rows);
    for (size_t i = 0; i < count && status == LN_OK; i++) {
        status = add_picture(&r, &task->pictures->items[i], error);
        if (status == LN_OK)
            task->progress(task->context, i + 1);
    }
    if (status == LN_OK)
        status = sum_up(&r, rows, error);
    free(r.items);
    return status;
}
