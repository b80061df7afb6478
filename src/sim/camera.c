/* A camera: takes pictures, and asks its sender and its ledgers before each frame. */
#include "sim/sim.h"

#include "cloud/error.h"
#include "link/random.h"

#include <stdlib.h>

#define HOUR_MS 3600000u
#define DAY_MS 86400000u
#define MOST_COMMANDS 15 /* bytes of LoRaWAN's commands in a frame */
#define LEAST_RATE 10    /* bits per second: less is drawn hardly ever */

static int has_hour(const ln_scenario *s)
{
    return s->network.band[s->band].share < LN_WHOLE_SHARE;
}

void ln_sim_camera_init(ln_sim *sim, size_t number)
{
    const ln_scenario *s = sim->scenario;
    ln_sim_camera *c = &sim->camera[number];
    uint64_t seed = s->seed;
    seed = ln_random(&seed) ^ (number + 1) * UINT64_C(0x9E3779B97F4A7C15);
    *c = (ln_sim_camera){.random = ln_random(&seed),
                         .bandwidth_random = ln_random(&seed),
                         .commands = -1,
                         .outbox.shot = LN_NOTHING};
    ln_sim_channel_init(&c->channel, s, number, ln_random(&seed));
    ln_sender_init(&c->sender, (ln_queue)s->queue, (unsigned)(s->expected_loss * 256 / 1000000), 0);
    if (has_hour(s))
        ln_ledger_init(&c->hour, HOUR_MS, s->network.band[s->band].share * (HOUR_MS / 10), 0);
    if (s->daily_airtime)
        ln_ledger_init(&c->day, DAY_MS, (uint32_t)(s->daily_airtime * 1000), 0);
    if (s->network.messages)
        ln_ledger_init(&c->messages, DAY_MS, s->network.messages, 0);
    for (size_t i = 0; i < LN_SENDER_PICTURES; i++)
        c->holds[i] = LN_NOTHING;
    c->power = (int32_t)(ln_random(&c->random) % (s->spread * 1000 + 1));
    c->busiest_hour.window_us = UINT64_C(1000) * HOUR_MS;
    c->busiest_day.window_us = UINT64_C(1000) * DAY_MS;
}

void ln_sim_camera_free(ln_sim *sim, size_t number)
{
    ln_sim_camera *c = &sim->camera[number];
    for (size_t i = 0; i < LN_SENDER_PICTURES; i++)
        ln_shot_free(&c->memory[i]);
    ln_busiest_free(&c->busiest_hour);
    ln_busiest_free(&c->busiest_day);
}

/* ---- Pictures -------------------------------------------------------------------------------- */

/* A memory for the next picture: one that the sender does not need any more, or else the oldest. */
static size_t choose_memory(ln_sim *sim, ln_sim_camera *c)
{
    size_t oldest = 0;
    for (size_t i = 0; i < sim->scenario->kept; i++) {
        if (!ln_sender_holds(&c->sender, c->memory[i].camera))
            return i;
        if (c->holds[i] < c->holds[oldest])
            oldest = i;
    }
    ln_sender_drop(&c->sender, c->memory[oldest].camera);
    return oldest;
}

static ln_sim_shot *add_shot(ln_sim *sim, ln_error *error)
{
    if (sim->shots == sim->shot_room) {
        size_t room = sim->shot_room ? 2 * sim->shot_room : 64;
        ln_sim_shot *shots = realloc(sim->shot, room * sizeof *shots);
        if (!shots) {
            ln_fail_memory(error);
            return NULL;
        }
        sim->shot = shots;
        sim->shot_room = room;
    }
    return &sim->shot[sim->shots++];
}

/* A share that was asked for stays, whatever loss the sender knows. */
static void hold_share(const ln_sim *sim, ln_camera *camera)
{
    if (sim->scenario->protection <= LN_MOST_PROTECTION)
        ln_camera_share(camera, (unsigned)sim->scenario->protection);
}

static ln_status queue_shot(ln_sim *sim, ln_sim_camera *c, const ln_sim_shot *shot, ln_error *error)
{
    const ln_scenario *s = sim->scenario;
    size_t memory = choose_memory(sim, c);
    const ln_allowance allowance = {(uint32_t)s->deadline, s->airtime_us, shot->urgent ? UINT8_MAX : 0};
    ln_shot *place = &c->memory[memory];
    if (c->holds[memory] != LN_NOTHING)
        ln_photos_return(&sim->photos, sim->shot[c->holds[memory]].photo, place);
    c->holds[memory] = LN_NOTHING;
    ln_status status = ln_photos_take(&sim->photos, shot->photo, shot->number, place, error);
    if (status != LN_OK)
        return status;
    c->holds[memory] = (size_t)(shot - sim->shot);
    status = ln_sender_add(&c->sender, place->camera, &allowance, (uint32_t)(shot->taken_us / 1000));
    hold_share(sim, place->camera);
    return status == LN_OK ? LN_OK : ln_fail(error, status, "the sender failed: %s", ln_status_text(status));
}

static uint64_t next_interval_us(const ln_scenario *s, ln_sim_camera *c)
{
    if (s->trigger == LN_TRIGGER_TIMER)
        return s->interval * 1000;
    return (ln_random_exponential(&c->random, (uint32_t)s->interval) + UINT64_C(1)) * 1000;
}

ln_status ln_sim_take(ln_sim *sim, size_t number, uint64_t now_us, ln_error *error)
{
    const ln_scenario *s = sim->scenario;
    ln_sim_camera *c = &sim->camera[number];
    ln_sim_shot *shot = add_shot(sim, error);
    if (!shot)
        return LN_ERR_MEMORY;
    *shot = (ln_sim_shot){.camera = number,
                          .photo = (size_t)((number + c->shots) % sim->photos.count),
                          .number = (unsigned)(c->shots % LN_PICTURES),
                          .urgent = ln_random_happens(&c->random, (uint32_t)s->urgent),
                          .taken_us = now_us,
                          .is_new = 1};
    c->shots++;
    if (s->gamma) {
        uint32_t rate = ln_gamma_bandwidth(&c->bandwidth_random, (uint32_t)s->gamma);
        c->bits_per_second = rate > LEAST_RATE ? rate : LEAST_RATE;
    }
    uint64_t next_us = now_us + next_interval_us(s, c);
    ln_status status = ln_scenario_has_peer(s) ? ln_sim_peer_take(sim, number, sim->shots - 1, error)
                                               : queue_shot(sim, c, shot, error);
    if (status == LN_OK)
        status = ln_events_add(&sim->events, now_us + s->deadline * 1000, LN_EVENT_DEADLINE, sim->shots - 1,
                               error);
    if (status == LN_OK && next_us < s->duration * 1000)
        status = ln_events_add(&sim->events, next_us, LN_EVENT_SHOT, number, error);
    return status == LN_OK ? ln_sim_ask(sim, number, now_us, error) : status;
}

/* ---- Sending --------------------------------------------------------------------------------- */

static ln_data_rate current_rate(const ln_scenario *s, const ln_sim_camera *c)
{
    ln_data_rate rate = s->network.rate[s->turn[c->turn]];
    if (s->gamma)
        rate.bits_per_second = c->bits_per_second;
    return rate;
}

static size_t draw_commands(const ln_scenario *s, ln_sim_camera *c)
{
    if (c->commands < 0)
        c->commands = ln_random_happens(&c->random, (uint32_t)s->commands)
                          ? 1 + (int)(ln_random(&c->random) % MOST_COMMANDS)
                          : 0;
    return (size_t)c->commands;
}

/* Until frames lie as far apart as the scenario spaces them. */
static uint32_t spacing_of(const ln_scenario *s, const ln_sim_camera *c, uint32_t now_ms)
{
    uint32_t passed = now_ms - (uint32_t)(c->frame.start_us / 1000);
    return c->frames > 0 && passed < s->spacing ? (uint32_t)(s->spacing - passed) : 0;
}

/* The longest wait that something asks for. */
static uint32_t wait_of(const ln_scenario *s, ln_sim_camera *c, uint32_t now_ms, uint32_t airtime_us)
{
    uint32_t wait = spacing_of(s, c, now_ms), other;
    if (has_hour(s) && (other = ln_ledger_wait(&c->hour, now_ms, airtime_us)) > wait)
        wait = other;
    if (s->daily_airtime && (other = ln_ledger_wait(&c->day, now_ms, airtime_us)) > wait)
        wait = other;
    if (s->network.messages && (other = ln_ledger_wait(&c->messages, now_ms, 1)) > wait)
        wait = other;
    return wait;
}

/* The shot whose packet goes out: its number is that of one of the pictures in memory. */
static size_t shot_of(const ln_sim *sim, const ln_sim_camera *c)
{
    ln_packet_header header;
    if (ln_scenario_has_peer(sim->scenario))
        return c->outbox.shot;
    ln_packet_peek(c->frame.packet, c->frame.size, &header);
    for (size_t i = 0; i < sim->scenario->kept; i++)
        if (c->holds[i] != LN_NOTHING && sim->shot[c->holds[i]].number == header.picture)
            return c->holds[i];
    return LN_NOTHING;
}

/* Sends what the sender gave: a packet, or an empty frame with the network's commands. */
static ln_status begin_frame(ln_sim *sim, size_t number, uint64_t now_us, ln_error *error)
{
    const ln_scenario *s = sim->scenario;
    ln_sim_camera *c = &sim->camera[number];
    ln_frame *f = &c->frame;
    f->shot = f->size ? shot_of(sim, c) : LN_NOTHING;
    f->rate_number = (unsigned)s->turn[c->turn];
    f->copies = (unsigned)s->repeats;
    f->copy = 0;
    f->arrived = 0;
    f->counter = c->counter++;
    c->turn = (c->turn + 1) % s->turns;
    c->commands = f->size ? -1 : 0; /* behind an empty frame, none are left */
    if (s->network.messages)
        ln_ledger_charge(&c->messages, (uint32_t)(now_us / 1000), 1);
    if (f->shot != LN_NOTHING) {
        sim->shot[f->shot].sent++;
        sim->shot[f->shot].sent_bytes += (uint32_t)f->size;
    }
    return ln_sim_send(sim, number, now_us, error);
}

static ln_step next_packet(ln_sim *sim, size_t number, const ln_offer *offer, uint32_t *wait)
{
    ln_sim_camera *c = &sim->camera[number];
    return ln_scenario_has_peer(sim->scenario)
               ? ln_sim_peer_next(sim, number, offer, &c->frame, wait)
               : ln_sender_next(&c->sender, offer, c->frame.packet, &c->frame.size, wait);
}

ln_status ln_sim_ask(ln_sim *sim, size_t number, uint64_t now_us, ln_error *error)
{
    const ln_scenario *s = sim->scenario;
    ln_sim_camera *c = &sim->camera[number];
    ln_frame *f = &c->frame;
    uint32_t now_ms = (uint32_t)(now_us / 1000), wait;
    if (c->busy)
        return LN_OK;
    f->rate = current_rate(s, c);
    size_t whole = ln_scenario_payload(s, c->turn), commands = draw_commands(s, c),
           payload = whole > commands ? whole - commands : 0;
    f->commands = whole - payload;
    uint32_t airtime = ln_airtime(&f->rate, whole) * (uint32_t)s->repeats;
    const ln_offer offer = {now_ms, wait_of(s, c, now_ms, airtime), airtime, (uint16_t)payload};
    switch (next_packet(sim, number, &offer, &wait)) {
    case LN_STEP_SEND:
    case LN_STEP_FLUSH:
        return begin_frame(sim, number, now_us, error);
    case LN_STEP_WAIT:
        c->wake_us = now_us + wait * UINT64_C(1000);
        return ln_events_add(&sim->events, c->wake_us, LN_EVENT_WAKE, number, error);
    default:
        return LN_OK;
    }
}

/* ---- Listening ------------------------------------------------------------------------------- */

void ln_sim_heard(ln_sim *sim, size_t number)
{
    ln_sim_camera *c = &sim->camera[number];
    if (ln_random_happens(&c->random, (uint32_t)sim->scenario->feedback_loss))
        return;
    ln_feedback feedback;
    ln_sender_feedback(&c->sender, c->on_the_way.bytes, LN_FEEDBACK_BYTES);
    ln_feedback_read(&feedback, c->on_the_way.bytes, LN_FEEDBACK_BYTES);
    sim->shot[c->on_the_way.shot].stopped |= feedback.enough;
    if (feedback.enough)
        ln_sim_peer_stop(sim, number, c->on_the_way.shot);
    c->frame.copies = 0; /* an answer ends LoRaWAN's repeats */
    c->answers++;
    for (size_t i = 0; i < sim->scenario->kept; i++)
        if (ln_sender_holds(&c->sender, c->memory[i].camera))
            hold_share(sim, c->memory[i].camera);
}
