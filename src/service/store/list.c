#include "service/store/list.h"

#include "cloud/text.h"
#include "service/store/own.h"

#include <stdlib.h>

#define LIST(which)                                                                                          \
    "SELECT d.source, d.name, p.id, p.last_ms, p.packets, p.bytes, p.final, p.label, p.score"                \
    " FROM picture p JOIN device d ON d.device = p.device"                                                   \
    " WHERE (p.last_ms, p.device, p.id) < ($2, $3, $4) AND p.last_ms >= $5 AND p.score >= $6"                \
    " AND ($7 = '' OR lower(p.label) LIKE lower($7) ESCAPE '\\')"                                            \
    " AND ($8 = 0 OR p.evidence = 1)" which " ORDER BY p.last_ms DESC, p.device DESC, p.id DESC LIMIT $1"

static const char ALL[] = LIST("");
static const char OF_SOURCE[] = LIST(" AND d.source = $9");
static const char OF_DEVICE[] = LIST(" AND p.device = $9");

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

char *ln_store_pattern(const char *text)
{
    ln_text pattern = {0};
    ln_text_add(&pattern, text && *text ? "%%" : "");
    for (const char *c = text; c && *c; c++)
        ln_text_add(&pattern, strchr("%_\\", *c) ? "\\%c" : "%c", *c);
    ln_text_add(&pattern, text && *text ? "%%" : "");
    if (!pattern.failed)
        return pattern.bytes;
    free(pattern.bytes);
    return NULL;
}

static ln_db_result run(ln_store *store, const ln_search *s, const char *pattern, size_t most, reading *r,
                        ln_error *error)
{
    const int64_t to_ms = s->to_ms ? (int64_t)s->to_ms + 1 : INT64_MAX;
    const int64_t after_ms = s->after_ms ? (int64_t)s->after_ms : to_ms;
    const ln_db_value values[] = {
        ln_db_integer((int64_t)most),
        ln_db_integer(after_ms),
        ln_db_integer(s->after_device),
        ln_db_integer(s->after_id),
        ln_db_integer((int64_t)s->from_ms),
        ln_db_integer(s->score),
        ln_db_text(pattern),
        ln_db_integer(s->only_alarms),
        s->device ? ln_db_integer(ln_store_device(s->source, s->device)) : ln_db_text(s->source),
    };
    const char *sql = s->device ? OF_DEVICE : s->source ? OF_SOURCE : ALL;
    return ln_db_run(store->db, sql, values, sql == ALL ? 8 : 9, take, r, NULL, error);
}

ln_db_result ln_store_search(ln_store *store, const ln_search *search, size_t most, ln_list *list,
                             ln_error *error)
{
    reading r = {.list = list};
    char *pattern = ln_store_pattern(search->label);
    *list = (ln_list){0};
    ln_db_result result = pattern ? run(store, search, pattern, most, &r, error) : LN_DB_DONE;
    if (result == LN_DB_DONE && (r.failed || !pattern)) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    free(pattern);
    if (result != LN_DB_DONE)
        ln_list_free(list);
    return result;
}

ln_db_result ln_store_list(ln_store *store, const char *source, const char *device, size_t most,
                           ln_list *list, ln_error *error)
{
    return ln_store_search(store, &(ln_search){.source = source, .device = device}, most, list, error);
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
