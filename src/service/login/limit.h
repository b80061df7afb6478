/* How often something may be tried: a few times at once, and then once in a while. Memory is fixed, whoever
 * comes. */
#ifndef LN_SERVICE_LOGIN_LIMIT_H
#define LN_SERVICE_LOGIN_LIMIT_H

#include <stdint.h>

#define LN_LIMIT_PLACES                                                                                      \
    4096                /* keys that are remembered; then those that are nearest to being forgotten go       \
                         */
#define LN_LIMIT_WAYS 8 /* places that a key may have */

typedef struct ln_limit_place {
    uint64_t key;     /* a hash that nobody outside can foresee */
    uint64_t free_ms; /* when all its tries are back; in the past: as if it had never been */
} ln_limit_place;

/* For one thread. Begins all zero but for `secret`, which is random. */
typedef struct ln_limit {
    uint8_t secret[16];
    ln_limit_place places[LN_LIMIT_PLACES];
} ln_limit;

/* How many tries there are at once, and after how long each is back. */
typedef struct ln_limit_rate {
    unsigned tries;
    uint64_t each_ms;
} ln_limit_rate;

/* Takes a try.
 *   kind, key   what is counted, such as 'a' and an address; kinds do not meet
 * Returns 0, or after how many milliseconds there will be one: none was taken. */
uint64_t ln_limit_take(ln_limit *limit, ln_limit_rate rate, char kind, const char *key, uint64_t now_ms);

/* Gives a try back. */
void ln_limit_give(ln_limit *limit, ln_limit_rate rate, char kind, const char *key, uint64_t now_ms);

#endif
