/* The outbox that delivers, to web servers that this program starts. Runs against SQLite, and against
 * PostgreSQL (postgres.sh).
 *
 * As `test_outbox kill WHERE FOLDER URL` it is a process that dies between a delivery and its note. */
#include "service/support_store.h"

#include "cloud/support_truth.h"
#include "service/deliver/outbox.h"
#include "service/pictures/render.h"
#include "service/web/web.h"

#include <limitnet/device.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define MOST 64
#define BODY "{\"rule\": \"fox\", \"text\": \"fox: a sees red fox (87 %)\"}"

static ln_bundle bundle;
static char model_folder[600];

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wait_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

#define WAIT_FOR(condition)                                                                                  \
    do                                                                                                       \
        for (unsigned waited = 0; !(condition); waited += 20) {                                              \
            if (waited > 60000)                                                                              \
                fail_msg("still not so: %s", #condition);                                                    \
            wait_ms(20);                                                                                     \
        }                                                                                                    \
    while (0)

/* ---- The process that dies -------------------------------------------------------------------- */

static int is_to_die;

/* The linker puts this in place of the store's own function. */
ln_db_result __real_ln_store_delivered(ln_store *store, const ln_outbox_row *entry, const char *problem,
                                       uint64_t again_ms, ln_error *error);
ln_db_result __wrap_ln_store_delivered(ln_store *store, const ln_outbox_row *entry, const char *problem,
                                       uint64_t again_ms, ln_error *error);

ln_db_result __wrap_ln_store_delivered(ln_store *store, const ln_outbox_row *entry, const char *problem,
                                       uint64_t again_ms, ln_error *error)
{
    if (is_to_die)
        raise(SIGKILL);
    return __real_ln_store_delivered(store, entry, problem, again_ms, error);
}

static int die(char **arguments)
{
    static atomic_int stop;
    ln_target target = {.name = "web", .kind = LN_TARGET_WEBHOOK, .url = arguments[2]};
    const ln_service_settings settings = {
        .store = arguments[1], .model = "none", .targets = &target, .target_count = 1};
    is_to_die = 1;
    return (int)ln_outbox_run(&settings, NULL, &stop, NULL);
}

/* ---- Receivers -------------------------------------------------------------------------------- */

typedef struct receiver {
    ln_web *web;
    ln_web_route route;
    ln_web_config config;
    char url[64];
    atomic_uint status, delay_ms, begun, count;
    char ids[MOST][64];
    char body[LN_WEB_BODY + 1]; /* of the last */
} receiver;

static receiver web, mail;

static void take_alarm(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    receiver *r = context;
    const char *id = request->header(request->context, "Idempotency-Key");
    r->begun++;
    wait_ms(r->delay_ms);
    snprintf(r->ids[r->count % MOST], sizeof r->ids[0], "%s", id ? id : "");
    memcpy(r->body, request->body, request->size);
    r->body[request->size] = 0;
    ln_web_say(answer, r->status, "taken");
    r->count++;
}

static void start_receiver(receiver *r)
{
    memset(r, 0, sizeof *r);
    r->status = 200;
    r->route = (ln_web_route){"POST", "/alarms", NULL, take_alarm, r};
    r->config = (ln_web_config){"127.0.0.1", 0, &r->route, 1, NULL};
    assert_int_equal(ln_web_start(&r->web, &r->config, NULL), LN_OK);
    snprintf(r->url, sizeof r->url, "http://127.0.0.1:%u/alarms", ln_web_port(r->web));
}

static ln_target targets[2];
static ln_service_settings settings;

static void begin(void)
{
    empty();
    start_receiver(&web);
    start_receiver(&mail);
    targets[0] = (ln_target){.name = "web", .kind = LN_TARGET_WEBHOOK, .picture = 1, .url = web.url};
    targets[1] = (ln_target){.name = "mail", .kind = LN_TARGET_WEBHOOK, .url = mail.url};
    settings =
        (ln_service_settings){.store = where, .model = model_folder, .targets = targets, .target_count = 2};
}

static void end(void)
{
    ln_web_stop(web.web);
    ln_web_stop(mail.web);
}

/* ---- Alarms ----------------------------------------------------------------------------------- */

/* An alarm of a device for these targets. With `checksum`, it is for a picture that was sent with that
 * model. */
static void raise_alarm(const char *device, const char *const *to, size_t count, uint32_t checksum)
{
    static int64_t event;
    ln_store *store = open_store();
    const uint64_t now = clock_ms();
    ln_work work = take(store, now);
    if (!work.device) {
        add(store, device, "s", (long)++event, "x", now);
        work = take(store, now);
    }
    const int64_t first = work.frames[0].id;
    int64_t *of = calloc(work.count, sizeof *of);
    for (size_t i = 0; i < work.count; i++)
        of[i] = first;
    const ln_picture_row row = {.id = first, .first_ms = now, .last_ms = now, .final = 1, .model = checksum};
    const ln_alarm_row alarm = {"fox", ++event, checksum ? first : 0, now, NULL, 0, BODY, to, count};
    const ln_found found = {&row, checksum != 0, checksum ? of : NULL, &alarm, 1, NULL, 0};
    assert_done(ln_store_finish(store, &work, &found, now, NULL, &error));
    free(of);
    ln_work_free(&work);
    ln_store_close(store);
}

/* A picture of a real camera, and an alarm for it. */
static void raise_with_picture(const char *device, uint32_t checksum)
{
    static const char *const to[] = {"web"};
    const size_t size = ln_camera_size(&bundle.model, ln_all_kernels);
    void *memory = malloc(size);
    uint64_t seed = 3;
    truth t = {0};
    ln_camera *camera;
    ln_store *store = open_store();
    assert_int_equal(ln_camera_init(&camera, &bundle.model, ln_all_kernels, memory, size), LN_OK);
    truth_take(&t, camera, &bundle.model, 1, &seed);
    free(t.value);
    for (unsigned i = 0; i < 4; i++) {
        ln_uplink frame = frame_of(device, "s", (long)i, "");
        uint8_t is_new;
        assert_int_equal(ln_camera_next(camera, 51, frame.payload, &frame.size), LN_OK);
        assert_done(ln_store_add(store, "net", &frame, 1, clock_ms(), &is_new, &error));
    }
    ln_store_close(store);
    free(memory);
    raise_alarm(device, to, 1, checksum);
}

static void raise_for(const char *device, const char *target)
{
    raise_alarm(device, &target, 1, 0);
}

/* ---- The outbox ------------------------------------------------------------------------------- */

static atomic_int stop;
static pthread_t thread;
static ln_metrics *metrics;

static void *run(void *unused)
{
    ln_error error = {0};
    (void)unused;
    if (ln_outbox_run(&settings, metrics, &stop, &error) != LN_OK)
        fprintf(stderr, "outbox: %s\n", error.text);
    return NULL;
}

static void start(void)
{
    stop = 0;
    metrics = ln_metrics_new();
    assert_int_equal(pthread_create(&thread, NULL, run, NULL), 0);
}

static void finish(void)
{
    stop = 1;
    pthread_join(thread, NULL);
    ln_metrics_free(metrics);
}

static double metric(const char *series)
{
    ln_text text = {0};
    ln_metrics_print(metrics, &text);
    const char *at = strstr(text.bytes, series);
    const double value = at ? atof(at + strlen(series)) : 0;
    free(text.bytes);
    return value;
}

/* ---- Tests ------------------------------------------------------------------------------------ */

static void each_outcome_is_noted(void **state)
{
    (void)state;
    begin();
    web.status = 404;
    mail.status = 503;
    raise_alarm("a", (const char *const[]){"web", "mail"}, 2, 0);
    start();
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE problem IS NOT NULL") == 2);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE target = 'web' AND done = 2"
                           " AND problem LIKE '%answers 404'"),
                     1);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE target = 'mail' AND done = 0"
                           " AND problem LIKE '%answers 503'"),
                     1);
    assert_true(query("SELECT due_ms FROM outbox WHERE target = 'mail'") > (int64_t)clock_ms() + 2000);
    web.status = 200;
    raise_for("a", "web");
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE done = 1") == 1);
    mail.status = 200;
    assert_int_equal(mail.count, 1);
    change("UPDATE outbox SET due_ms = 0 WHERE done = 0");
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE done = 1 AND problem IS NULL") == 2);
    assert_string_equal(mail.ids[0], mail.ids[1]);
    assert_string_not_equal(web.ids[0], web.ids[1]);
    assert_int_equal(metric("limitnet_deliveries_total{target=\"web\",outcome=\"delivered\"} "), 1);
    assert_int_equal(metric("limitnet_deliveries_total{target=\"web\",outcome=\"never\"} "), 1);
    assert_int_equal(metric("limitnet_deliveries_total{target=\"mail\",outcome=\"again\"} "), 1);
    assert_int_equal(metric("limitnet_deliveries_total{target=\"mail\",outcome=\"delivered\"} "), 1);
    finish();
    end();
}

/* Only after a while: a process with newer settings may know the target. */
static void a_target_that_is_gone(void **state)
{
    char sql[200];
    (void)state;
    begin();
    raise_for("a", "old");
    raise_for("b", "old");
    snprintf(sql, sizeof sql, "UPDATE outbox SET due_ms = %llu WHERE device = %lld",
             (unsigned long long)clock_ms() - LN_OUTBOX_GONE_MS, (long long)ln_store_device("net", "a"));
    change(sql);
    start();
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE done = 2") == 1);
    finish();
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 2 AND problem LIKE '%no target%'"), 1);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 0 AND attempts = 0"), 1);
    end();
}

static void deliver_one(unsigned count)
{
    start();
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE done = 1") == count);
    finish();
    assert_non_null(strstr(web.body, "red fox"));
}

/* The picture is the one that the decoder for eyes shows. */
static void check_image(const char *device)
{
    ln_store *store = open_store();
    ln_decoder *decoder;
    uint8_t *png;
    size_t size;
    assert_int_equal(ln_decoder_open(&decoder, &bundle.model, bundle.eyes_path, 1, NULL), LN_OK);
    assert_int_equal(ln_render_picture(store, &bundle.model, decoder, NULL, ln_store_device("net", device), 1,
                                       &png, &size, NULL),
                     LN_OK);
    char *text = malloc(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL));
    sodium_bin2base64(text, sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), png, size,
                      sodium_base64_VARIANT_ORIGINAL);
    assert_non_null(strstr(web.body, text));
    free(text);
    free(png);
    ln_decoder_close(decoder);
    ln_store_close(store);
}

static void a_picture_goes_along(void **state)
{
    (void)state;
    begin();
    raise_with_picture("a", bundle.model.checksum);
    deliver_one(1);
    check_image("a");
    /* Also with the decoder of a model that is not the one of the settings. */
    settings.model = "none";
    raise_with_picture("b", bundle.model.checksum);
    deliver_one(2);
    check_image("b");
    targets[0].picture = 0;
    raise_with_picture("c", bundle.model.checksum);
    deliver_one(3);
    assert_null(strstr(web.body, "\"image\""));
    end();
}

static void a_picture_that_cannot_be_shown_keeps_nothing_back(void **state)
{
    (void)state;
    begin();
    raise_with_picture("a", 5); /* no model has this checksum */
    deliver_one(1);
    assert_null(strstr(web.body, "\"image\""));
    raise_with_picture("b", bundle.model.checksum);
    change("DELETE FROM frame");
    change("DELETE FROM picture");
    deliver_one(2);
    assert_null(strstr(web.body, "\"image\""));
    end();
}

static void a_slow_receiver_holds_up_no_other(void **state)
{
    char device[16];
    (void)state;
    begin();
    web.delay_ms = 8000;
    for (unsigned i = 0; i < 10; i++) {
        snprintf(device, sizeof device, "%u", i);
        raise_alarm(device, (const char *const[]){"web", "mail"}, 2, 0);
    }
    start();
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE target = 'mail' AND done = 1") == 10);
    WAIT_FOR(web.begun); /* its thread may be the later one */
    assert_int_equal(web.count, 0);
    assert_int_equal(web.begun, 1);
    web.delay_ms = 0;
    finish();
    /* What was under way is noted, and nothing else was begun. */
    assert_int_equal(web.count, 1);
    assert_int_equal(query("SELECT count(*) FROM outbox WHERE target = 'web' AND done = 1"), 1);
    end();
}

static void a_killed_process_delivers_again(void **state)
{
    (void)state;
    begin();
    raise_for("a", "web");
    for (unsigned i = 1; i <= 3; i++) {
        int status;
        pid_t child = fork();
        if (child == 0) {
            execl("/proc/self/exe", "kill", where, web.url, (char *)NULL);
            _exit(5);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        assert_int_equal(web.count, i);
        assert_int_equal(query("SELECT count(*) FROM outbox WHERE done = 0"), 1);
        assert_true(query("SELECT due_ms FROM outbox") > (int64_t)clock_ms());
        change("UPDATE outbox SET due_ms = 0"); /* as if the lease were over */
    }
    start();
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE done = 1") == 1);
    finish();
    assert_int_equal(web.count, 4);
    for (unsigned i = 1; i < 4; i++)
        assert_string_equal(web.ids[i], web.ids[0]);
    end();
}

/* The store comes later. */
static void a_store_that_is_away(void **state)
{
    char path[600], file[620], usual[sizeof where];
    (void)state;
    if (getenv("LN_TEST_DATABASE"))
        skip();
    begin();
    snprintf(path, sizeof path, "%s/later", folder);
    snprintf(file, sizeof file, "%s/store.db", path);
    memcpy(usual, where, sizeof where);
    snprintf(where, sizeof where, "%s", file);
    start();
    wait_ms(500);
    assert_int_equal(mkdir(path, 0700), 0);
    raise_for("a", "web");
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE done = 1") == 1);
    finish();
    memcpy(where, usual, sizeof where);
    end();
}

/* A problem is text whatever it holds: a host that is cut stays UTF-8, which PostgreSQL insists on. */
static void a_long_host_in_a_problem(void **state)
{
    char url[128] = "http://xx", sql[128];
    (void)state;
    begin();
    for (unsigned i = 0; i < 30; i++)
        strcat(url, "\xc3\xbc");
    targets[0].url = url;
    raise_for("a", "web");
    start();
    WAIT_FOR(query("SELECT count(*) FROM outbox WHERE problem IS NOT NULL") == 1);
    finish();
    snprintf(sql, sizeof sql, "SELECT count(*) FROM outbox WHERE problem LIKE '%%\xc3\xbc: %%'");
    assert_int_equal(query(sql), 1);
    end();
}

static int make_files(void **state)
{
    char command[2000];
    if (make_folder(state) != 0)
        return -1;
    snprintf(model_folder, sizeof model_folder, "%s/models/small", folder);
    snprintf(command, sizeof command,
             "mkdir -p %s && cp tests/models/random-cifar.lnm %s/encoder.lnm &&"
             " cp tests/onnx/random-cifar-decoder.onnx %s/decoder.onnx &&"
             " cp tests/onnx/random-cifar-eyes.onnx %s/eyes.onnx",
             model_folder, model_folder, model_folder, model_folder);
    if (system(command))
        return -1;
    snprintf(command, sizeof command, "%s/models", folder);
    setenv("LIMITNET_MODELS", command, 1);
    unsetenv("http_proxy");
    return ln_bundle_open(&bundle, model_folder, NULL) == LN_OK ? 0 : -1;
}

static int remove_files(void **state)
{
    ln_bundle_close(&bundle);
    return remove_folder(state);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_outcome_is_noted),
        cmocka_unit_test(a_target_that_is_gone),
        cmocka_unit_test(a_picture_goes_along),
        cmocka_unit_test(a_picture_that_cannot_be_shown_keeps_nothing_back),
        cmocka_unit_test(a_slow_receiver_holds_up_no_other),
        cmocka_unit_test(a_killed_process_delivers_again),
        cmocka_unit_test(a_store_that_is_away),
        cmocka_unit_test(a_long_host_in_a_problem),
    };
    if (count == 3 && !strcmp(arguments[0], "kill"))
        return die(arguments);
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
