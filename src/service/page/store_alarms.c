/* Alarms, and what people say of them. */
#include "service/page/store_page.h"
#include "service/store/own.h"

#include <stdlib.h>

#define LIST(which)                                                                                          \
    "SELECT a.device, d.source, d.name, a.rule, a.event, a.picture, a.time_ms, a.label, a.score, a.judged,"  \
    " a.judged_by, a.judged_ms,"                                                                             \
    " (SELECT count(*) FROM picture p WHERE p.device = a.device AND p.id = a.picture)"                       \
    " FROM alarm a JOIN device d ON d.device = a.device WHERE " which                                        \
    " ORDER BY a.time_ms DESC, a.device DESC, a.event DESC, a.rule DESC"

static const char JUDGED[] =
    LIST("a.judged = $1 AND (a.time_ms, a.device, a.event, a.rule) < ($2, $3, $4, $5)") " LIMIT $6";
static const char OF_PICTURE[] = LIST("a.device = $1 AND a.picture = $2");

static const char JUDGE[] = "UPDATE alarm SET judged = $4, judged_by = $5, judged_ms = $6, changed_ms = $6"
                            " WHERE device = $1 AND rule = $2 AND event = $3";

typedef struct reading {
    ln_alarms *alarms;
    int failed;
} reading;

static void take(void *context, const ln_db_value *values, size_t count)
{
    reading *r = context;
    ln_listed_alarm *items = realloc(r->alarms->items, (r->alarms->count + 1) * sizeof *items);
    (void)count;
    if (!items) {
        r->failed = 1;
        return;
    }
    r->alarms->items = items;
    items[r->alarms->count++] = (ln_listed_alarm){
        .device = values[0].integer,
        .source = ln_store_copy(&values[1], &r->failed),
        .name = ln_store_copy(&values[2], &r->failed),
        .rule = ln_store_copy(&values[3], &r->failed),
        .event = values[4].integer,
        .picture = values[5].integer,
        .time_ms = (uint64_t)values[6].integer,
        .label = ln_store_copy(&values[7], &r->failed),
        .score = (int)values[8].integer,
        .judged = (ln_judged)values[9].integer,
        .by = ln_store_copy(&values[10], &r->failed),
        .judged_ms = (uint64_t)values[11].integer,
        .has_picture = values[12].integer > 0,
    };
}

static ln_db_result list(ln_store *store, const char *sql, const ln_db_value *values, size_t count,
                         ln_alarms *alarms, ln_error *error)
{
    reading r = {.alarms = alarms};
    *alarms = (ln_alarms){0};
    ln_db_result result = ln_db_run(store->db, sql, values, count, take, &r, NULL, error);
    if (result == LN_DB_DONE && r.failed) {
        ln_fail_memory(error);
        result = LN_DB_FAILED;
    }
    if (result != LN_DB_DONE)
        ln_alarms_free(alarms);
    return result;
}

ln_db_result ln_store_alarms(ln_store *store, ln_judged judged, const ln_listed_alarm *after, size_t most,
                             ln_alarms *alarms, ln_error *error)
{
    const ln_db_value values[] = {
        ln_db_integer(judged),
        ln_db_integer(after ? (int64_t)after->time_ms : INT64_MAX),
        ln_db_integer(after ? after->device : 0),
        ln_db_integer(after ? after->event : 0),
        ln_db_text(after ? after->rule : ""),
        ln_db_integer((int64_t)most),
    };
    return list(store, JUDGED, values, 6, alarms, error);
}

ln_db_result ln_store_alarms_of(ln_store *store, int64_t device, int64_t picture, ln_alarms *alarms,
                                ln_error *error)
{
    const ln_db_value values[] = {ln_db_integer(device), ln_db_integer(picture)};
    return list(store, OF_PICTURE, values, 2, alarms, error);
}

void ln_alarms_free(ln_alarms *alarms)
{
    for (size_t i = 0; i < alarms->count; i++) {
        ln_listed_alarm *a = &alarms->items[i];
        free(a->source);
        free(a->name);
        free(a->rule);
        free(a->label);
        free(a->by);
    }
    free(alarms->items);
    *alarms = (ln_alarms){0};
}

ln_db_result ln_store_judge(ln_store *store, int64_t device, const char *rule, int64_t event,
                            ln_judged judged, const char *by, uint64_t now_ms, int *found, ln_error *error)
{
    uint64_t changed = 0;
    ln_db_result result = ln_db_run(
        store->db, JUDGE,
        LN_DB_VALUES(ln_db_integer(device), ln_db_text(rule), ln_db_integer(event), ln_db_integer(judged),
                     ln_db_text(judged == LN_JUDGED_OPEN ? NULL : by), ln_db_integer((int64_t)now_ms)),
        NULL, NULL, &changed, error);
    *found = changed > 0;
    return result;
}
