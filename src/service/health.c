#include "service/health.h"

#include "service/log.h"

#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

/* Only a file of SQLite has a disk that can be looked at from here. */
static void note_room(const ln_health *health)
{
    struct statvfs disk;
    if (strncmp(health->where, "postgresql://", 13) && !statvfs(health->where, &disk))
        ln_metrics_set(health->metrics, LN_METRIC_FREE, NULL, NULL,
                       (double)disk.f_bavail * (double)disk.f_frsize);
}

ln_db_result ln_health_look(ln_health *health, ln_error *error)
{
    uint64_t bytes = 0;
    ln_db_result result = LN_DB_DONE;
    if (!health->store)
        result = ln_store_open(&health->store, health->where, error);
    if (result == LN_DB_DONE)
        result = ln_store_size(health->store, &bytes, error);
    health->is_stored = result == LN_DB_DONE;
    if (result != LN_DB_DONE)
        return result;
    ln_metrics_set(health->metrics, LN_METRIC_STORE, NULL, NULL, (double)bytes);
    note_room(health);
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
