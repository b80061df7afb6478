/* Cameras that send with another codec (sim/codec.h): one picture at a time, its packets in order, and a new
 * picture takes the place of the old one. The service keeps which packets arrived. */
#include "sim/sim.h"

#include "cloud/error.h"

#include <stdlib.h>
#include <string.h>

static const ln_packets *packets_of(const ln_sim *sim, size_t shot)
{
    return &sim->photos.items[sim->shot[shot].photo].packets;
}

/* ---- Camera ---------------------------------------------------------------------------------- */

ln_status ln_sim_peer_take(ln_sim *sim, size_t camera, size_t shot, ln_error *error)
{
    ln_status status = ln_photos_pack(&sim->photos, sim->shot[shot].photo, error);
    sim->camera[camera].outbox = (ln_outbox){.shot = shot, .airtime_us = sim->scenario->airtime_us};
    return status;
}

void ln_sim_peer_stop(ln_sim *sim, size_t camera, size_t shot)
{
    ln_outbox *out = &sim->camera[camera].outbox;
    if (out->shot == shot)
        out->shot = LN_NOTHING;
}

/* Whether a picture can still use a frame: as for a picture of our sender. */
static int can_use(const ln_sim *sim, const ln_outbox *out, const ln_offer *offer)
{
    uint64_t deadline = sim->scenario->deadline;
    uint32_t age = offer->now_ms - (uint32_t)(sim->shot[out->shot].taken_us / 1000);
    return out->next < packets_of(sim, out->shot)->count && age < deadline &&
           offer->wait_ms < deadline - age && offer->airtime_us <= out->airtime_us;
}

ln_step ln_sim_peer_next(ln_sim *sim, size_t camera, const ln_offer *offer, ln_frame *frame,
                         uint32_t *wait_ms)
{
    ln_outbox *out = &sim->camera[camera].outbox;
    frame->size = 0;
    *wait_ms = offer->wait_ms;
    if (out->shot != LN_NOTHING && !can_use(sim, out, offer))
        out->shot = LN_NOTHING;
    if (out->shot == LN_NOTHING)
        return LN_STEP_DONE;
    if (offer->wait_ms > 0)
        return LN_STEP_WAIT;
    const uint8_t *packet = ln_packets_at(packets_of(sim, out->shot), out->next, &frame->size);
    memcpy(frame->packet, packet, frame->size);
    frame->number = out->next;
    out->airtime_us -= out->airtime_us < UINT32_MAX ? offer->airtime_us : 0;
    out->next += !sim->scenario->retransmission;
    return LN_STEP_SEND;
}

/* ---- Service --------------------------------------------------------------------------------- */

/* The answer to a frame that arrived comes at once, and costs nothing. */
static void acknowledge(ln_sim *sim, ln_sim_camera *c)
{
    if (sim->scenario->retransmission && c->outbox.shot == c->frame.shot)
        c->outbox.next = c->frame.number + 1;
    if (sim->scenario->retransmission)
        c->frame.copies = 0;
}

ln_status ln_sim_peer_receive(ln_sim *sim, size_t camera, ln_sim_shot *shot, ln_error *error)
{
    ln_sim_camera *c = &sim->camera[camera];
    if (!shot->packet_arrived)
        shot->packet_arrived = calloc(packets_of(sim, c->frame.shot)->count, 1);
    if (!shot->packet_arrived)
        return ln_fail_memory(error);
    shot->packet_arrived[c->frame.number] = 1;
    acknowledge(sim, c);
    return LN_OK;
}
