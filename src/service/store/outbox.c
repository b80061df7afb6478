/* What is to be delivered: at least once, and never by two at a time unless a lease was too short. */
#include "service/store/own.h"

#include <stdlib.h>

static const char DUE[] = "SELECT device, id FROM outbox WHERE done = 0 AND target = $1 AND due_ms <= $2"
                          " ORDER BY due_ms, device, id LIMIT $3";

#define CLAIM(skip)                                                                                          \
    "UPDATE outbox SET attempts = attempts + 1, due_ms = $3 WHERE device = $1 AND id ="                      \
    " (SELECT id FROM outbox WHERE device = $1 AND id = $2 AND done = 0 AND due_ms <= $4" skip ")"           \
    " RETURNING device, id, target, body, picture, attempts"

static const char DELIVERED[] = "UPDATE outbox SET done = 1, problem = NULL"
                                " WHERE device = $1 AND id = $2 AND done = 0";

/* The number of attempts is the proof that nobody has taken the entry since. */
#define STILL_OURS " WHERE device = $1 AND id = $2 AND attempts = $3 AND done = 0"
static const char AGAIN[] = "UPDATE outbox SET problem = $4, due_ms = $5" STILL_OURS;
static const char FAILED[] = "UPDATE outbox SET problem = $4, done = 2" STILL_OURS;

typedef struct claimed {
    ln_outbox_row *entry;
    int failed;
} claimed;

static void take_entry(void *context, const ln_db_value *values, size_t count)
{
    claimed *c = context;
    (void)count;
    *c->entry = (ln_outbox_row){
        .device = values[0].integer,
        .id = values[1].integer,
        .target = ln_store_copy(&values[2], &c->failed),
        .body = ln_store_copy(&values[3], &c->failed),
        .picture = values[4].integer,
        .attempts = (unsigned)values[5].integer,
    };
}

ln_db_result ln_store_next(ln_store *store, const char *target, uint64_t now_ms, uint64_t lease_ms,
                           ln_outbox_row *entry, ln_error *error)
{
    const char *sql = ln_db_kind_of(store->db) == LN_DB_SQLITE ? CLAIM("") : CLAIM(LN_STORE_SKIP);
    const ln_db_value now = ln_db_integer((int64_t)now_ms), end = ln_db_integer((int64_t)(now_ms + lease_ms));
    ln_store_key keys[LN_STORE_CANDIDATES];
    ln_store_keys due = {keys, 0, LN_STORE_CANDIDATES};
    claimed c = {.entry = entry};
    *entry = (ln_outbox_row){0};
    ln_db_result result =
        ln_db_run(store->db, DUE, LN_DB_VALUES(ln_db_text(target), now, ln_db_integer(LN_STORE_CANDIDATES)),
                  ln_store_take_key, &due, NULL, error);
    for (size_t i = 0; i < due.count && result == LN_DB_DONE && entry->id == 0; i++)
        result = ln_db_run(store->db, sql,
                           LN_DB_VALUES(ln_db_integer(keys[i].device), ln_db_integer(keys[i].id), end, now),
                           take_entry, &c, NULL, error);
    if (result == LN_DB_DONE && c.failed) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    if (result != LN_DB_DONE)
        ln_outbox_free(entry);
    return result;
}

void ln_outbox_free(ln_outbox_row *entry)
{
    free(entry->target);
    free(entry->body);
    *entry = (ln_outbox_row){0};
}

ln_db_result ln_store_delivered(ln_store *store, const ln_outbox_row *entry, const char *problem,
                                uint64_t again_ms, ln_error *error)
{
    const ln_db_value values[] = {ln_db_integer(entry->device), ln_db_integer(entry->id),
                                  ln_db_integer(entry->attempts), ln_db_text(problem),
                                  ln_db_integer((int64_t)again_ms)};
    const char *sql = !problem ? DELIVERED : again_ms == UINT64_MAX ? FAILED : AGAIN;
    return ln_db_run(store->db, sql, values,
                     sql == DELIVERED ? 2
                     : sql == FAILED  ? 4
                                      : 5,
                     NULL, NULL, NULL, error);
}
