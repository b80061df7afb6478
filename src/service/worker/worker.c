#include "service/worker/worker_own.h"

#include <stdlib.h>
#include <time.h>

#define BUSY_TRIES 10 /* of a transaction that another one was in the way of */

/* A device of a step. */
typedef struct taken {
    ln_work work;
    ln_reception reception;
    int failed; /* 1: memory was short */
} taken;

double ln_worker_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void ln_worker_problem(const ln_worker *worker, const ln_error *error)
{
    if (worker->config.problem)
        worker->config.problem(worker->config.context, error);
}

/* ---- Taking ---------------------------------------------------------------------------------- */

static ln_db_result take(ln_worker *w, uint64_t now_ms, taken *devices, size_t *count, ln_error *error)
{
    ln_db_result result = LN_DB_DONE;
    for (*count = 0; *count < w->config.devices; ++*count) {
        taken *t = &devices[*count];
        result = ln_store_take(w->store, now_ms, w->config.lease_ms, &t->work, error);
        if (result != LN_DB_DONE || !t->work.device)
            break;
        w->counts.devices++;
    }
    return result;
}

static void receive(const ln_worker *w, taken *t, uint64_t now_ms)
{
    ln_error error;
    t->failed = ln_reception_run(&t->reception, &w->reception, &t->work, now_ms, &error) != LN_OK;
    if (t->failed)
        ln_worker_problem(w, &error);
    if (t->reception.why.status != LN_OK)
        ln_worker_problem(w, &t->reception.why);
}

/* ---- Looking --------------------------------------------------------------------------------- */

static size_t gather(taken *devices, size_t count, ln_view *views)
{
    size_t found = 0;
    for (size_t d = 0; d < count; d++) {
        const ln_reception *r = &devices[d].reception;
        for (size_t i = 0; i < r->count && !devices[d].failed; i++) {
            if (!r->pictures[i].waits || r->pictures[i].refused)
                continue;
            if (views)
                views[found] = (ln_view){r, &r->pictures[i]};
            found++;
        }
    }
    return found;
}

static void look(ln_worker *w, taken *devices, size_t count)
{
    const size_t most = gather(devices, count, NULL);
    ln_view *views = calloc(most + 1, sizeof *views);
    if (views)
        ln_view_all(w, views, gather(devices, count, views));
    for (size_t d = 0; d < count; d++)
        devices[d].failed |= !views;
    free(views);
}

/* ---- Giving back ----------------------------------------------------------------------------- */

static size_t count_refused(const ln_reception *r)
{
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        count += r->pictures[i].refused != 0;
    return count;
}

static ln_db_result put_off(ln_worker *w, const taken *t, uint64_t now_ms, ln_error *error)
{
    w->counts.put_off++;
    return ln_store_put_off(w->store, &t->work, now_ms + LN_WORKER_AGAIN_MS, error);
}

static void count_raised(ln_worker *w, const ln_found *found, const uint8_t *raised)
{
    for (size_t i = 0; i < found->alarm_count; i++) {
        w->counts.alarms += raised[i];
        if (raised[i])
            ln_metrics_add(w->config.metrics, LN_METRIC_ALARMS, found->alarms[i].rule, NULL, 1);
    }
}

static void count_answers(const ln_worker *w, const ln_reception *r, uint64_t now_ms)
{
    const double passed = ln_worker_clock() - w->began;
    for (const ln_shown *p = r->pictures; p < r->pictures + r->count; p++) {
        if (p->looked && now_ms >= p->shown_ms)
            ln_metrics_observe(w->config.metrics, LN_METRIC_LATENCY,
                               (double)(now_ms - p->shown_ms) / 1000 + passed);
        if (p->row.final && !p->was_final)
            ln_metrics_add(w->config.metrics, LN_METRIC_PICTURES, NULL, NULL, 1);
    }
}

static ln_db_result store(ln_worker *w, const taken *t, const ln_found *found, uint64_t now_ms,
                          ln_error *error)
{
    uint8_t *raised = calloc(found->alarm_count + 1, 1);
    ln_db_result result = LN_DB_BUSY;
    if (!raised) {
        ln_fail_memory(error);
        return LN_DB_FAILED;
    }
    for (unsigned i = 0; i < BUSY_TRIES && result == LN_DB_BUSY; i++)
        result = ln_store_finish(w->store, &t->work, found, now_ms, raised, error);
    if (result == LN_DB_DONE) {
        count_raised(w, found, raised);
        count_answers(w, &t->reception, now_ms);
    }
    free(raised);
    return result;
}

static size_t changed_rows(const ln_reception *r, ln_picture_row *rows)
{
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        if (r->pictures[i].changed)
            rows[count++] = r->pictures[i].row;
    return count;
}

static ln_db_result decide(ln_worker *w, taken *t, ln_picture_row *rows, uint64_t now_ms, ln_error *error)
{
    ln_said said;
    ln_found found = {.pictures = rows,
                      .picture_count = changed_rows(&t->reception, rows),
                      .picture_of = t->reception.picture_of};
    ln_db_result result;
    if (ln_worker_ask(w, &t->reception, now_ms, &found, &said, error) == LN_OK) {
        result = ln_worker_hint(w, &t->reception, &found, error);
        if (result == LN_DB_DONE)
            result = store(w, t, &found, now_ms, error);
    } else {
        ln_worker_problem(w, error);
        result = put_off(w, t, now_ms, error);
    }
    ln_said_free(&said);
    return result;
}

static ln_db_result finish(ln_worker *w, taken *t, uint64_t now_ms, ln_error *error)
{
    const size_t refused = count_refused(&t->reception);
    if (t->failed || (refused && t->work.failures + 1 < LN_WORKER_TRIES))
        return put_off(w, t, now_ms, error);
    w->counts.without += refused;
    ln_picture_row *rows = calloc(t->reception.count + 1, sizeof *rows);
    ln_db_result result = rows ? decide(w, t, rows, now_ms, error) : put_off(w, t, now_ms, error);
    free(rows);
    return result;
}

/* Another worker that has the device will give it back. */
static ln_db_result give_back(ln_worker *w, taken *t, uint64_t now_ms, ln_error *error)
{
    ln_db_result result = finish(w, t, now_ms, error);
    if (result != LN_DB_LOST)
        return result;
    w->counts.lost++;
    ln_worker_problem(w, error);
    return LN_DB_DONE;
}

/* ---- A step ---------------------------------------------------------------------------------- */

ln_db_result ln_worker_step(ln_worker *worker, uint64_t now_ms, size_t *taken_count, ln_error *error)
{
    taken devices[LN_WORKER_DEVICES] = {0};
    ln_error other;
    worker->began = ln_worker_clock();
    ln_db_result result = take(worker, now_ms, devices, taken_count, error);
    for (size_t i = 0; i < *taken_count; i++)
        receive(worker, &devices[i], now_ms);
    look(worker, devices, *taken_count);
    for (size_t i = 0; i < *taken_count; i++) {
        ln_db_result one = give_back(worker, &devices[i], now_ms, &other);
        if (one != LN_DB_DONE && error)
            *error = other;
        result = one == LN_DB_DONE ? result : one;
        ln_reception_free(&devices[i].reception);
        ln_work_free(&devices[i].work);
    }
    return result;
}

void ln_worker_get_counts(const ln_worker *worker, ln_worker_counts *counts)
{
    *counts = worker->counts;
}

/* ---- Opening and closing --------------------------------------------------------------------- */

static ln_status check(const ln_worker_config *c, ln_error *error)
{
    if (c->devices < 1 || c->devices > LN_WORKER_DEVICES)
        return ln_fail(error, LN_ERR_ARGUMENT, "worker: %zu devices a step: choose 1 to %d", c->devices,
                       LN_WORKER_DEVICES);
    if (!c->keep)
        return ln_fail(error, LN_ERR_ARGUMENT, "worker: an answer of nothing: keep at least 1 class");
    if (!c->lease_ms || !c->idle_ms || !c->deadline_ms)
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "worker: idle time, deadline and lease must be above 0 milliseconds");
    return LN_OK;
}

/* Room for what goes through the networks together. */
static ln_status make_room(ln_worker *w, ln_error *error)
{
    const size_t classes = ln_vision_classes(w->vision);
    const ln_model *model = w->reception.model;
    w->top = w->config.keep < classes ? w->config.keep : classes;
    w->rgb = malloc((size_t)LN_VISION_MAX_BATCH * model->width * model->height * 3);
    w->classes = calloc(LN_VISION_MAX_BATCH * (w->top + 1), sizeof *w->classes);
    w->objects = calloc(LN_VISION_MAX_BATCH * LN_MAX_OBJECTS, sizeof *w->objects);
    return w->rgb && w->classes && w->objects ? LN_OK : ln_fail_memory(error);
}

ln_status ln_worker_open(ln_worker **worker, ln_store *store, const ln_bundle *bundle, ln_decoder *decoder,
                         ln_vision *vision, const ln_worker_config *config, ln_error *error)
{
    *worker = NULL;
    ln_status status = check(config, error);
    if (status != LN_OK)
        return status;
    ln_worker *w = calloc(1, sizeof *w);
    if (!w)
        return ln_fail_memory(error);
    w->store = store;
    w->vision = vision;
    w->config = *config;
    w->reception =
        (ln_reception_config){&bundle->model, decoder, config->idle_ms, config->late_ms, config->deadline_ms};
    status = make_room(w, error);
    if (status == LN_OK)
        *worker = w;
    else
        ln_worker_close(w);
    return status;
}

void ln_worker_close(ln_worker *worker)
{
    if (!worker)
        return;
    free(worker->rgb);
    free(worker->classes);
    free(worker->objects);
    free(worker);
}
