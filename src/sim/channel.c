#include "sim/channel.h"

#include "link/random.h"

#define MILLION 1000000u

void ln_sim_channel_init(ln_sim_channel *channel, const ln_scenario *scenario, size_t camera, uint64_t seed)
{
    *channel = (ln_sim_channel){.scenario = scenario, .random = ~seed};
    if (scenario->burst_name)
        ln_burst_init(&channel->burst, &scenario->burst, seed, 0);
    else if (scenario->trace)
        channel->row = scenario->arrivals * camera / scenario->count;
    else
        ln_loss_init(&channel->loss, (uint32_t)scenario->loss, seed);
}

/* In bursts, frames share their fate until it is drawn anew, after random times (exponential). A draw may
 * give the same again, so bursts last 1 / (1 - loss) times as long as fates. Fates have no memory: draws
 * between two frames need not be made. */
static int is_lost(ln_sim_channel *channel, uint64_t now_us)
{
    const ln_scenario *s = channel->scenario;
    if (now_us < channel->redraw_us)
        return channel->lost;
    channel->lost = ln_loss_next(&channel->loss);
    if (s->burst_length) {
        uint32_t mean_ms = (uint32_t)(s->burst_length * (MILLION - s->loss) / MILLION);
        channel->redraw_us = now_us + UINT64_C(1000) * ln_random_exponential(&channel->random, mean_ms);
    }
    return channel->lost;
}

int ln_sim_channel_loses(ln_sim_channel *channel, uint64_t now_us)
{
    const ln_scenario *scenario = channel->scenario;
    if (scenario->burst_name)
        return ln_burst_next(&channel->burst, (uint32_t)(now_us / 1000));
    if (!scenario->trace)
        return is_lost(channel, now_us);
    size_t row = channel->row;
    channel->row = (row + 1) % scenario->arrivals;
    return !scenario->arrives[row];
}
