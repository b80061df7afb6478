#include "service/sources/hints.h"

#include "service/log.h"
#include "service/store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_MS UINT64_C(86400000)
#define WAIT_MS 250     /* between looks: the windows of class A are open seconds after an uplink */
#define TROUBLE_MS 1000 /* the store cannot be used */
#define MOST_AT_ONCE 32 /* devices */

struct ln_hints {
    const ln_hints_config *config;
    pthread_mutex_t lock;
    ln_store *store; /* null: not open */
};

ln_hints *ln_hints_open(const ln_hints_config *config)
{
    ln_hints *hints = calloc(1, sizeof *hints);
    if (!hints)
        return NULL;
    hints->config = config;
    pthread_mutex_init(&hints->lock, NULL);
    return hints;
}

void ln_hints_close(ln_hints *hints)
{
    if (!hints)
        return;
    ln_store_close(hints->store);
    pthread_mutex_destroy(&hints->lock);
    free(hints);
}

/* ---- Taking ---------------------------------------------------------------------------------- */

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static ln_hint_limits limits_at(const ln_hints *h, uint64_t now_ms)
{
    return (ln_hint_limits){now_ms - LN_HINT_EXPIRY_MS, now_ms - DAY_MS / h->config->a_day};
}

static ln_db_result need_store(ln_hints *h, ln_error *error)
{
    return h->store ? LN_DB_DONE : ln_store_open(&h->store, h->config->store, error);
}

/* Takes a device's hint out of the store. `taken` becomes 0 if there is none. */
static ln_db_result take(ln_hints *h, int64_t device, char name[LN_DEVICE_NAME + 1],
                         uint8_t bytes[LN_FEEDBACK_BYTES], int *taken, ln_error *error)
{
    const uint64_t now_ms = clock_ms();
    const ln_hint_limits limits = limits_at(h, now_ms);
    uint32_t hint = 0;
    ln_db_result result = need_store(h, error);
    if (result == LN_DB_DONE)
        result = ln_store_take_hint(h->store, device, &limits, now_ms, name, &hint, error);
    bytes[0] = (uint8_t)(hint >> 16);
    bytes[1] = (uint8_t)(hint >> 8);
    bytes[2] = (uint8_t)hint;
    *taken = hint != 0;
    return result;
}

static void log_trouble(const ln_error *error)
{
    ln_log(LN_LOG_WARNING, "hints cannot be read from the store",
           LN_LOG_VALUES(LN_LOG_TEXT("why", error->text)));
}

/* ---- Through a broker ------------------------------------------------------------------------ */

static void send_bytes(const ln_hints *h, ln_serve *serve, const char *source, const char *device,
                       const uint8_t bytes[LN_FEEDBACK_BYTES])
{
    ln_error error = {0};
    if (ln_serve_send(serve, source, device, h->config->port, bytes, LN_FEEDBACK_BYTES, &error) != LN_OK)
        ln_log(LN_LOG_INFO, "a hint is not sent",
               LN_LOG_VALUES(LN_LOG_TEXT("source", source), LN_LOG_TEXT("why", error.text)));
    else
        ln_log(LN_LOG_DEBUG, "a hint is sent",
               LN_LOG_VALUES(LN_LOG_TEXT("source", source), LN_LOG_TEXT("device", device)));
}

static ln_db_result send_hint(ln_hints *h, ln_serve *serve, const char *source, int64_t device,
                              ln_error *error)
{
    char name[LN_DEVICE_NAME + 1];
    uint8_t bytes[LN_FEEDBACK_BYTES];
    int taken;
    ln_db_result result = take(h, device, name, bytes, &taken, error);
    if (taken)
        send_bytes(h, serve, source, name, bytes);
    return result;
}

static ln_db_result send_all(ln_hints *h, ln_serve *serve, const char *source, ln_error *error)
{
    int64_t devices[MOST_AT_ONCE];
    const ln_hint_limits limits = limits_at(h, clock_ms());
    size_t count = 0;
    ln_db_result result = need_store(h, error);
    if (result == LN_DB_DONE)
        result = ln_store_hints(h->store, source, &limits, devices, MOST_AT_ONCE, &count, error);
    for (size_t i = 0; i < count && result == LN_DB_DONE; i++)
        result = send_hint(h, serve, source, devices[i], error);
    return result;
}

ln_status ln_hints_run(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error)
{
    const ln_hints_config *config = context;
    ln_hints *h = ln_hints_open(config);
    if (!h)
        return ln_fail_memory(error);
    while (!*stop) {
        ln_db_result result = LN_DB_DONE;
        ln_error why = {0};
        for (size_t i = 0; i < config->source_count && result == LN_DB_DONE; i++)
            result = send_all(h, serve, config->sources[i], &why);
        if (result != LN_DB_DONE)
            log_trouble(&why);
        const long ms = result == LN_DB_DONE ? WAIT_MS : TROUBLE_MS;
        nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
    }
    ln_hints_close(h);
    return LN_OK;
}

/* ---- As an answer ---------------------------------------------------------------------------- */

int ln_hints_answer(void *context, const char *source, const char *device, uint8_t bytes[LN_SIGFOX_DOWNLINK])
{
    ln_hints *h = context;
    char name[LN_DEVICE_NAME + 1];
    ln_error error = {0};
    int taken;
    memset(bytes, 0, LN_SIGFOX_DOWNLINK);
    pthread_mutex_lock(&h->lock);
    ln_db_result result = take(h, ln_store_device(source, device), name, bytes, &taken, &error);
    pthread_mutex_unlock(&h->lock);
    if (result != LN_DB_DONE)
        log_trouble(&error);
    return taken;
}
