/* The way of a camera's frames to the gateway: which are lost, whoever else sends. */
#ifndef LN_SIM_CHANNEL_H
#define LN_SIM_CHANNEL_H

#include "sim/scenario.h"

typedef struct ln_sim_channel {
    const ln_scenario *scenario;
    ln_loss loss;
    ln_burst burst;
    int lost;           /* the last frame, without a measured link or a trace */
    uint64_t redraw_us; /* until when the next one shares its fate */
    uint64_t random;    /* of how long that is */
    size_t row;         /* of the trace */
} ln_sim_channel;

/* Cameras have links of their own. In a trace, they begin at places far apart; it goes round. */
void ln_sim_channel_init(ln_sim_channel *channel, const ln_scenario *scenario, size_t camera, uint64_t seed);

/* Whether a frame that is sent now is lost. Ask once for each frame, in the order of sending. */
int ln_sim_channel_loses(ln_sim_channel *channel, uint64_t now_us);

#endif
