/* What waits. Each statement reads one index and no rows. */
#include "service/store/own.h"

static const char DEVICES[] = "SELECT count(*) FROM device WHERE due_ms <= $1";
static const char WAITING[] = "SELECT target, 0, count(*) FROM outbox WHERE done = 0 GROUP BY target";
static const char FAILED[] = "SELECT target, 2, count(*) FROM outbox WHERE done = 2 GROUP BY target";

static void take_target(void *counts, const ln_db_value *values, size_t count)
{
    ln_store_counts *c = counts;
    (void)count;
    if (c->outbox_count == LN_STORE_COUNTS || values[0].size > LN_STORE_TARGET)
        return;
    ln_outbox_count *to = &c->outbox[c->outbox_count++];
    memcpy(to->target, values[0].bytes, values[0].size);
    to->state = (ln_outbox_state)values[1].integer;
    to->entries = (uint64_t)values[2].integer;
}

ln_db_result ln_store_count(ln_store *store, uint64_t now_ms, ln_store_counts *counts, ln_error *error)
{
    int64_t devices = 0;
    *counts = (ln_store_counts){0};
    ln_db_result result = ln_db_run(store->db, DEVICES, LN_DB_VALUES(ln_db_integer((int64_t)now_ms)),
                                    ln_store_take_integer, &devices, NULL, error);
    if (result == LN_DB_DONE)
        result = ln_db_run(store->db, WAITING, NULL, 0, take_target, counts, NULL, error);
    if (result == LN_DB_DONE)
        result = ln_db_run(store->db, FAILED, NULL, 0, take_target, counts, NULL, error);
    counts->devices = (uint64_t)devices;
    return result;
}
