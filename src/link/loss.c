/* A channel with independent packet losses. */
#include <limitnet/link.h>

#define MILLION 1000000u

ln_status ln_loss_init(ln_loss *channel, uint32_t per_million, uint64_t seed)
{
    if (!channel || per_million > MILLION)
        return LN_ERR_ARGUMENT;
    channel->state = seed;
    channel->per_million = per_million;
    return LN_OK;
}

int ln_loss_next(ln_loss *channel)
{
    uint64_t top = ln_random(&channel->state) >> 32; /* the better half of the bits */
    return (top * MILLION) >> 32 < channel->per_million;
}

uint64_t ln_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}
