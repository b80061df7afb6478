/* The rules' part of a step. */
#include "service/worker_own.h"

#include <stdlib.h>

static int is_told(const ln_shown *p)
{
    return p->looked || p->ended;
}

/* The answer of a picture that ended without a new look is the one that was kept. */
static ln_status recall(ln_shown *p, ln_error *error)
{
    return p->looked || !p->row.answer ? LN_OK : ln_answer_read(&p->answer, p->row.answer, error);
}

static ln_look look_of(const ln_worker *w, const ln_shown *p)
{
    const int detects = p->answer.task == LN_TASK_DETECT;
    return (ln_look){
        .picture = p->row.id,
        .began_ms = p->row.first_ms,
        .time_ms = p->shown_ms ? p->shown_ms : p->row.last_ms,
        .final = p->row.final,
        .task = p->answer.task,
        .classes = p->answer.classes,
        .class_count = detects ? 0 : p->answer.count,
        .objects = p->answer.objects,
        .object_count = detects ? p->answer.count : 0,
        .width = w->reception.model->width,
        .height = w->reception.model->height,
    };
}

/* The newest of the new frames, and the battery that they told last. */
static void hear(const ln_work *work, ln_question *question)
{
    question->battery = LN_NO_BATTERY;
    for (size_t i = 0; i < work->count; i++) {
        const ln_frame_row *frame = &work->frames[i];
        if (frame->id <= work->seen || frame->id > work->version)
            continue;
        question->heard_ms = frame->time_ms;
        if (frame->battery != LN_NO_BATTERY)
            question->battery = frame->battery;
    }
}

static ln_status ask(const ln_worker *w, ln_reception *r, uint64_t now_ms, ln_look *looks,
                     ln_verdict *verdict, ln_error *error)
{
    ln_question question = {.source = r->work->source,
                            .name = r->work->name,
                            .state = r->work->state,
                            .looks = looks,
                            .now_ms = now_ms};
    hear(r->work, &question);
    for (size_t i = 0; i < r->count; i++) {
        if (!is_told(&r->pictures[i]))
            continue;
        ln_status status = recall(&r->pictures[i], error);
        if (status != LN_OK)
            return status;
        looks[question.look_count++] = look_of(w, &r->pictures[i]);
    }
    return w->config.ask(w->config.rules, &question, verdict, error);
}

ln_status ln_worker_ask(const ln_worker *worker, ln_reception *reception, uint64_t now_ms, ln_found *found,
                        ln_verdict *verdict, ln_error *error)
{
    *verdict = (ln_verdict){0};
    if (!worker->config.ask)
        return LN_OK;
    ln_look *looks = calloc(reception->count + 1, sizeof *looks);
    if (!looks)
        return ln_fail_memory(error);
    ln_status status = ask(worker, reception, now_ms, looks, verdict, error);
    free(looks);
    found->alarms = verdict->alarms;
    found->alarm_count = verdict->alarm_count;
    found->state = verdict->state;
    found->wake_ms = verdict->wake_ms;
    return status;
}
