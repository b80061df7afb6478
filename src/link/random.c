#include "link/random.h"

#define MILLION 1000000u
#define LN_2 UINT64_C(2977044472) /* the natural logarithm of 2, in 2^-32 */

uint64_t ln_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

int ln_random_happens(uint64_t *state, uint32_t share)
{
    uint64_t top = ln_random(state) >> 32; /* the better half of the bits */
    return (top * MILLION) >> 32 < share;
}

/* -log2(x / 2^32) of x > 0, in 2^-16: bit by bit, each squaring doubles the logarithm. */
static uint32_t minus_log2(uint64_t x)
{
    uint32_t whole = 0, fraction = 0;
    for (; x < UINT64_C(1) << 31; whole++)
        x <<= 1;
    for (int bit = 15; bit >= 0; bit--) { /* x is between 1/2 and 1 */
        x = x * x >> 32;
        if (x < UINT64_C(1) << 31) {
            x <<= 1;
            fraction |= 1u << bit;
        }
    }
    return whole << 16 | fraction;
}

uint32_t ln_random_exponential(uint64_t *state, uint32_t mean)
{
    uint64_t x = (ln_random(state) >> 32) + 1;
    uint64_t natural = x >> 32 ? 0 : minus_log2(x) * LN_2 >> 32; /* in 2^-16 */
    uint64_t number = (natural * mean + (1u << 15)) >> 16;
    return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}
