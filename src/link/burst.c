#include <limitnet/link.h>

#include "link/random.h"

#define MILLION 1000000u

const ln_burst_link ln_burst_links[] = {
    {"eynard-indoor", 277000, 403000, 0, 0},        /* SF7, 4.6 km, all gateways together: 32 % */
    {"eynard-indoor-single", 356000, 459000, 0, 0}, /* its best gateway: 40 % */
    {"eynard-indoor-later", 385000, 554000, 0, 0},  /* half a year later: 46 % */
    {"eynard-indoor-weak", 489000, 802000, 0, 0},   /* a weak gateway: 71 % */
    {"mobile", 44000, 691000, 0, 0},                /* a tester that is carried about: 12 % */
    {"building", 134000, 875000, 0, 0},             /* inside a building: 52 % */
    {0},
};

ln_status ln_burst_init(ln_burst *burst, const ln_burst_link *link, uint64_t seed, uint32_t now_ms)
{
    if (!burst)
        return LN_ERR_ARGUMENT;
    *burst = (ln_burst){0};
    if (!link || link->after_received > MILLION || link->after_lost > MILLION || link->swing > MILLION)
        return LN_ERR_ARGUMENT;
    burst->link = *link;
    burst->state = seed;
    burst->spell_end_ms = now_ms;
    burst->foul = (uint8_t)(ln_random(&burst->state) >> 63);
    burst->lost = (uint8_t)ln_random_happens(&burst->state, ln_burst_loss(link));
    return LN_OK;
}

/* Lets spells take turns until the present one lasts. */
static void follow(ln_burst *burst, uint32_t now_ms)
{
    while (now_ms - burst->spell_end_ms <= INT32_MAX) {
        burst->foul = !burst->foul;
        burst->spell_end_ms += ln_random_exponential(&burst->state, burst->link.spell_ms) + 1;
    }
}

static uint32_t after_received(const ln_burst *burst)
{
    uint64_t p = burst->link.after_received, change = p * burst->link.swing / MILLION;
    if (burst->link.spell_ms == 0)
        return (uint32_t)p;
    return (uint32_t)(burst->foul ? (p + change < MILLION ? p + change : MILLION) : p - change);
}

int ln_burst_next(ln_burst *burst, uint32_t now_ms)
{
    if (!burst)
        return 0;
    if (burst->link.spell_ms > 0)
        follow(burst, now_ms);
    uint32_t share = burst->lost ? burst->link.after_lost : after_received(burst);
    burst->lost = (uint8_t)ln_random_happens(&burst->state, share);
    return burst->lost;
}

uint32_t ln_burst_loss(const ln_burst_link *link)
{
    if (!link || link->after_lost >= MILLION)
        return link && link->after_received > 0 ? MILLION : 0;
    uint64_t p = link->after_received, leave = MILLION - link->after_lost;
    return (uint32_t)((p * MILLION + (p + leave) / 2) / (p + leave));
}

uint32_t ln_gamma_bandwidth(uint64_t *state, uint32_t mean)
{
    if (!state)
        return 0;
    uint64_t sum = (uint64_t)ln_random_exponential(state, mean) + ln_random_exponential(state, mean);
    return (uint32_t)(sum / 2 < UINT32_MAX ? sum / 2 : UINT32_MAX);
}
