#include "sim/channel.h"

void ln_sim_channel_init(ln_sim_channel *channel, const ln_scenario *scenario, size_t camera, uint64_t seed)
{
    *channel = (ln_sim_channel){.scenario = scenario};
    if (scenario->burst_name)
        ln_burst_init(&channel->burst, &scenario->burst, seed, 0);
    else if (scenario->trace)
        channel->row = scenario->arrivals * camera / scenario->count;
    else
        ln_loss_init(&channel->loss, (uint32_t)scenario->loss, seed);
}

int ln_sim_channel_loses(ln_sim_channel *channel, uint64_t now_us)
{
    const ln_scenario *scenario = channel->scenario;
    if (scenario->burst_name)
        return ln_burst_next(&channel->burst, (uint32_t)(now_us / 1000));
    if (!scenario->trace)
        return ln_loss_next(&channel->loss);
    size_t row = channel->row;
    channel->row = (row + 1) % scenario->arrivals;
    return !scenario->arrives[row];
}
