/* Decoder and vision model, for pictures of several devices at once. When they refuse a batch, each picture
 * goes through alone, so that one which cannot be looked at does not keep others from it. */
#include "service/pictures/people.h"
#include "service/worker/worker_own.h"

#include <stdlib.h>

static size_t picture_bytes(const ln_worker *w)
{
    return (size_t)w->reception.model->width * w->reception.model->height * 3;
}

/* The pixels of pictures that have none yet. */
static ln_status decode(const ln_worker *w, const ln_view *views, size_t count, ln_error *error)
{
    const ln_image *images[LN_VISION_MAX_BATCH];
    size_t live = 0;
    for (size_t i = 0; i < count; i++)
        if (!views[i].picture->rgb)
            images[live++] = ln_receiver_image(views[i].reception->receiver, views[i].picture->image);
    return live ? ln_decoder_run(w->reception.decoder, images, live, w->rgb, error) : LN_OK;
}

static void point(const ln_worker *w, const ln_view *views, size_t count, ln_picture *pictures)
{
    uint8_t *next = w->rgb;
    for (size_t i = 0; i < count; i++) {
        uint8_t *own = views[i].picture->rgb;
        pictures[i] =
            (ln_picture){w->reception.model->width, w->reception.model->height, own ? own : next, 0};
        next += own ? 0 : picture_bytes(w);
    }
}

/* All objects, of which any may be a person to hide, or the best few. */
static ln_status keep_objects(const ln_worker *w, ln_shown *p, const ln_object *objects, size_t found,
                              ln_error *error)
{
    const ln_people *people = w->config.people;
    const size_t most = ln_people_matter(people) ? LN_MAX_OBJECTS : w->config.keep;
    ln_status status = ln_answer_of_objects(&p->answer, objects, found < most ? found : most, error);
    if (ln_people_matter(people) && found < LN_MAX_OBJECTS)
        p->answer.all_above = ln_people_score(people);
    return status;
}

static ln_status keep(const ln_worker *w, ln_shown *p, size_t i, const size_t *found, ln_error *error)
{
    ln_status status;
    if (ln_vision_task(w->vision) == LN_TASK_CLASSIFY)
        status = ln_answer_of_classes(&p->answer, w->classes + i * w->top, w->top, error);
    else
        status = keep_objects(w, p, w->objects + i * LN_MAX_OBJECTS, found[i], error);
    if (status != LN_OK)
        return status;
    p->text = ln_answer_write(&p->answer);
    return p->text ? LN_OK : ln_fail_memory(error);
}

/* The vision model that looks at a picture. */
static ln_vision *model_of(const ln_worker *w, const ln_view *view)
{
    return ln_vision_for(w->vision, view->picture->shown_bytes);
}

/* Pictures that one model looks at. */
static ln_status look(const ln_worker *w, const ln_view *views, size_t count, ln_error *error)
{
    ln_vision *vision = model_of(w, views);
    ln_picture pictures[LN_VISION_MAX_BATCH];
    size_t found[LN_VISION_MAX_BATCH] = {0};
    const double began = ln_worker_clock();
    ln_status status = decode(w, views, count, error);
    if (status != LN_OK)
        return status;
    point(w, views, count, pictures);
    if (ln_vision_task(vision) == LN_TASK_CLASSIFY)
        status = ln_vision_classify(vision, pictures, count, LN_FIT_STRETCH, w->top, w->classes, error);
    else
        status = ln_vision_detect(vision, pictures, count, NULL, w->objects, found, error);
    ln_metrics_observe(w->config.metrics, LN_METRIC_INFERENCE, ln_worker_clock() - began);
    for (size_t i = 0; i < count && status == LN_OK; i++)
        status = keep(w, views[i].picture, i, found, error);
    return status;
}

/* Takes back what a batch that failed has left. */
static void forget(ln_shown *p)
{
    ln_answer_free(&p->answer);
    free(p->text);
    p->text = NULL;
}

static void accept(ln_worker *w, ln_shown *p)
{
    const float score = ln_answer_score(&p->answer);
    const ln_people *people = w->config.people;
    p->row.people |= people && people->mode == LN_PEOPLE_DROP && ln_people_seen(people, &p->answer);
    p->looked = p->changed = 1;
    p->row.answer = p->text;
    p->row.label = ln_answer_label(&p->answer);
    p->row.score = ln_answer_points(score);
    p->row.seen = p->symbols;
    p->row.final |= score >= w->config.sure;
    w->counts.looks++;
}

static int try_batch(ln_worker *w, const ln_view *views, size_t count, ln_error *error)
{
    if (look(w, views, count, error) != LN_OK) {
        for (size_t i = 0; i < count; i++)
            forget(views[i].picture);
        return 0;
    }
    for (size_t i = 0; i < count; i++)
        accept(w, views[i].picture);
    return 1;
}

/* How many of the first pictures go through the networks together. */
static size_t count_alike(const ln_worker *w, const ln_view *views, size_t count)
{
    size_t alike = 1;
    while (alike < count && alike < LN_VISION_MAX_BATCH && model_of(w, views + alike) == model_of(w, views))
        alike++;
    return alike;
}

void ln_view_all(ln_worker *worker, const ln_view *views, size_t count)
{
    ln_error error;
    for (size_t at = 0, part; at < count; at += part) {
        part = count_alike(worker, views + at, count - at);
        if (try_batch(worker, views + at, part, &error))
            continue;
        for (size_t i = at; i < at + part; i++) {
            if (try_batch(worker, views + i, 1, &error))
                continue;
            views[i].picture->refused = 1;
            ln_worker_problem(worker, &error);
        }
    }
}
