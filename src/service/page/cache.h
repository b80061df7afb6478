/* PNG files that were made last. For one thread at a time. */
#ifndef LN_SERVICE_PAGE_CACHE_H
#define LN_SERVICE_PAGE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#define LN_CACHE_PICTURES 64

/* Equal keys: the same file. */
typedef struct ln_cache_key {
    int64_t device, id;
    uint32_t packets; /* that it shows */
    uint32_t seen;    /* symbols that the answer knows: what was seen may show, too */
    uint32_t model;
    int mark;
} ln_cache_key;

typedef struct ln_cache ln_cache;

/* Null: memory is short. */
ln_cache *ln_cache_open(void);
void ln_cache_close(ln_cache *cache);

/* The file, or null. It stays until the next call. */
const uint8_t *ln_cache_find(ln_cache *cache, const ln_cache_key *key, size_t *size);

/* Forgets all files of a picture. */
void ln_cache_forget(ln_cache *cache, int64_t device, int64_t id);

/* Keeps a file, which becomes the cache's, in place of the one that was asked for longest ago. */
void ln_cache_keep(ln_cache *cache, const ln_cache_key *key, uint8_t *png, size_t size);

#endif
