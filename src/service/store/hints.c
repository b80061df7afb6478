/* Hints for cameras. A worker finds one out and leaves it in the device's row; whoever has the way to the
 * device takes it out before it is sent, so that no hint is sent twice. */
#include "service/store/own.h"

#define MAY_GO "hint <> 0 AND hint_ms >= $2 AND told_ms <= $3"

static const char COUNTERS[] = "SELECT counter_bits, counter FROM frame"
                               " WHERE device = $1 AND id > $2 AND id <= $3 AND counter_bits > 0 ORDER BY id";

static const char WAITING[] =
    "SELECT device FROM device WHERE source = $1 AND " MAY_GO " ORDER BY hint_ms LIMIT $4";

/* In SQLite even an update that changes nothing waits for the write lock; most devices have no hint. */
static const char HAS[] = "SELECT 1 FROM device WHERE device = $1 AND " MAY_GO;

static const char TAKE[] =
    "UPDATE device SET told = hint, told_ms = $4, hint = 0 WHERE device = $1 AND " MAY_GO
    " RETURNING told, name";

/* ---- Loss ------------------------------------------------------------------------------------ */

typedef struct counters {
    ln_counter_row *rows;
    size_t count;
} counters;

static void take_counter(void *context, const ln_db_value *values, size_t count)
{
    counters *c = context;
    (void)count;
    c->rows[c->count++] = (ln_counter_row){(unsigned)values[0].integer, (uint32_t)values[1].integer};
}

ln_db_result ln_store_counters(ln_store *store, int64_t device, int64_t newest, ln_counter_row *rows,
                               size_t most, size_t *count, ln_error *error)
{
    counters c = {rows, 0};
    ln_db_result result = ln_db_run(
        store->db, COUNTERS,
        LN_DB_VALUES(ln_db_integer(device), ln_db_integer(newest - (int64_t)most), ln_db_integer(newest)),
        take_counter, &c, NULL, error);
    *count = c.count;
    return result;
}

/* ---- Hints ----------------------------------------------------------------------------------- */

ln_db_result ln_store_hints(ln_store *store, const char *source, const ln_hint_limits *limits,
                            int64_t *devices, size_t most, size_t *count, ln_error *error)
{
    ln_store_key keys[LN_STORE_CANDIDATES];
    ln_store_keys found = {keys, 0, most < LN_STORE_CANDIDATES ? most : LN_STORE_CANDIDATES};
    ln_db_result result = ln_db_run(store->db, WAITING,
                                    LN_DB_VALUES(ln_db_text(source), ln_db_integer((int64_t)limits->from_ms),
                                                 ln_db_integer((int64_t)limits->told_by_ms),
                                                 ln_db_integer((int64_t)found.room)),
                                    ln_store_take_key, &found, NULL, error);
    for (size_t i = 0; i < found.count; i++)
        devices[i] = keys[i].device;
    *count = found.count;
    return result;
}

typedef struct taken {
    char *name;
    uint32_t hint;
} taken;

static void take_hint(void *context, const ln_db_value *values, size_t count)
{
    taken *t = context;
    (void)count;
    t->hint = (uint32_t)values[0].integer;
    memcpy(t->name, values[1].bytes, values[1].size < LN_DEVICE_NAME ? values[1].size : LN_DEVICE_NAME);
}

ln_db_result ln_store_take_hint(ln_store *store, int64_t device, const ln_hint_limits *limits,
                                uint64_t now_ms, char name[LN_DEVICE_NAME + 1], uint32_t *hint,
                                ln_error *error)
{
    const ln_db_value key[] = {ln_db_integer(device), ln_db_integer((int64_t)limits->from_ms),
                               ln_db_integer((int64_t)limits->told_by_ms), ln_db_integer((int64_t)now_ms)};
    taken t = {name, 0};
    int64_t has = 0;
    memset(name, 0, LN_DEVICE_NAME + 1);
    ln_db_result result = ln_db_run(store->db, HAS, key, 3, ln_store_take_integer, &has, NULL, error);
    if (result == LN_DB_DONE && has)
        result = ln_db_run(store->db, TAKE, key, 4, take_hint, &t, NULL, error);
    *hint = result == LN_DB_DONE ? t.hint : 0;
    return result;
}
