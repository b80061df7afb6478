#include "service/store_list.h"

#include "service/store_own.h"

#include <stdlib.h>

#define LIST(which)                                                                                          \
    "SELECT d.source, d.name, p.id, p.last_ms, p.packets, p.bytes, p.final, p.label, p.score"                \
    " FROM picture p JOIN device d ON d.device = p.device" which                                             \
    " ORDER BY p.last_ms DESC, p.device, p.id DESC LIMIT $1"

static const char ALL[] = LIST("");
static const char OF_DEVICE[] = LIST(" WHERE p.device = $2");

typedef struct reading {
    ln_list *list;
    int failed;
} reading;

static void take(void *context, const ln_db_value *values, size_t count)
{
    reading *r = context;
    ln_listed *items = realloc(r->list->items, (r->list->count + 1) * sizeof *items);
    (void)count;
    if (!items) {
        r->failed = 1;
        return;
    }
    r->list->items = items;
    items[r->list->count++] = (ln_listed){
        .source = ln_store_copy(&values[0], &r->failed),
        .device = ln_store_copy(&values[1], &r->failed),
        .id = values[2].integer,
        .last_ms = (uint64_t)values[3].integer,
        .packets = (uint32_t)values[4].integer,
        .bytes = (uint32_t)values[5].integer,
        .final = (int)values[6].integer,
        .label = ln_store_copy(&values[7], &r->failed),
        .score = (int)values[8].integer,
    };
}

ln_db_result ln_store_list(ln_store *store, const char *source, const char *device, size_t most,
                           ln_list *list, ln_error *error)
{
    const ln_db_value values[] = {ln_db_integer((int64_t)most),
                                  ln_db_integer(device ? ln_store_device(source, device) : 0)};
    reading r = {.list = list};
    *list = (ln_list){0};
    ln_db_result result =
        ln_db_run(store->db, device ? OF_DEVICE : ALL, values, device ? 2 : 1, take, &r, NULL, error);
    if (result == LN_DB_DONE && r.failed) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    if (result != LN_DB_DONE)
        ln_list_free(list);
    return result;
}

void ln_list_free(ln_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].source);
        free(list->items[i].device);
        free(list->items[i].label);
    }
    free(list->items);
    *list = (ln_list){0};
}
