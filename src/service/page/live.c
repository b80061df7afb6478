#include "service/page/live.h"

#include "service/json.h"
#include "service/log.h"
#include "service/page/live_own.h"

#include <inttypes.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST 1000 /* changes of a kind since OVERLAP_MS; of more, viewers read their pages anew */
#define POLL_MS 1000

/* A change is in the store up to so long after its time: a worker takes the time at the begin of its work,
 * and clocks differ. */
#define OVERLAP_MS 60000

#define RELOAD_MS 5000 /* between two calls to read a page anew */

ln_live *ln_live_open(const char *store)
{
    ln_live *live = calloc(1, sizeof *live);
    if (!live)
        return NULL;
    live->where = store;
    live->birth = randombytes_random();
    pthread_mutex_init(&live->lock, NULL);
    return live;
}

void ln_live_close(ln_live *live)
{
    if (!live)
        return;
    for (size_t i = 0; i < LN_LIVE_EVENTS; i++)
        free(live->events[i]);
    ln_changes_free(&live->before);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

void ln_live_mark(ln_live *live, char mark[LN_LIVE_MARK])
{
    pthread_mutex_lock(&live->lock);
    snprintf(mark, LN_LIVE_MARK, "%08" PRIx32 "-%" PRIu64, live->birth, live->next);
    pthread_mutex_unlock(&live->lock);
}

/* ---- Events ---------------------------------------------------------------------------------- */

static json_t *json_of(const ln_change *c)
{
    char device[24];
    snprintf(device, sizeof device, "%" PRId64, c->device); /* more digits than a browser's numbers have */
    json_t *root = json_pack("{s:s}", "device", device);
    if (c->what == LN_CHANGED_CAMERA)
        return root;
    json_object_set_new(root, "id", json_integer(c->id));
    json_object_set_new(root, "score", json_integer(c->score));
    if (c->label)
        json_object_set_new(root, "label", json_string(c->label));
    if (c->what == LN_CHANGED_PICTURE) {
        json_object_set_new(root, "version", json_integer((json_int_t)c->time_ms));
        json_object_set_new(root, "packets", json_integer(c->packets));
        json_object_set_new(root, "bytes", json_integer(c->bytes));
        json_object_set_new(root, "final", json_boolean(c->state));
    } else {
        json_object_set_new(root, "rule", json_string(c->rule));
        json_object_set_new(root, "event", json_integer(c->event));
        json_object_set_new(root, "judged", json_integer(c->state));
    }
    return root;
}

/* Without data memory is short: viewers who would need the event are cut, and read anew. */
static void publish(ln_live *live, const char *name, const char *data)
{
    ln_text text = {.failed = !data};
    pthread_mutex_lock(&live->lock);
    ln_text_add(&text, "id: %08" PRIx32 "-%" PRIu64 "\nevent: %s\ndata: %s\n\n", live->birth, live->next + 1,
                name, data ? data : "");
    if (text.failed) {
        free(text.bytes);
        text.bytes = NULL;
    }
    char **place = &live->events[live->next++ % LN_LIVE_EVENTS];
    free(*place);
    *place = text.bytes;
    pthread_mutex_unlock(&live->lock);
}

static void publish_change(ln_live *live, const ln_change *c)
{
    static const char *const NAMES[] = {"camera", "picture", "alarm"};
    json_t *root = json_of(c);
    char *data = root ? json_dumps(root, JSON_COMPACT) : NULL;
    publish(live, NAMES[c->what], data);
    free(data);
    json_decref(root);
}

void ln_live_gone(ln_live *live, int64_t device, int64_t id)
{
    char data[80];
    snprintf(data, sizeof data, "{\"device\":\"%" PRId64 "\",\"id\":%" PRId64 "}", device, id);
    publish(live, "gone", data);
}

/* ---- Asking the store ------------------------------------------------------------------------ */

#define ORDER(x, y) ((x) < (y) ? -1 : (x) > (y))

static int compare(const void *a, const void *b)
{
    const ln_change *x = a, *y = b;
    int order = ORDER(x->what, y->what);
    order = order ? order : ORDER(x->time_ms, y->time_ms);
    order = order ? order : ORDER(x->device, y->device);
    order = order ? order : ORDER(x->id, y->id);
    order = order ? order : ORDER(x->event, y->event);
    return order || !x->rule || !y->rule ? order : strcmp(x->rule, y->rule);
}

static int was_there(const ln_live *live, const ln_change *c)
{
    return live->before.count && bsearch(c, live->before.items, live->before.count, sizeof *c, compare);
}

/* Too much happens to tell it one by one. */
static void publish_reload(ln_live *live, uint64_t now_ms)
{
    if (now_ms < live->reload_ms + RELOAD_MS)
        return;
    live->reload_ms = now_ms;
    publish(live, "reload", "{}");
}

static void take_changes(ln_live *live, ln_changes *now, uint64_t now_ms)
{
    if (now->count)
        qsort(now->items, now->count, sizeof *now->items, compare);
    if (now->is_part)
        publish_reload(live, now_ms);
    for (size_t i = 0; i < now->count && live->has_begun && !now->is_part; i++)
        if (!was_there(live, &now->items[i]))
            publish_change(live, &now->items[i]);
    ln_changes_free(&live->before);
    if (now->is_part)
        ln_changes_free(now); /* what was not told is told again, once it can be */
    live->before = *now;
    live->has_begun = 1;
}

static void ask(ln_live *live, ln_store **store)
{
    const uint64_t now_ms = ln_live_clock_ms(CLOCK_REALTIME);
    const uint64_t last_ms = live->asked_ms && live->asked_ms < now_ms ? live->asked_ms : now_ms;
    ln_changes now;
    ln_error error = {0};
    ln_db_result result = *store ? LN_DB_DONE : ln_store_open(store, live->where, &error);
    if (result == LN_DB_DONE)
        result = ln_store_changes(*store, last_ms - OVERLAP_MS, MOST, &now, &error);
    if (result == LN_DB_DONE) {
        live->asked_ms = now_ms;
        take_changes(live, &now, now_ms);
    } else {
        ln_log(LN_LOG_WARNING, "changes cannot be read from the store",
               LN_LOG_VALUES(LN_LOG_TEXT("why", error.text)));
    }
}

ln_status ln_live_run(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error)
{
    static const struct timespec PART = {0, POLL_MS / 4 * 1000000};
    ln_live *live = context;
    ln_store *store = NULL;
    (void)error;
    for (unsigned parts = 0; !*stop; parts++) {
        if (parts % 4 == 0) {
            ask(live, &store);
            ln_serve_wake(serve);
        }
        nanosleep(&PART, NULL);
    }
    ln_store_close(store);
    return LN_OK;
}
