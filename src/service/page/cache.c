#include "service/page/cache.h"

#include <stdlib.h>

typedef struct entry {
    ln_cache_key key;
    uint8_t *png; /* null: free */
    size_t size;
    uint64_t used; /* when it was asked for last */
} entry;

struct ln_cache {
    uint64_t clock;
    entry entries[LN_CACHE_PICTURES];
};

ln_cache *ln_cache_open(void)
{
    return calloc(1, sizeof(ln_cache));
}

void ln_cache_close(ln_cache *cache)
{
    for (size_t i = 0; cache && i < LN_CACHE_PICTURES; i++)
        free(cache->entries[i].png);
    free(cache);
}

static int equals(const ln_cache_key *a, const ln_cache_key *b)
{
    return a->device == b->device && a->id == b->id && a->packets == b->packets && a->seen == b->seen &&
           a->model == b->model && a->mark == b->mark;
}

const uint8_t *ln_cache_find(ln_cache *cache, const ln_cache_key *key, size_t *size)
{
    for (entry *e = cache->entries; e < cache->entries + LN_CACHE_PICTURES; e++)
        if (e->png && equals(&e->key, key)) {
            e->used = ++cache->clock;
            *size = e->size;
            return e->png;
        }
    return NULL;
}

void ln_cache_forget(ln_cache *cache, int64_t device, int64_t id)
{
    for (entry *e = cache->entries; e < cache->entries + LN_CACHE_PICTURES; e++)
        if (e->png && e->key.device == device && e->key.id == id) {
            free(e->png);
            *e = (entry){0};
        }
}

void ln_cache_keep(ln_cache *cache, const ln_cache_key *key, uint8_t *png, size_t size)
{
    entry *oldest = cache->entries;
    for (entry *e = cache->entries; e < cache->entries + LN_CACHE_PICTURES; e++)
        if (e->used < oldest->used)
            oldest = e;
    free(oldest->png);
    *oldest = (entry){*key, png, size, ++cache->clock};
}
