/* Pictures that are kept, as a list for people. */
#ifndef LN_SERVICE_STORE_LIST_H
#define LN_SERVICE_STORE_LIST_H

#include "service/store/store.h"

/* What a person said of an alarm. */
typedef enum ln_judged { LN_JUDGED_OPEN, LN_JUDGED_CONFIRMED, LN_JUDGED_REJECTED } ln_judged;

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

/* Which pictures. Zero and null: any. */
typedef struct ln_search {
    const char *source;
    const char *device;      /* with its source */
    const char *label;       /* a part of it, in small letters or large ones */
    int score;               /* at least, parts of 10,000 */
    uint64_t from_ms, to_ms; /* when the newest packet came; to_ms is in the span */
    int only_alarms;         /* 1: those that alarms were raised for */

    /* Those behind this one: the last of a list. */
    uint64_t after_ms;
    int64_t after_device, after_id;
} ln_search;

/* Lists pictures, those with the newest packets first, `most` at most. A label that is rare is looked for in
 * all pictures of the span.
 *   list   the caller's to ln_list_free; empty after an error */
ln_db_result ln_store_search(ln_store *store, const ln_search *search, size_t most, ln_list *list,
                             ln_error *error);

/* The same without conditions.
 *   source, device   whose; null: everybody's */
ln_db_result ln_store_list(ln_store *store, const char *source, const char *device, size_t most,
                           ln_list *list, ln_error *error);
void ln_list_free(ln_list *list);

#endif
