/* The air between cameras and the gateway: frames overlap, get lost, and are answered. */
#include "sim/sim.h"

#include "link/random.h"
#include "sim/uplink.h"

#define FIRST_WINDOW_US 1000000u  /* LoRaWAN: the gateway answers so long behind a frame */
#define SECOND_WINDOW_US 2000000u /* and the camera listens again */
#define LISTENING_SYMBOLS 8       /* that a camera listens to an empty window */
#define SLOWEST_SYMBOL_US 32768u  /* of SF12, in the second window */

const char *const ln_fate_names[LN_FATES] = {"arrived", "again", "late", "lost", "collision", "deaf"};

static int is_lorawan(const ln_data_rate *rate)
{
    return rate->modulation == LN_LORA || rate->modulation == LN_FSK;
}

/* ---- Collisions ------------------------------------------------------------------------------ */

/* Two frames overlap. With capture, one that is so much stronger survives. */
static void collide(const ln_scenario *s, ln_sim_camera *a, ln_sim_camera *b)
{
    int64_t stronger = (int64_t)a->power - b->power, needed = (int64_t)s->capture * 1000;
    int captures = s->capture != LN_SIM_UNSET;
    a->frame.collided |= !captures || stronger < needed;
    b->frame.collided |= !captures || -stronger < needed;
}

/* Frames of other data rates do not disturb: spreading factors are nearly orthogonal. */
static void meet_others(ln_sim *sim, ln_sim_camera *c)
{
    for (size_t i = 0; i < sim->on_airs && sim->scenario->channels; i++) {
        ln_sim_camera *other = &sim->camera[sim->on_air[i]];
        if (other->frame.end_us > c->frame.start_us && other->frame.channel == c->frame.channel &&
            other->frame.rate_number == c->frame.rate_number)
            collide(sim->scenario, c, other);
    }
}

static void leave_air(ln_sim *sim, size_t number)
{
    size_t i = 0;
    while (sim->on_air[i] != number)
        i++;
    sim->on_air[i] = sim->on_air[--sim->on_airs];
}

/* ---- Frames ---------------------------------------------------------------------------------- */

static ln_status tally(ln_sim_camera *c, ln_error *error)
{
    const ln_frame *f = &c->frame;
    c->frames++;
    c->sent_us += f->airtime_us;
    ln_status status = ln_busiest_add(&c->busiest_hour, f->end_us, f->airtime_us, error);
    return status == LN_OK ? ln_busiest_add(&c->busiest_day, f->end_us, f->airtime_us, error) : status;
}

ln_status ln_sim_send(ln_sim *sim, size_t number, uint64_t now_us, ln_error *error)
{
    ln_sim_camera *c = &sim->camera[number];
    ln_frame *f = &c->frame;
    f->airtime_us = ln_airtime(&f->rate, f->size + f->commands);
    f->start_us = now_us;
    f->end_us = now_us + f->airtime_us;
    f->collided = 0;
    f->deaf = sim->scenario->deaf && now_us < sim->deaf_until_us;
    f->copies--;
    f->copy++;
    if (sim->scenario->channels)
        f->channel = (unsigned)(ln_random(&c->random) % sim->scenario->channels);
    c->busy = 1;
    ln_ledger_charge(&c->hour, (uint32_t)(now_us / 1000), f->airtime_us);
    ln_ledger_charge(&c->day, (uint32_t)(now_us / 1000), f->airtime_us);
    meet_others(sim, c);
    sim->on_air[sim->on_airs++] = number;
    ln_status status = tally(c, error);
    return status == LN_OK ? ln_events_add(&sim->events, f->end_us, LN_EVENT_SENT, number, error) : status;
}

static ln_fate fate_of(ln_sim *sim, ln_sim_camera *c, uint64_t now_us)
{
    const ln_frame *f = &c->frame;
    int lost = ln_sim_channel_loses(&c->channel, now_us);
    if (f->deaf)
        return LN_FATE_DEAF;
    if (f->collided)
        return LN_FATE_COLLIDED;
    if (lost)
        return LN_FATE_LOST;
    if (f->arrived)
        return LN_FATE_AGAIN;
    return f->shot != LN_NOTHING && sim->shot[f->shot].closed ? LN_FATE_LATE : LN_FATE_ARRIVED;
}

static void note(ln_sim *sim, size_t number, ln_fate fate)
{
    const ln_frame *f = &sim->camera[number].frame;
    sim->frames[fate]++;
    if (!sim->log)
        return;
    fprintf(sim->log, "%llu,%zu,", (unsigned long long)f->start_us, number);
    if (f->shot != LN_NOTHING)
        fprintf(sim->log, "%u", sim->shot[f->shot].number);
    fprintf(sim->log, ",%u,%u,%u,%u,%zu,%u,%s\n", f->counter, f->copy, f->rate_number, f->channel,
            f->size + f->commands, f->airtime_us, ln_fate_names[fate]);
}

/* How long a camera listens behind a frame, from the beginning of both windows. */
static uint64_t listening_us(const ln_data_rate *rate)
{
    if (rate->modulation != LN_LORA)
        return is_lorawan(rate) ? LISTENING_SYMBOLS * SLOWEST_SYMBOL_US : 0;
    return LISTENING_SYMBOLS *
           ((UINT64_C(1000) << rate->spreading_factor) / rate->bandwidth + SLOWEST_SYMBOL_US);
}

/* An answer that waits goes out behind this frame. Returns when the camera has heard it; 0: there is none. */
static uint64_t answer(ln_sim *sim, size_t number, uint64_t now_us, ln_status *status, ln_error *error)
{
    ln_sim_camera *c = &sim->camera[number];
    int is_valid = c->answer.waits && now_us - c->answer.since_us <= sim->scenario->expiry * 1000;
    c->answer.waits = 0;
    if (!is_valid)
        return 0;
    uint64_t begin_us = now_us + FIRST_WINDOW_US;
    c->on_the_way = c->answer;
    *status = ln_events_add(&sim->events, begin_us, LN_EVENT_ANSWER, number, error);
    return begin_us + ln_airtime(&c->frame.rate, LN_FEEDBACK_BYTES);
}

ln_status ln_sim_answer(ln_sim *sim, size_t number, uint64_t now_us, ln_error *error)
{
    ln_sim_camera *c = &sim->camera[number];
    if (sim->scenario->deaf && now_us < sim->deaf_until_us)
        return LN_OK; /* the gateway has one transmitter, and answers somebody else */
    uint32_t airtime = ln_airtime(&c->frame.rate, LN_FEEDBACK_BYTES);
    sim->deaf_until_us = now_us + airtime;
    for (size_t i = 0; i < sim->on_airs && sim->scenario->deaf; i++)
        sim->camera[sim->on_air[i]].frame.deaf = 1;
    c->heard_us += airtime;
    return ln_events_add(&sim->events, now_us + airtime, LN_EVENT_HEARD, number, error);
}

/* The frame is over: its camera listens, then repeats the frame or goes on. */
static ln_status rest(ln_sim *sim, size_t number, uint64_t heard_us, ln_error *error)
{
    ln_sim_camera *c = &sim->camera[number];
    uint64_t until = c->frame.end_us;
    if (is_lorawan(&c->frame.rate))
        until += SECOND_WINDOW_US + LISTENING_SYMBOLS * SLOWEST_SYMBOL_US;
    if (is_lorawan(&c->frame.rate) && heard_us > until)
        until = heard_us;
    c->heard_us += listening_us(&c->frame.rate);
    c->wake_us = (until + 999) / 1000 * 1000;
    return ln_events_add(&sim->events, c->wake_us, c->frame.copies ? LN_EVENT_REPEAT : LN_EVENT_WAKE, number,
                         error);
}

ln_status ln_sim_sent(ln_sim *sim, size_t number, uint64_t now_us, ln_error *error)
{
    ln_sim_camera *c = &sim->camera[number];
    ln_fate fate = fate_of(sim, c, now_us);
    uint64_t heard_us = 0;
    ln_status status = LN_OK;
    leave_air(sim, number);
    note(sim, number, fate);
    if (fate == LN_FATE_ARRIVED || fate == LN_FATE_LATE) {
        c->frame.arrived = 1;
        if (sim->uplinks)
            ln_sim_uplink_print(sim->uplinks, sim, number, now_us);
        heard_us = answer(sim, number, now_us, &status, error);
        if (status == LN_OK)
            status = ln_sim_arrive(sim, number, now_us, error);
    }
    return status == LN_OK ? rest(sim, number, heard_us, error) : status;
}
