/* Random numbers for simulation; not for secrets. */
#ifndef LN_LINK_RANDOM_H
#define LN_LINK_RANDOM_H

#include <stdint.h>

/* The next 64 bits of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA
 * 2014): the same numbers on every machine. `state` starts as the seed, any value. */
uint64_t ln_random(uint64_t *state);

/* 1 with a probability of `share` in a million. */
int ln_random_happens(uint64_t *state, uint32_t share);

/* An exponential number of this mean, rounded to nearest: at most 22 times the mean, and UINT32_MAX. */
uint32_t ln_random_exponential(uint64_t *state, uint32_t mean);

#endif
