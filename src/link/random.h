/* Random numbers for simulation; not for secrets. */
#ifndef LN_LINK_RANDOM_H
#define LN_LINK_RANDOM_H

#include <stdint.h>

/* The next 64 bits of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA
 * 2014): the same numbers on every machine. `state` starts as the seed, any value. */
uint64_t ln_random(uint64_t *state);

#endif
