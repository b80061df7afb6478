/* LimitNet link: models of the radio link. C99, no allocation, no globals, the same results on
 * every machine. */
#ifndef LIMITNET_LINK_H
#define LIMITNET_LINK_H

#include <limitnet/core.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A channel that loses each packet with the same probability, whatever happened to those before.
 * Fields are private. */
typedef struct ln_loss {
    uint64_t state;
    uint32_t per_million;
} ln_loss;

/* Makes a channel. `per_million`: how many of a million packets are lost on average, 0..1,000,000
 * (300,000 = 30 %). Channels of one seed lose the same packets; those lost at a lower probability
 * are also lost at a higher one. Errors: LN_ERR_ARGUMENT. */
ln_status ln_loss_init(ln_loss *channel, uint32_t per_million, uint64_t seed);

/* Whether the next packet is lost: 1 or 0. Call it once for each packet, in the order of sending.
 */
int ln_loss_next(ln_loss *channel);

/* The next 64 bits of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number
 * Generators, OOPSLA 2014). `state` starts as the seed, any value. Good enough for simulation, not
 * for secrets. */
uint64_t ln_random(uint64_t *state);

#ifdef __cplusplus
}
#endif
#endif
