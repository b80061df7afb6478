#include "service/export/store_export.h"

#include "service/store/own.h"

#include <stdlib.h>

/* Goes along the primary key, so that a large store is read once, whatever comes and goes meanwhile. */
static const char NEXT[] =
    "SELECT d.source, d.name, p.device, p.id, p.first_ms, p.last_ms, p.packets, p.bytes, p.final, p.answer,"
    " p.label, p.score, p.seen, p.people, p.evidence FROM picture p JOIN device d ON d.device = p.device"
    " WHERE (p.device, p.id) > ($1, $2) AND d.source = coalesce($3, d.source)"
    " AND p.device = coalesce($4, p.device) AND coalesce(p.label, '') = coalesce($5, p.label, '')"
    " AND p.first_ms >= $6 AND p.first_ms < $7 AND p.last_ms >= $9 AND p.last_ms <= $10 AND p.score >= $11"
    " AND ($12 = '' OR lower(p.label) LIKE lower($12) ESCAPE '\\') AND ($13 = 0 OR p.evidence = 1)"
    " ORDER BY p.device, p.id LIMIT $8";

static const char ALARMS[] = "SELECT rule, label, time_ms, score, judged FROM alarm"
                             " WHERE device = $1 AND picture = $2 ORDER BY time_ms, rule";

typedef struct reading {
    void *rows;
    int failed; /* 1: memory was short */
} reading;

static void take(void *context, const ln_db_value *v, size_t count)
{
    reading *r = context;
    ln_export_part *part = r->rows;
    ln_exported *p = &part->pictures[part->count];
    (void)count;
    if (part->count == LN_EXPORT_PART)
        return;
    *p = (ln_exported){.source = ln_store_copy(&v[0], &r->failed),
                       .device = ln_store_copy(&v[1], &r->failed),
                       .key = v[2].integer,
                       .answer = ln_store_copy(&v[9], &r->failed),
                       .label = ln_store_copy(&v[10], &r->failed),
                       .evidence = (int)v[14].integer};
    p->row = (ln_picture_row){.id = v[3].integer,
                              .first_ms = (uint64_t)v[4].integer,
                              .last_ms = (uint64_t)v[5].integer,
                              .packets = (uint32_t)v[6].integer,
                              .bytes = (uint32_t)v[7].integer,
                              .final = (int)v[8].integer,
                              .answer = p->answer,
                              .label = p->label,
                              .score = (int)v[11].integer,
                              .seen = (uint32_t)v[12].integer,
                              .people = (int)v[13].integer};
    part->count++;
}

static ln_db_result check_memory(ln_db_result result, int failed, ln_error *error)
{
    if (result != LN_DB_DONE || !failed)
        return result;
    ln_fail_memory(error);
    return LN_DB_FAILED;
}

ln_db_result ln_store_export(ln_store *store, const ln_export_filter *filter, int64_t device, int64_t id,
                             ln_export_part *part, ln_error *error)
{
    static const ln_search any;
    const ln_search *search = filter->search ? filter->search : &any;
    char *pattern = ln_store_pattern(search->label);
    *part = (ln_export_part){calloc(LN_EXPORT_PART, sizeof *part->pictures), 0};
    reading r = {part, !part->pictures || !pattern};
    ln_db_result result = LN_DB_DONE;
    const ln_db_value which =
        filter->device ? ln_db_integer(ln_store_device(filter->source, filter->device)) : (ln_db_value){0};
    if (!r.failed)
        result =
            ln_db_run(store->db, NEXT,
                      LN_DB_VALUES(ln_db_integer(device), ln_db_integer(id), ln_db_text(filter->source),
                                   which, ln_db_text(filter->label), ln_db_integer((int64_t)filter->from_ms),
                                   ln_db_integer(filter->to_ms ? (int64_t)filter->to_ms : INT64_MAX),
                                   ln_db_integer(LN_EXPORT_PART), ln_db_integer((int64_t)search->from_ms),
                                   ln_db_integer(search->to_ms ? (int64_t)search->to_ms : INT64_MAX),
                                   ln_db_integer(search->score), ln_db_text(pattern),
                                   ln_db_integer(search->only_alarms)),
                      take, &r, NULL, error);
    free(pattern);
    result = check_memory(result, r.failed, error);
    if (result != LN_DB_DONE)
        ln_export_part_free(part);
    return result;
}

void ln_export_part_free(ln_export_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        free(part->pictures[i].source);
        free(part->pictures[i].device);
        free(part->pictures[i].answer);
        free(part->pictures[i].label);
    }
    free(part->pictures);
    *part = (ln_export_part){0};
}

static void take_alarm(void *context, const ln_db_value *v, size_t count)
{
    reading *r = context;
    ln_exported_alarms *all = r->rows;
    ln_exported_alarm *alarms = realloc(all->alarms, (all->count + 1) * sizeof *alarms);
    (void)count;
    if (!alarms) {
        r->failed = 1;
        return;
    }
    all->alarms = alarms;
    alarms[all->count++] =
        (ln_exported_alarm){ln_store_copy(&v[0], &r->failed), ln_store_copy(&v[1], &r->failed),
                            (uint64_t)v[2].integer, (int)v[3].integer, (ln_judged)v[4].integer};
}

ln_db_result ln_store_export_alarms(ln_store *store, int64_t device, int64_t picture,
                                    ln_exported_alarms *alarms, ln_error *error)
{
    reading r = {alarms, 0};
    *alarms = (ln_exported_alarms){0};
    ln_db_result result =
        ln_db_run(store->db, ALARMS, LN_DB_VALUES(ln_db_integer(device), ln_db_integer(picture)), take_alarm,
                  &r, NULL, error);
    result = check_memory(result, r.failed, error);
    if (result != LN_DB_DONE)
        ln_exported_alarms_free(alarms);
    return result;
}

void ln_exported_alarms_free(ln_exported_alarms *alarms)
{
    for (size_t i = 0; i < alarms->count; i++) {
        free(alarms->alarms[i].rule);
        free(alarms->alarms[i].label);
    }
    free(alarms->alarms);
    *alarms = (ln_exported_alarms){0};
}
