#include "service/deliver/outbox.h"

#include "service/deliver/deliver.h"
#include "service/pictures/gallery.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* How long to wait, milliseconds: when nothing is due, and when the store cannot be used. Entries whose
 * target is gone are in no hurry. */
#define IDLE_WAIT 250
#define TROUBLE_WAIT 1000
#define GONE_WAIT 5000

typedef struct outbox {
    const ln_service_settings *settings;
    ln_metrics *metrics;
    const atomic_int *stop;
    atomic_int has_failed; /* 1: a thread could not be started, so the others end */
    ln_gallery *gallery;
} outbox;

/* A target with its thread, and the thread that has all entries without a target. */
typedef struct lane {
    outbox *outbox;
    const ln_target *target;
    ln_store *store; /* null: not open */
    pthread_t thread;
} lane;

static uint64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static int goes_on(const outbox *o)
{
    return !atomic_load(o->stop) && !atomic_load(&o->has_failed);
}

/* In steps, so that it ends soon if it must. */
static void wait_ms(const outbox *o, unsigned ms)
{
    for (unsigned waited = 0; waited < ms && goes_on(o); waited += IDLE_WAIT)
        nanosleep(&(struct timespec){0, IDLE_WAIT * 1000000L}, NULL);
}

/* The store cannot be used now. */
static void wait_for_store(const outbox *o, ln_db_result result, const ln_error *error)
{
    if (result != LN_DB_BUSY)
        ln_log(LN_LOG_ERROR, "the outbox cannot use the store",
               LN_LOG_VALUES(LN_LOG_TEXT("why", error->text)));
    wait_ms(o, TROUBLE_WAIT);
}

/* ---- An entry -------------------------------------------------------------------------------- */

/* Says what became of an entry, if need be again and again: otherwise it is delivered once more. */
static void note(const lane *l, const ln_outbox_row *entry, const char *problem, uint64_t again_ms)
{
    const uint64_t end_ms = clock_ms() + LN_OUTBOX_LEASE_MS;
    ln_error error = {0};
    ln_db_result result;
    while ((result = ln_store_delivered(l->store, entry, problem, again_ms, &error)) != LN_DB_DONE) {
        wait_for_store(l->outbox, result, &error);
        if (!goes_on(l->outbox) || clock_ms() > end_ms)
            return;
    }
}

/* Shows the picture of an entry. Whatever is wrong with it, the alarm goes out; only a store that cannot be
 * used now, which is returned, is waited for. */
static ln_db_result take_picture(const lane *l, const ln_outbox_row *entry, uint8_t **png, size_t *size,
                                 ln_error *error)
{
    ln_kept kept;
    ln_db_result result = ln_store_picture(l->store, entry->device, entry->picture, &kept, error);
    if (result != LN_DB_DONE && result != LN_DB_FAILED)
        return result;
    if (result == LN_DB_DONE && !kept.picture.row.id)
        ln_fail(error, LN_ERR_IO, "it is not in the store any more");
    if (!kept.picture.row.id || ln_gallery_show(l->outbox->gallery, &kept, 0, png, size, error) != LN_OK)
        ln_log(LN_LOG_WARNING, "an alarm goes out without its picture",
               LN_LOG_VALUES(LN_LOG_TEXT("target", l->target->name), LN_LOG_TEXT("why", error->text)));
    ln_kept_free(&kept);
    return LN_DB_DONE;
}

static void tell(const lane *l, const ln_outbox_row *entry, const ln_delivery *delivery)
{
    static const char *const outcomes[] = {
        [LN_DELIVERED] = "delivered", [LN_DELIVER_AGAIN] = "again", [LN_DELIVER_NEVER] = "never"};
    ln_metrics_add(l->outbox->metrics, LN_METRIC_DELIVERED, l->target->name, outcomes[delivery->fate], 1);
    if (delivery->fate == LN_DELIVER_AGAIN)
        ln_log(LN_LOG_WARNING, "an alarm is delivered later",
               LN_LOG_VALUES(LN_LOG_TEXT("target", l->target->name), LN_LOG_TEXT("why", delivery->why),
                             LN_LOG_NUMBER("attempts", entry->attempts)));
    if (delivery->fate == LN_DELIVER_NEVER)
        ln_log(LN_LOG_ERROR, "an alarm cannot be delivered",
               LN_LOG_VALUES(LN_LOG_TEXT("target", l->target->name), LN_LOG_TEXT("why", delivery->why)));
}

static ln_db_result deliver(const lane *l, const ln_outbox_row *entry, ln_error *error)
{
    uint8_t *png = NULL;
    size_t size = 0;
    ln_db_result result = LN_DB_DONE;
    if (l->target->picture && entry->picture)
        result = take_picture(l, entry, &png, &size, error);
    if (result != LN_DB_DONE)
        return result;
    const ln_delivery delivery = ln_deliver(l->target, entry, png, size);
    free(png);
    tell(l, entry, &delivery);
    note(l, entry, delivery.fate == LN_DELIVERED ? NULL : delivery.why,
         delivery.fate == LN_DELIVER_NEVER ? UINT64_MAX : clock_ms() + delivery.wait_ms);
    return LN_DB_DONE;
}

/* ---- A target -------------------------------------------------------------------------------- */

/* Takes an entry and delivers it. */
static ln_db_result step(lane *l, int *found, ln_error *error)
{
    ln_outbox_row entry = {0};
    ln_db_result result = LN_DB_DONE;
    if (!l->store)
        result = ln_store_open(&l->store, l->outbox->settings->store, error);
    if (result == LN_DB_DONE)
        result = ln_store_next(l->store, l->target->name, clock_ms(), LN_OUTBOX_LEASE_MS, &entry, error);
    *found = entry.id != 0;
    if (*found)
        result = deliver(l, &entry, error);
    ln_outbox_free(&entry);
    return result;
}

static void *run_target(void *context)
{
    lane *l = context;
    while (goes_on(l->outbox)) {
        ln_error error = {0};
        int found;
        ln_db_result result = step(l, &found, &error);
        if (result != LN_DB_DONE)
            wait_for_store(l->outbox, result, &error);
        else if (!found)
            wait_ms(l->outbox, IDLE_WAIT);
    }
    ln_store_close(l->store);
    return NULL;
}

/* ---- Targets that are gone -------------------------------------------------------------------- */

static ln_db_result give_up(const lane *l, const char *target, ln_error *error)
{
    static const char why[] = "the settings have no target of this name";
    ln_outbox_row entry;
    ln_db_result result;
    while ((result = ln_store_next(l->store, target, clock_ms() - LN_OUTBOX_GONE_MS, LN_OUTBOX_LEASE_MS,
                                   &entry, error)) == LN_DB_DONE &&
           entry.id && goes_on(l->outbox)) {
        ln_log(LN_LOG_ERROR, "an alarm cannot be delivered",
               LN_LOG_VALUES(LN_LOG_TEXT("target", target), LN_LOG_TEXT("why", why)));
        note(l, &entry, why, UINT64_MAX);
        ln_outbox_free(&entry);
    }
    ln_outbox_free(&entry);
    return result;
}

static ln_db_result give_up_all(lane *l, ln_error *error)
{
    const ln_service_settings *settings = l->outbox->settings;
    ln_store_counts counts = {0};
    ln_db_result result = LN_DB_DONE;
    if (!l->store)
        result = ln_store_open(&l->store, settings->store, error);
    if (result == LN_DB_DONE)
        result = ln_store_count(l->store, clock_ms(), &counts, error);
    for (size_t i = 0; i < counts.outbox_count && result == LN_DB_DONE; i++)
        if (counts.outbox[i].state == LN_OUTBOX_WAITS &&
            !ln_service_settings_target(settings, counts.outbox[i].target))
            result = give_up(l, counts.outbox[i].target, error);
    return result;
}

static void run_gone(lane *l)
{
    while (goes_on(l->outbox)) {
        ln_error error = {0};
        ln_db_result result = give_up_all(l, &error);
        if (result != LN_DB_DONE)
            wait_for_store(l->outbox, result, &error);
        wait_ms(l->outbox, GONE_WAIT);
    }
    ln_store_close(l->store);
}

/* ---- All ------------------------------------------------------------------------------------- */

static ln_status run(outbox *o, lane *lanes, ln_error *error)
{
    const size_t targets = o->settings->target_count;
    ln_status status = LN_OK;
    size_t started = 0;
    for (; started < targets && status == LN_OK; started++) {
        lanes[started] = (lane){.outbox = o, .target = &o->settings->targets[started]};
        int cause = pthread_create(&lanes[started].thread, NULL, run_target, &lanes[started]);
        if (cause) {
            status = ln_fail_system(error, "limitnet serve", "a thread cannot be started", cause);
            break;
        }
    }
    lanes[targets] = (lane){.outbox = o};
    o->has_failed = status != LN_OK;
    run_gone(&lanes[targets]);
    for (size_t i = 0; i < started; i++)
        pthread_join(lanes[i].thread, NULL);
    return status;
}

ln_status ln_outbox_run(const ln_service_settings *settings, ln_metrics *metrics, const atomic_int *stop,
                        ln_error *error)
{
    outbox o = {.settings = settings, .metrics = metrics, .stop = stop};
    lane *lanes = calloc(settings->target_count + 1, sizeof *lanes);
    o.gallery = ln_gallery_open(settings);
    ln_status status = lanes && o.gallery ? run(&o, lanes, error) : ln_fail_memory(error);
    ln_gallery_close(o.gallery);
    free(lanes);
    return status;
}
