/* Webhooks as their handlers see them, without a server: what web.py cannot ask for. */
#include "service/sources/webhook.h"
#include "support_store.h"

#include <semaphore.h>
#include <strings.h>

static const ln_webhook_source sources[] = {
    {{"sky", ln_event_sigfox, 0}, "sigfox", "secret"},
    {{"open", ln_event_sigfox, 0}, "sigfox", ""},
    {{"none", ln_event_sigfox, 0}, "sigfox", NULL},
};

static const char *shown; /* the header X-LimitNet-Secret */

static const char *header(void *context, const char *name)
{
    (void)context;
    return strcasecmp(name, "X-LimitNet-Secret") ? NULL : shown;
}

static int downlink(void *context, const char *source, const char *device, uint8_t bytes[LN_SIGFOX_DOWNLINK])
{
    assert_string_equal(source, "sky");
    assert_string_equal(device, "1a2b3c");
    memcpy(bytes, context, LN_SIGFOX_DOWNLINK);
    return 1;
}

/* A request that is held, as the server would. */
typedef struct held {
    ln_web_finish *finish;
    void *work;
    sem_t committed;
} held;

static void hold(void *context, ln_web_finish *finish, void *work)
{
    held *h = context;
    h->finish = finish;
    h->work = work;
}

static void go_on(void *context)
{
    sem_post(&((held *)context)->committed);
}

/* Answers at once, or when the event is committed. */
static ln_web_answer post(ln_webhooks *hooks, const char *path, const char *body)
{
    const ln_web_route route = {"POST", LN_WEBHOOK_PATH, ln_webhook_admit, ln_webhook_handle, hooks};
    held h = {0};
    const ln_web_request request = {"POST", path, header, &h,  (const uint8_t *)body, strlen(body), hold,
                                    go_on,  "",   "",     NULL};
    ln_web_answer answer = {.status = 200};
    sem_init(&h.committed, 0, 0);
    assert_int_equal(ln_web_answer_to(&route, 1, &request, 1, &answer), 1);
    if (h.finish) {
        sem_wait(&h.committed);
        h.finish(h.work, &answer);
    }
    sem_destroy(&h.committed);
    return answer;
}

static ln_intake *start_intake(void)
{
    ln_error error;
    ln_intake *intake;
    assert_int_equal(ln_intake_start(&intake, where, NULL, &error), LN_OK);
    return intake;
}

static void check(ln_webhooks *hooks, const char *path, const char *body, unsigned status, const char *text)
{
    ln_web_answer answer = post(hooks, path, body);
    assert_int_equal(answer.status, status);
    if (text)
        assert_string_equal(answer.body.bytes, text);
    free(answer.body.bytes);
}

static const char event[] = "{\"device\":\"1A2B3C\",\"time\":1774749599,\"data\":\"0102\",\"seqNumber\":7}";

/* An answer goes to the device whose frame it is, and to no garbage. */
static void sigfox_downlink(void **state)
{
    uint8_t bytes[] = {0x80, 1, 2, 3, 4, 5, 6, 0xff};
    (void)state;
    empty();
    ln_webhooks hooks = {sources, 3, start_intake(), NULL, bytes};
    shown = "secret";
    check(&hooks, "/hook/sky", event, 204, NULL);
    hooks.downlink = downlink;
    check(&hooks, "/hook/sky", event, 200, "{\"1a2b3c\":{\"downlinkData\":\"80010203040506ff\"}}");
    check(&hooks, "/hook/sky", "{}", 204, NULL);
    check(&hooks, "/hook/sky", "garbage", 204, NULL);
    ln_intake_stop(hooks.intake);
}

/* A source without a secret lets nobody in. */
static void no_secret(void **state)
{
    (void)state;
    empty();
    ln_webhooks hooks = {sources, 3, start_intake(), NULL, NULL};
    static const char *const all[] = {NULL, "", "secret", "secre", "secret ", "Secret"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        shown = all[i];
        check(&hooks, "/hook/open", event, 401, NULL);
        check(&hooks, "/hook/none", event, 401, NULL);
        check(&hooks, "/hook/sky", event, i == 2 ? 204 : 401, NULL);
    }
    ln_intake_stop(hooks.intake);
}

static void routes(void **state)
{
    (void)state;
    const ln_web_route table[] = {{"POST", "/a/", ln_webhook_admit, NULL, NULL},
                                  {"GET", "/a", NULL, NULL, NULL}};
    static const struct {
        const char *method, *path;
        unsigned status;
        const char *allow;
    } cases[] = {{"GET", "/a/b", 405, "POST"}, {"POST", "/a", 405, "GET"}, {"post", "/a/b", 405, "POST"},
                 {"GET", "/ab", 404, NULL},    {"GET", "/", 404, NULL},    {"GET", "", 404, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const ln_web_request request = {
            cases[i].method, cases[i].path, header, NULL, NULL, 0, NULL, NULL, "", "", NULL};
        ln_web_answer answer = {.status = 200};
        assert_int_equal(ln_web_answer_to(table, 2, &request, 1, &answer), 1);
        assert_int_equal(answer.status, cases[i].status);
        if (cases[i].allow)
            assert_string_equal(answer.allow, cases[i].allow);
        else
            assert_null(answer.allow);
        free(answer.body.bytes);
    }
    const ln_web_request head = {"HEAD", "/a", header, NULL, NULL, 0, NULL, NULL, "", "", NULL};
    ln_web_answer answer = {.status = 200};
    assert_int_equal(ln_web_answer_to(table, 2, &head, 0, &answer), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sigfox_downlink),
        cmocka_unit_test(no_secret),
        cmocka_unit_test(routes),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
