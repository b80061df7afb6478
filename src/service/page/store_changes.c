/* What has changed: each kind by an index of its times. */
#include "service/page/store_page.h"
#include "service/store/own.h"

#include <stdlib.h>

/* Columns alike: kind, time, device, id, event, rule, state, packets, bytes, label, score. */
static const char *const CHANGES[] = {
    "SELECT 0, heard_ms, device, 0, 0, NULL, 0, 0, 0, NULL, 0 FROM device WHERE heard_ms >= $1"
    " ORDER BY heard_ms LIMIT $2",
    "SELECT 1, shown_ms, device, id, 0, NULL, final, packets, bytes, label, score FROM picture"
    " WHERE shown_ms >= $1 ORDER BY shown_ms LIMIT $2",
    "SELECT 2, changed_ms, device, picture, event, rule, judged, 0, 0, label, score FROM alarm"
    " WHERE changed_ms >= $1 ORDER BY changed_ms LIMIT $2",
};

typedef struct reading {
    ln_changes *changes;
    size_t room;
    int failed;
} reading;

static int make_room(reading *r)
{
    if (r->changes->count < r->room)
        return 1;
    const size_t room = 2 * r->room + 64;
    ln_change *items = realloc(r->changes->items, room * sizeof *items);
    if (!items)
        return 0;
    r->changes->items = items;
    r->room = room;
    return 1;
}

static void take(void *context, const ln_db_value *values, size_t count)
{
    reading *r = context;
    (void)count;
    if (!make_room(r)) {
        r->failed = 1;
        return;
    }
    r->changes->items[r->changes->count++] = (ln_change){
        .what = (ln_changed)values[0].integer,
        .time_ms = (uint64_t)values[1].integer,
        .device = values[2].integer,
        .id = values[3].integer,
        .event = values[4].integer,
        .rule = ln_store_copy(&values[5], &r->failed),
        .state = (int)values[6].integer,
        .packets = (uint32_t)values[7].integer,
        .bytes = (uint32_t)values[8].integer,
        .label = ln_store_copy(&values[9], &r->failed),
        .score = (int)values[10].integer,
    };
}

ln_db_result ln_store_changes(ln_store *store, uint64_t since_ms, size_t most, ln_changes *changes,
                              ln_error *error)
{
    const ln_db_value values[] = {ln_db_integer((int64_t)since_ms), ln_db_integer((int64_t)most + 1)};
    reading r = {.changes = changes};
    ln_db_result result = LN_DB_DONE;
    *changes = (ln_changes){0};
    for (size_t i = 0; i < sizeof CHANGES / sizeof *CHANGES && result == LN_DB_DONE; i++) {
        const size_t before = changes->count;
        result = ln_db_run(store->db, CHANGES[i], values, 2, take, &r, NULL, error);
        changes->is_part |= changes->count - before > most;
    }
    if (result == LN_DB_DONE && r.failed) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    if (result != LN_DB_DONE)
        ln_changes_free(changes);
    return result;
}

void ln_changes_free(ln_changes *changes)
{
    for (size_t i = 0; i < changes->count; i++) {
        free(changes->items[i].rule);
        free(changes->items[i].label);
    }
    free(changes->items);
    *changes = (ln_changes){0};
}
