/* Pictures that are kept, as a list for people. */
#ifndef LN_SERVICE_STORE_LIST_H
#define LN_SERVICE_STORE_LIST_H

#include "service/store.h"

typedef struct ln_listed {
    char *source, *device; /* names */
    int64_t id;            /* of the picture, with ln_store_device of both names */
    uint64_t last_ms;      /* when its newest packet came */
    uint32_t packets, bytes;
    int final;
    char *label; /* null: nothing was seen */
    int score;   /* parts of 10,000 */
} ln_listed;

typedef struct ln_list {
    ln_listed *items;
    size_t count;
} ln_list;

/* Lists the pictures with the newest packets, the newest first, `most` at most. All pictures are gone
 * through, which is nothing to do often in a large store.
 *   source, device   whose; null: everybody's
 *   list             the caller's to ln_list_free; empty after an error */
ln_db_result ln_store_list(ln_store *store, const char *source, const char *device, size_t most,
                           ln_list *list, ln_error *error);
void ln_list_free(ln_list *list);

#endif
