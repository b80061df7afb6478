/* A leaking bucket for each key (GCRA): one number, the time at which it will be empty. */
#include "service/login/limit.h"

#include <sodium.h>
#include <string.h>

static uint64_t hash(const ln_limit *limit, char kind, const char *key)
{
    uint64_t digest[crypto_generichash_BYTES / sizeof(uint64_t)];
    crypto_generichash_state state;
    crypto_generichash_init(&state, limit->secret, sizeof limit->secret, sizeof digest);
    crypto_generichash_update(&state, (const uint8_t *)&kind, 1);
    crypto_generichash_update(&state, (const uint8_t *)key, strlen(key));
    crypto_generichash_final(&state, (uint8_t *)digest, sizeof digest);
    return digest[0];
}

/* The place of a key; if it has none, the one in its reach that is empty first becomes its. */
static ln_limit_place *find(ln_limit *limit, uint64_t key)
{
    ln_limit_place *reach = &limit->places[key % (LN_LIMIT_PLACES / LN_LIMIT_WAYS) * LN_LIMIT_WAYS];
    ln_limit_place *first = reach;
    for (ln_limit_place *p = reach; p < reach + LN_LIMIT_WAYS; p++) {
        if (p->key == key)
            return p;
        if (p->free_ms < first->free_ms)
            first = p;
    }
    *first = (ln_limit_place){.key = key};
    return first;
}

uint64_t ln_limit_take(ln_limit *limit, ln_limit_rate rate, char kind, const char *key, uint64_t now_ms)
{
    ln_limit_place *p = find(limit, hash(limit, kind, key));
    const uint64_t full_ms = now_ms + (rate.tries - 1) * rate.each_ms;
    if (p->free_ms > full_ms)
        return p->free_ms - full_ms;
    p->free_ms = (p->free_ms > now_ms ? p->free_ms : now_ms) + rate.each_ms;
    return 0;
}

void ln_limit_give(ln_limit *limit, ln_limit_rate rate, char kind, const char *key, uint64_t now_ms)
{
    ln_limit_place *p = find(limit, hash(limit, kind, key));
    p->free_ms = p->free_ms > now_ms + rate.each_ms ? p->free_ms - rate.each_ms : now_ms;
}
