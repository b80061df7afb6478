#include "sim/sim.h"

#include "cloud/error.h"
#include "link/random.h"
#include "sim/uplink.h"

#include <stdlib.h>

#define MOST_OPEN 1048576u  /* pictures of a receiver */
#define WAITING_BYTES 65536 /* room for packets before their map */

/* As many pictures of a camera as have their deadline ahead; with some more for motion. */
static ln_status open_receiver(ln_sim *sim, ln_error *error)
{
    const ln_scenario *s = sim->scenario;
    uint64_t own = 2 * (s->deadline / s->interval) + 32, all = own * s->count;
    const ln_receiver_config config = {.model = &sim->outcomes.bundle.model,
                                       .max_images = (size_t)(all < MOST_OPEN ? all : MOST_OPEN),
                                       .max_images_per_device = (size_t)(own < MOST_OPEN ? own : MOST_OPEN),
                                       .idle_ms = s->deadline + 1000,
                                       .max_waiting_bytes = WAITING_BYTES};
    return ln_receiver_open(&sim->receiver, &config, error);
}

/* Cameras begin at different times of the first interval. */
static ln_status start_cameras(ln_sim *sim, ln_error *error)
{
    const ln_scenario *s = sim->scenario;
    sim->camera = calloc((size_t)s->count, sizeof *sim->camera);
    sim->on_air = calloc((size_t)s->count, sizeof *sim->on_air);
    if (!sim->camera || !sim->on_air)
        return ln_fail_memory(error);
    ln_status status = LN_OK;
    for (size_t i = 0; i < s->count && status == LN_OK; i++) {
        ln_sim_camera_init(sim, i);
        uint64_t first_ms = ln_random(&sim->camera[i].random) % s->interval;
        if (first_ms < s->duration)
            status = ln_events_add(&sim->events, first_ms * 1000, LN_EVENT_SHOT, i, error);
    }
    return status;
}

static ln_status wake(ln_sim *sim, const ln_event *event, ln_error *error)
{
    ln_sim_camera *c = &sim->camera[event->subject];
    if (event->time_us != c->wake_us)
        return LN_OK; /* out of date */
    c->wake_us = UINT64_MAX;
    if (event->kind == LN_EVENT_REPEAT && c->frame.copies)
        return ln_sim_send(sim, event->subject, event->time_us, error);
    c->busy = 0;
    return ln_sim_ask(sim, event->subject, event->time_us, error);
}

static ln_status handle(ln_sim *sim, const ln_event *event, ln_error *error)
{
    switch (event->kind) {
    case LN_EVENT_SENT:
        return ln_sim_sent(sim, event->subject, event->time_us, error);
    case LN_EVENT_ANSWER:
        return ln_sim_answer(sim, event->subject, event->time_us, error);
    case LN_EVENT_HEARD:
        ln_sim_heard(sim, event->subject);
        return LN_OK;
    case LN_EVENT_DEADLINE:
        return ln_sim_close_shot(sim, event->subject, error);
    case LN_EVENT_SHOT:
        return ln_sim_take(sim, event->subject, event->time_us, error);
    default:
        return wake(sim, event, error);
    }
}

ln_status ln_sim_run(ln_sim *sim, const ln_scenario *scenario, const ln_sim_setup *setup, ln_error *error)
{
    *sim = (ln_sim){
        .scenario = scenario, .log = setup->log, .uplinks = setup->uplinks, .strip = {.shot = LN_NOTHING}};
    if (sim->log)
        fputs("start_us,camera,picture,counter,copy,data_rate,channel,payload,airtime_us,fate\n", sim->log);
    ln_status status = sim->uplinks ? ln_sim_uplink_check(scenario, error) : LN_OK;
    if (status == LN_OK)
        status = ln_sim_outcomes_open(&sim->outcomes, scenario, setup->codecs, error);
    if (status == LN_OK)
        status = ln_photos_open(&sim->photos, scenario, &sim->outcomes, error);
    if (status == LN_OK && !ln_scenario_has_peer(scenario))
        status = open_receiver(sim, error);
    if (status == LN_OK)
        status = start_cameras(sim, error);
    for (ln_event event; status == LN_OK && ln_events_next(&sim->events, &event);) {
        sim->end_us = event.time_us;
        status = handle(sim, &event, error);
        if (setup->progress)
            setup->progress(setup->context, event.time_us);
    }
    if (status != LN_OK)
        ln_sim_close(sim);
    return status;
}

void ln_sim_close(ln_sim *sim)
{
    for (size_t i = 0; sim->camera && i < sim->scenario->count; i++)
        ln_sim_camera_free(sim, i);
    for (size_t i = 0; i < sim->shots; i++)
        free(sim->shot[i].packet_arrived);
    ln_strip_free(&sim->strip);
    free(sim->camera);
    free(sim->on_air);
    free(sim->shot);
    ln_events_free(&sim->events);
    ln_receiver_close(sim->receiver);
    ln_photos_close(&sim->photos);
    ln_sim_outcomes_close(&sim->outcomes);
    *sim = (ln_sim){0};
}
