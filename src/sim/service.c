/* The service behind the gateway: the receiver, what the vision model says, and what the camera is told. */
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>

#define DAY_US UINT64_C(86400000000)
#define MILLION 1000000u

/* ---- Looking --------------------------------------------------------------------------------- */

static int is_right(const ln_sim *sim, const ln_sim_shot *shot)
{
    return shot->answer.index == sim->photos.items[shot->photo].label;
}

/* What has come of a picture. */
static ln_view view_of(const ln_sim *sim, const ln_sim_shot *shot)
{
    return (ln_view){.image = ln_receiver_image(sim->receiver, shot->image),
                     .photo = shot->photo,
                     .packets = &sim->photos.items[shot->photo].packets,
                     .arrived = shot->packet_arrived};
}

static ln_status look(ln_sim *sim, ln_sim_shot *shot, ln_error *error)
{
    if (!shot->is_new)
        return LN_OK;
    shot->is_new = 0;
    const ln_view view = view_of(sim, shot);
    return ln_sim_outcomes_look(&sim->outcomes, &view, &shot->answer, error);
}

/* Counts what the picture shows at each time of the curve before `age_us`. */
static ln_status settle(ln_sim *sim, ln_sim_shot *shot, uint64_t age_us, ln_error *error)
{
    const ln_scenario *s = sim->scenario;
    ln_status status = LN_OK;
    for (; shot->next_time < s->times && s->time[shot->next_time] * 1000 < age_us; shot->next_time++) {
        status = look(sim, shot, error);
        if (status != LN_OK)
            return status;
        sim->right[shot->next_time] += (uint64_t)is_right(sim, shot);
        sim->bytes[shot->next_time] += shot->arrived_bytes;
        if (is_right(sim, shot) && !shot->right_us)
            shot->right_us = shot->taken_us + s->time[shot->next_time] * 1000;
    }
    return status;
}

/* Keeps what the picture looks like now. */
static ln_status show(ln_sim *sim, const ln_sim_shot *shot, uint64_t age_us, ln_error *error)
{
    const ln_strip_step step = {.age_us = age_us, .packets = shot->arrived, .bytes = shot->arrived_bytes};
    const ln_view view = view_of(sim, shot);
    return ln_strip_add(&sim->strip, &sim->outcomes, &view, &step, error);
}

ln_status ln_sim_close_shot(ln_sim *sim, size_t number, ln_error *error)
{
    ln_sim_shot *shot = &sim->shot[number];
    ln_status status = settle(sim, shot, UINT64_MAX, error);
    shot->right = is_right(sim, shot);
    shot->closed = 1;
    if (status == LN_OK && number == sim->strip.shot)
        status = show(sim, shot, sim->scenario->deadline * 1000, error);
    ln_receiver_close_image(sim->receiver, shot->image);
    free(shot->packet_arrived);
    shot->packet_arrived = NULL;
    return status;
}

static int raises_alarm(const ln_scenario *s, const ln_class *answer)
{
    for (size_t i = 0; i < s->alarms; i++)
        if (answer->index == s->alarm[i])
            return (double)answer->score * MILLION >= (double)s->alarm_score;
    return 0;
}

/* ---- Telling --------------------------------------------------------------------------------- */

static void tell(ln_sim *sim, ln_sim_camera *c, const ln_sim_shot *shot, int enough, uint64_t now_us)
{
    const ln_feedback feedback = {(uint16_t)shot->number, (uint8_t)enough,
                                  (uint8_t)ln_loss_meter_loss(&c->meter), shot->arrived_bytes};
    c->answer = (ln_sim_reply){.waits = 1, .since_us = now_us, .shot = (size_t)(shot - sim->shot)};
    ln_feedback_write(&feedback, c->answer.bytes);
    c->last_hint_us = now_us;
}

static void decide(ln_sim *sim, ln_sim_camera *c, ln_sim_shot *shot, uint64_t now_us)
{
    const ln_scenario *s = sim->scenario;
    int sure = s->stop != LN_SIM_UNSET && (double)shot->answer.score * MILLION >= (double)s->stop;
    if (sure || (s->hints && now_us - c->last_hint_us >= DAY_US / s->hints))
        tell(sim, c, shot, sure, now_us);
}

/* ---- Packets --------------------------------------------------------------------------------- */

static ln_status look_closely(ln_sim *sim, ln_sim_shot *shot, uint64_t now_us, ln_error *error)
{
    ln_status status = look(sim, shot, error);
    if (status != LN_OK)
        return status;
    if (is_right(sim, shot) && !shot->right_us)
        shot->right_us = now_us;
    if (raises_alarm(sim->scenario, &shot->answer) && !shot->alarm_us)
        shot->alarm_us = now_us;
    return LN_OK;
}

static ln_status push(ln_sim *sim, size_t number, ln_sim_shot *shot, uint64_t now_us, ln_error *error)
{
    const ln_frame *f = &sim->camera[number].frame;
    const ln_arrival arrival = {number, now_us / 1000, 1, f->counter};
    uint64_t id;
    ln_status status = ln_receiver_push(sim->receiver, &arrival, f->packet, f->size, &id);
    if (status == LN_ERR_MEMORY)
        return ln_fail_memory(error);
    sim->refused += status != LN_OK && status != LN_NEED_MAP;
    if (id)
        shot->image = id;
    return LN_OK;
}

static ln_status receive(ln_sim *sim, size_t number, ln_sim_shot *shot, uint64_t now_us, ln_error *error)
{
    const ln_frame *f = &sim->camera[number].frame;
    ln_status status = ln_scenario_has_peer(sim->scenario) ? ln_sim_peer_receive(sim, number, shot, error)
                                                           : push(sim, number, shot, now_us, error);
    if (status != LN_OK)
        return status;
    if (!shot->arrived++)
        shot->first_us = now_us;
    shot->arrived_bytes += (uint32_t)f->size;
    shot->is_new = 1;
    if (sim->strip.shot == LN_NOTHING)
        sim->strip.shot = f->shot;
    return f->shot == sim->strip.shot && ln_strip_wants(&sim->strip, shot->arrived)
               ? show(sim, shot, now_us - shot->taken_us, error)
               : LN_OK;
}

ln_status ln_sim_arrive(ln_sim *sim, size_t number, uint64_t now_us, ln_error *error)
{
    ln_sim_camera *c = &sim->camera[number];
    ln_loss_meter_add(&c->meter, c->frame.counter);
    if (c->frame.shot == LN_NOTHING || sim->shot[c->frame.shot].closed)
        return LN_OK;
    ln_sim_shot *shot = &sim->shot[c->frame.shot];
    ln_status status = settle(sim, shot, now_us - shot->taken_us, error);
    if (status == LN_OK)
        status = receive(sim, number, shot, now_us, error);
    if (status == LN_OK && ln_scenario_is_eager(sim->scenario))
        status = look_closely(sim, shot, now_us, error);
    if (status == LN_OK)
        decide(sim, c, shot, now_us);
    return status;
}
