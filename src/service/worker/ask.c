/* The rules' part of a step: news go to them, and what they say into what is stored. */
#include "service/worker/worker_own.h"

#include <stdlib.h>

/* Room for the news of a device. */
typedef struct briefing {
    ln_look *looks;
    ln_heard *heard;
    ln_sight *sights;
} briefing;

static ln_status make_room(briefing *b, const ln_reception *r, ln_error *error)
{
    size_t sights = 1;
    for (size_t i = 0; i < r->count; i++)
        sights += r->pictures[i].answer.count;
    b->looks = calloc(r->count + 1, sizeof *b->looks);
    b->heard = calloc(r->work->count + 1, sizeof *b->heard);
    b->sights = calloc(sights, sizeof *b->sights);
    return b->looks && b->heard && b->sights ? LN_OK : ln_fail_memory(error);
}

static void free_room(briefing *b)
{
    free(b->looks);
    free(b->heard);
    free(b->sights);
}

/* ---- News ------------------------------------------------------------------------------------ */

static int is_told(const ln_shown *p)
{
    return p->looked || p->ended;
}

/* The answer of a picture that ended without a new look is the one that was kept. */
static ln_status recall(ln_reception *r, ln_error *error)
{
    ln_status status = LN_OK;
    for (size_t i = 0; i < r->count && status == LN_OK; i++) {
        ln_shown *p = &r->pictures[i];
        if (p->ended && !p->looked && p->row.answer)
            status = ln_answer_read(&p->answer, p->row.answer, error);
    }
    return status;
}

static const char *label_of(const char *label)
{
    return label ? label : "";
}

static ln_sight sight_of(const ln_answer *answer, size_t i, const ln_model *model)
{
    if (answer->task == LN_TASK_CLASSIFY) {
        const ln_class *c = &answer->classes[i];
        return (ln_sight){c->index, label_of(c->label), ln_answer_points(c->score), 0, 0, 0};
    }
    const ln_object *o = &answer->objects[i];
    return (ln_sight){o->index,
                      label_of(o->label),
                      ln_answer_points(o->score),
                      1,
                      ((double)o->x + (double)o->width / 2) / model->width,
                      ((double)o->y + (double)o->height / 2) / model->height};
}

static void tell_looks(const ln_worker *w, const ln_reception *r, const briefing *b, ln_news *news)
{
    ln_sight *next = b->sights;
    for (size_t i = 0; i < r->count; i++) {
        const ln_shown *p = &r->pictures[i];
        if (!is_told(p))
            continue;
        for (size_t k = 0; k < p->answer.count; k++)
            next[k] = sight_of(&p->answer, k, w->reception.model);
        b->looks[news->look_count++] =
            (ln_look){p->row.id, p->shown_ms, p->shown_packets, p->row.final, next, p->answer.count};
        next += p->answer.count;
    }
}

static void tell_heard(const ln_work *work, const briefing *b, ln_news *news)
{
    for (size_t i = 0; i < work->count; i++) {
        const ln_frame_row *f = &work->frames[i];
        if (f->id > work->seen && f->id <= work->version)
            b->heard[news->heard_count++] = (ln_heard){f->id, f->time_ms, f->battery};
    }
}

/* ---- Verdict --------------------------------------------------------------------------------- */

static ln_status take_verdict(const ln_verdict *verdict, ln_found *found, ln_alarm_row **rows,
                              ln_error *error)
{
    *rows = calloc(verdict->count + 1, sizeof **rows);
    if (!*rows)
        return ln_fail_memory(error);
    for (size_t i = 0; i < verdict->count; i++)
        (*rows)[i] = verdict->alarms[i].row;
    found->alarms = *rows;
    found->alarm_count = verdict->count;
    found->state = verdict->state;
    found->wake_ms = verdict->due_ms;
    return LN_OK;
}

ln_status ln_worker_ask(const ln_worker *worker, ln_reception *reception, uint64_t now_ms, ln_found *found,
                        ln_said *said, ln_error *error)
{
    const ln_work *work = reception->work;
    ln_news news = {.source = work->source, .device = work->name, .now_ms = now_ms};
    briefing b = {0};
    *said = (ln_said){0};
    if (!worker->config.ask)
        return LN_OK;
    ln_status status = recall(reception, error);
    if (status == LN_OK)
        status = make_room(&b, reception, error);
    if (status == LN_OK) {
        tell_looks(worker, reception, &b, &news);
        tell_heard(work, &b, &news);
        news.looks = b.looks;
        news.heard = b.heard;
        status = worker->config.ask(worker->config.rules, work->state, &news, &said->verdict, error);
    }
    if (status == LN_OK)
        status = take_verdict(&said->verdict, found, &said->rows, error);
    free_room(&b);
    return status;
}

void ln_said_free(ln_said *said)
{
    ln_verdict_free(&said->verdict);
    free(said->rows);
}
