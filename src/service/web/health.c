#include "service/web/health.h"

#include <time.h>

ln_db_result ln_health_look_at_disk(ln_health *health, ln_error *error)
{
    ln_room room = {0};
    if (!health->store) /* it is away, which is told already */
        return LN_DB_DONE;
    ln_db_result result = ln_store_room(health->store, &room, error);
    if (result != LN_DB_DONE || room.free == UINT64_MAX)
        return result;
    health->is_full = room.is_full;
    ln_metrics_set(health->metrics, LN_METRIC_FREE, NULL, NULL, (double)room.free);
    ln_metrics_set(health->metrics, LN_METRIC_FULL, NULL, NULL, room.is_full);
    return result;
}

static void note_counts(const ln_health *health, const ln_store_counts *counts)
{
    static const char *const states[] = {[LN_OUTBOX_WAITS] = "waiting", [LN_OUTBOX_FAILED] = "failed"};
    ln_metrics_set(health->metrics, LN_METRIC_WAITING, NULL, NULL, (double)counts->devices);
    ln_metrics_clear(health->metrics, LN_METRIC_OUTBOX);
    for (size_t i = 0; i < counts->outbox_count; i++)
        ln_metrics_set(health->metrics, LN_METRIC_OUTBOX, counts->outbox[i].target,
                       states[counts->outbox[i].state], (double)counts->outbox[i].entries);
}

/* What the store says of itself. */
static ln_db_result ask(ln_health *health, ln_error *error)
{
    ln_store_counts counts;
    uint64_t bytes;
    ln_db_result result = ln_store_size(health->store, &bytes, error);
    if (result == LN_DB_DONE)
        result = ln_store_count(health->store, (uint64_t)time(NULL) * 1000, &counts, error);
    if (result != LN_DB_DONE)
        return result;
    ln_metrics_set(health->metrics, LN_METRIC_STORE, NULL, NULL, (double)bytes);
    note_counts(health, &counts);
    return result;
}

ln_db_result ln_health_look(ln_health *health, ln_error *error)
{
    ln_db_result result = LN_DB_DONE;
    if (!health->store)
        result = ln_store_open(&health->store, health->where, error);
    if (result == LN_DB_DONE)
        result = ask(health, error);
    if (result == LN_DB_DONE)
        result = ln_health_look_at_disk(health, error);
    health->is_stored = result == LN_DB_DONE;
    return result;
}

void ln_health_live(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    (void)context, (void)request;
    ln_web_say(answer, 200, "alive");
}

void ln_health_ready(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    const ln_health *health = context;
    (void)request;
    if (health->is_ending)
        ln_web_say(answer, 503, "the service stops");
    else if (!health->is_stored)
        ln_web_say(answer, 503, "the store is away");
    else if (health->is_full)
        ln_web_say(answer, 503, "the disk is full");
    else
        ln_web_say(answer, 200, "ready");
}

void ln_health_metrics(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    const ln_health *health = context;
    (void)request;
    answer->type = "text/plain; version=0.0.4; charset=utf-8";
    ln_metrics_print(health->metrics, &answer->body);
}
