/* Requests as the HTTP server hands them to the routes: method, path, headers, body. They stand on lines:
 * method, path, the header Authorization, the header X-LimitNet-Secret, an empty one is none; then the body.
 *
 * Each gets exactly one answer, of those that web.h and source_webhook.h name; nobody is let in without the
 * secret; only what was let in reaches the store, which is a fake here that fails now and then. */
#include "fuzz.h"

#include "service/web/health.h"
#include "service/log.h"
#include "service/sources/webhook.h"

#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SECRET "secret"

/* ---- A store that is none -------------------------------------------------------------------- */

static unsigned stored;

/* The linker puts these in place of the store's own functions. */
ln_db_result __wrap_ln_store_open(ln_store **store, const char *where, ln_error *error);
ln_db_result __wrap_ln_store_add_sources(ln_store *store, const char *const *sources, const ln_uplink *frames,
                                         size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error);
ln_db_result __wrap_ln_store_check_room(ln_store *store, ln_error *error);
void __wrap_ln_store_close(ln_store *store);

ln_db_result __wrap_ln_store_open(ln_store **store, const char *where, ln_error *error)
{
    (void)where, (void)error;
    *store = malloc(1);
    return *store ? LN_DB_DONE : LN_DB_FAILED;
}

ln_db_result __wrap_ln_store_add_sources(ln_store *store, const char *const *sources, const ln_uplink *frames,
                                         size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error)
{
    (void)store, (void)sources, (void)now_ms, (void)error;
    REQUIRE(count == 1 && frames[0].size >= 1 && frames[0].size <= LN_MAX_PAYLOAD);
    stored++;
    is_new[0] = frames[0].payload[0] & 1;
    return frames[0].payload[0] & 2 ? LN_DB_AWAY : LN_DB_DONE;
}

ln_db_result __wrap_ln_store_check_room(ln_store *store, ln_error *error)
{
    (void)store, (void)error;
    return LN_DB_DONE;
}

void __wrap_ln_store_close(ln_store *store)
{
    free(store);
}

/* ---- A request ------------------------------------------------------------------------------- */

typedef struct headers {
    const char *authorization, *secret;
    ln_web_finish *finish; /* of a request that is held */
    void *work;
    sem_t may_go_on;
} headers;

static const char *header(void *context, const char *name)
{
    const headers *h = context;
    const char *value = !strcasecmp(name, "Authorization")       ? h->authorization
                        : !strcasecmp(name, "X-LimitNet-Secret") ? h->secret
                                                                 : NULL;
    return value && *value ? value : NULL;
}

static void hold(void *context, ln_web_finish *finish, void *work)
{
    headers *h = context;
    REQUIRE(!h->finish);
    h->finish = finish;
    h->work = work;
}

static void go_on(void *context)
{
    headers *h = context;
    sem_post(&h->may_go_on);
}

static char *take_line(fuzz_part *rest)
{
    const uint8_t *end = rest->size ? memchr(rest->bytes, '\n', rest->size) : NULL;
    fuzz_part line = {rest->bytes, end ? (size_t)(end - rest->bytes) : rest->size};
    size_t taken = line.size + (end ? 1 : 0);
    rest->bytes += taken;
    rest->size -= taken;
    return fuzz_text(line);
}

static int downlink(void *context, const char *source, const char *device, uint8_t bytes[LN_SIGFOX_DOWNLINK])
{
    (void)context, (void)bytes;
    REQUIRE(!strcmp(source, "c") && *device);
    memset(bytes, 7, LN_SIGFOX_DOWNLINK);
    return 1;
}

static void check_answer(const ln_web_answer *answer, const headers *h)
{
    static const unsigned known[] = {200, 204, 401, 404, 405, 503};
    int is_known = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        is_known |= answer->status == known[i];
    REQUIRE(is_known && !answer->body.failed);
    REQUIRE((answer->status == 405) == (answer->allow != NULL));
    REQUIRE((answer->status == 401) == (answer->authenticate != NULL));
    REQUIRE((answer->status == 204) == (answer->body.size == 0));
    REQUIRE(stored <= 1);
    /* Whoever is let in has shown the secret, which base64 hides. */
    if (stored)
        REQUIRE((h->secret && !strcmp(h->secret, SECRET)) || (h->authorization && *h->authorization));
}

/* One for all inputs, since it has threads. */
static ln_intake *intake_of_all(void)
{
    static ln_intake *intake;
    ln_error error;
    if (!intake)
        REQUIRE(ln_intake_start(&intake, "", NULL, &error) == LN_OK);
    return intake;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ln_webhook_source sources[] = {
        {{"a", ln_event_chirpstack_json, 10}, "chirpstack", SECRET},
        {{"b", ln_event_things_stack, 0}, "the-things-stack", SECRET},
        {{"c", ln_event_sigfox, 0}, "sigfox", SECRET},
        {{"d", ln_event_short_burst, 0}, "short-burst", SECRET},
    };
    ln_health health = {0};
    ln_webhooks hooks = {sources, 4, intake_of_all(), downlink, NULL};
    const ln_web_route routes[] = {{"GET", "/healthz", NULL, ln_health_live, &health},
                                   {"GET", "/readyz", NULL, ln_health_ready, &health},
                                   {"POST", LN_WEBHOOK_PATH, ln_webhook_admit, ln_webhook_handle, &hooks}};
    fuzz_part rest = {data, size};
    char *method = take_line(&rest), *path = take_line(&rest);
    char *authorization = take_line(&rest), *secret = take_line(&rest);
    uint8_t *body = fuzz_copy(rest.bytes, rest.size);
    headers h = {.authorization = authorization, .secret = secret};
    ln_web_request request = {method, path, header, &h, NULL, 0, hold, go_on, "", "", NULL};
    ln_web_answer answer = {.status = 200};
    stored = 0;
    sem_init(&h.may_go_on, 0, 0);
    ln_log_set(LN_LOG_ERROR);
    if (!ln_web_answer_to(routes, 3, &request, 0, &answer)) {
        REQUIRE(stored == 0 && answer.status == 200 && answer.body.size == 0 && !h.finish);
        request.body = body;
        request.size = rest.size;
        REQUIRE(ln_web_answer_to(routes, 3, &request, 1, &answer));
    }
    if (h.finish) {
        REQUIRE(answer.body.size == 0 && sem_wait(&h.may_go_on) == 0);
        h.finish(h.work, &answer);
    }
    check_answer(&answer, &h);
    free(answer.body.bytes);
    sem_destroy(&h.may_go_on);
    free(body);
    free(secret);
    free(authorization);
    free(path);
    free(method);
    return 0;
}
