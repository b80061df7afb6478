#include "service/json.h"

#include <pthread.h>
#include <stdlib.h>

/* Jansson (2.14) does not always say that memory was short. While it collects a token it may forget a
 * character then, take the rest for something else, and, without the last quotation mark, read behind the
 * token. So what malloc does not give while a text is read comes from a reserve, once, and the text ends at
 * once: nothing else is collected, and the result is dropped. */
typedef struct reading {
    const char *at, *end; /* the rest of the text */
    int memory_is_short;
    _Alignas(max_align_t) char reserve[2 * LN_JSON_BYTES]; /* a token doubles its room when it grows */
} reading;

static _Thread_local reading *current;

static void *take_memory(size_t size)
{
    void *block = malloc(size);
    if (block || !current)
        return block;
    int is_first = !current->memory_is_short;
    current->memory_is_short = 1;
    return is_first && size <= sizeof current->reserve ? current->reserve : NULL;
}

static void give_memory_back(void *block)
{
    if (!current || block != current->reserve)
        free(block);
}

static void set_memory(void)
{
    json_set_alloc_funcs(take_memory, give_memory_back);
}

/* One byte at a time: Jansson must not have more of them when memory is short. */
static size_t next_byte(void *to, size_t room, void *context)
{
    reading *r = context;
    if (room == 0 || r->at == r->end || r->memory_is_short)
        return 0;
    *(char *)to = *r->at++;
    return 1;
}

void ln_json_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_memory);
}

ln_status ln_json_read(json_t **root, const char *text, size_t size)
{
    reading r;
    *root = NULL;
    if (size > LN_JSON_BYTES)
        return LN_ERR_IO;
    ln_json_begin();
    r.at = text;
    r.end = text + size;
    r.memory_is_short = 0;
    current = &r;
    *root = json_load_callback(next_byte, &r, JSON_REJECT_DUPLICATES, NULL);
    if (r.memory_is_short) {
        json_decref(*root);
        *root = NULL;
    }
    current = NULL;
    if (r.memory_is_short)
        return LN_ERR_MEMORY;
    return *root ? LN_OK : LN_ERR_IO;
}
