/* The worker, step by step: when it looks, what it tells the rules, and what it does when something fails. */
#include "service/support_worker.h"

#include "service/worker/answer.h"
#include "service/pictures/render.h"

/* ---- Rules that write down what they are told ------------------------------------------------ */

typedef struct notes {
    ln_look looks[64];
    char labels[64][64]; /* of the best of each */
    size_t count;
    unsigned asked;
    char state[64];  /* that was given last */
    uint64_t heard;  /* frames */
    uint64_t due_ms; /* to say */
    ln_store *thief; /* takes the device away meanwhile */
    ln_work stolen;
    ln_status status; /* to return */
} notes;

static notes told;

/* Raises an alarm for each picture, at its first look. */
static ln_status note(const void *rules, const char *state, const ln_news *news, ln_verdict *verdict,
                      ln_error *error)
{
    static const char *const targets[] = {"mail"};
    (void)rules;
    *verdict = (ln_verdict){.due_ms = told.due_ms ? told.due_ms : UINT64_MAX};
    told.asked++;
    told.heard += news->heard_count;
    snprintf(told.state, sizeof told.state, "%s", state ? state : "none");
    if (told.status != LN_OK)
        return ln_fail(error, told.status, "the rules fail");
    for (size_t i = 0; i < news->look_count && told.count < 64; i++) {
        const ln_look *look = &news->looks[i];
        snprintf(told.labels[told.count], sizeof *told.labels, "%s", look->count ? look->sights->label : "");
        told.looks[told.count++] = *look;
        verdict->alarms = realloc(verdict->alarms, (verdict->count + 1) * sizeof *verdict->alarms);
        ln_alarm *alarm = &verdict->alarms[verdict->count++];
        *alarm = (ln_alarm){.body = strdup("{}")};
        alarm->row = (ln_alarm_row){
            "any", look->picture, look->picture, look->time_ms, NULL, 0, alarm->body, targets, 1};
    }
    verdict->state = malloc(32);
    snprintf(verdict->state, 32, "{\"asked\": %u}", told.asked);
    if (told.thief)
        ln_store_take(told.thief, news->now_ms + LEASE, LEASE, &told.stolen, NULL);
    return LN_OK;
}

/* ---- A store, a worker, and a camera --------------------------------------------------------- */

static ln_store *store;
static ln_worker *worker;
static unsigned problems;

static ln_worker_config with_rules(void)
{
    ln_worker_config config = how;
    config.ask = note;
    config.problem = tell;
    config.context = &problems;
    return config;
}

static void begin(const ln_worker_config *config)
{
    store = new_store();
    told = (notes){0};
    problems = 0;
    worker = new_worker(store, config);
    sky = (air){.seed = 1, .session = {"a"}};
    memset(kept_count, 0, sizeof kept_count);
}

static void end(void)
{
    ln_worker_close(worker);
    ln_store_close(store);
}

/* A photograph comes in whole. Returns when. */
static uint64_t receive_photo(unsigned photo, unsigned number, unsigned bytes, uint64_t from_ms)
{
    const size_t first = sky.count;
    sky.seed = 3;
    send_photo(&sky, 0, photo, number, 0, bytes, from_ms, 1000);
    arrive_in_order(&sky);
    for (size_t i = first; i < sky.count; i++)
        put(store, &sky.frames[i]);
    return sky.frames[sky.count - 1].time_ms;
}

static ln_worker_counts counts(void)
{
    ln_worker_counts c;
    ln_worker_get_counts(worker, &c);
    return c;
}

/* ---- When it looks --------------------------------------------------------------------------- */

static void a_picture_is_looked_at_when_it_shows_more(void **state)
{
    const ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    uint64_t at = receive_photo(0, 7, 600, NOW);
    assert_int_equal(step(worker, at), 1);
    assert_int_equal(step(worker, at), 0);
    assert_int_equal(counts().looks, 1);
    assert_int_equal(told.count, 1);
    assert_false(told.looks[0].final);
    assert_int_equal(told.looks[0].packets, query("SELECT packets FROM picture"));
    assert_int_equal(told.heard, kept_count[0]);
    /* When it is idle for long enough it is final, without another look: nothing has come. */
    assert_int_equal(step(worker, at + IDLE - 1), 0);
    assert_int_equal(step(worker, at + IDLE + LN_WORKER_GRACE_MS), 1);
    assert_int_equal(counts().looks, 1);
    assert_int_equal(told.count, 2);
    assert_true(told.looks[1].final);
    assert_string_equal(told.labels[1], told.labels[0]);
    assert_string_equal(told.state, "{\"asked\": 1}");
    assert_int_equal(query("SELECT final FROM picture"), 1);
    assert_int_equal(step(worker, at + HOUR), 0);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 1);
    end();
}

static void the_deadline_ends_a_picture_that_goes_on(void **state)
{
    const ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    uint64_t at = NOW;
    send_photo(&sky, 0, 1, 9, 0, 1500, NOW, 5000); /* 150 seconds */
    arrive_in_order(&sky);
    for (size_t i = 0; i < sky.count; i++) {
        at = sky.frames[i].time_ms;
        put(store, &sky.frames[i]);
        work(worker, at);
    }
    assert_true(at > NOW + DEADLINE);
    assert_int_equal(query("SELECT count(*) FROM picture"), 1);
    assert_int_equal(query("SELECT final FROM picture"), 1);
    assert_true(told.looks[told.count - 1].final);
    assert_true(told.looks[told.count - 1].time_ms < NOW + DEADLINE);
    for (size_t i = 0; i + 1 < told.count; i++)
        assert_false(told.looks[i].final);
    /* What comes late still belongs to it, and stays unseen. */
    assert_int_equal(query("SELECT packets FROM picture"), kept_count[0]);
    assert_int_equal(query("SELECT count(*) FROM frame WHERE picture = 1"), kept_count[0]);
    end();
}

static void a_sure_look_is_the_last(void **state)
{
    ln_worker_config config = with_rules();
    (void)state;
    config.sure = 0.001f;
    begin(&config);
    uint64_t at = receive_photo(0, 7, 600, NOW);
    work(worker, at);
    assert_true(told.looks[0].final);
    put(store, &(air_frame){.time_ms = at, .uplink = frame_of("0", "a", 1000, "junk")});
    send_photo(&sky, 0, 0, 7, 0, 900, at, 1000);
    arrive_in_order(&sky);
    for (size_t i = 0; i < sky.count; i++)
        put(store, &sky.frames[i]);
    work(worker, at + DEADLINE);
    assert_int_equal(counts().looks, 1);
    assert_int_equal(told.count, 1);
    end();
}

static void what_is_no_packet_is_kept_and_marked(void **state)
{
    const ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    add(store, "0", "a", 1, "", NOW);
    add(store, "0", "a", 2, "no packet at all, but a long enough text", NOW);
    assert_int_equal(step(worker, NOW), 1);
    assert_int_equal(step(worker, NOW + HOUR), 0);
    assert_int_equal(query("SELECT count(*) FROM frame WHERE picture = 0"), 2);
    assert_int_equal(query("SELECT seen FROM device"), 2);
    assert_int_equal(query("SELECT count(*) FROM picture"), 0);
    assert_int_equal(counts().looks, 0);
    assert_int_equal(told.heard, 2);
    end();
}

static void rules_are_asked_when_they_want(void **state)
{
    const ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    told.due_ms = NOW + HOUR;
    add(store, "0", "a", 1, "a frame", NOW);
    work(worker, NOW);
    assert_int_equal(told.asked, 1);
    assert_int_equal(step(worker, NOW + HOUR - 1), 0);
    told.due_ms = 0;
    assert_int_equal(step(worker, NOW + HOUR), 1);
    assert_int_equal(told.asked, 2);
    assert_int_equal(step(worker, NOW + 9 * HOUR), 0);
    end();
}

/* With the new setting, each of the frames that are there would have been a picture of its own. */
static void other_settings_change_no_decision(void **state)
{
    ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    sky.seed = 3;
    send_photo(&sky, 0, 0, 7, 0, 500, NOW, 8000);
    arrive_in_order(&sky);
    air_frame *last = &sky.frames[sky.count - 1];
    for (const air_frame *f = sky.frames; f < last; f++)
        put(store, f);
    last->time_ms = last[-1].time_ms;
    work(worker, last->time_ms);
    const int64_t seen = query("SELECT seen FROM picture");
    ln_worker_close(worker);
    config.idle_ms = 500;
    worker = new_worker(store, &config);
    put(store, last);
    work(worker, last->time_ms);
    assert_int_equal(query("SELECT count(*) FROM picture"), 1);
    assert_int_equal(query("SELECT count(*) FROM frame WHERE picture = 1"), kept_count[0]);
    assert_true(query("SELECT seen FROM picture") > seen);
    end();
}

/* ---- When something fails -------------------------------------------------------------------- */

static void a_dead_workers_device_comes_back(void **state)
{
    const ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    uint64_t at = receive_photo(0, 7, 600, NOW);
    ln_work dead = take(store, at);
    assert_int_equal(step(worker, at + LEASE - 1), 0);
    assert_int_equal(step(worker, at + LEASE), 1);
    assert_int_equal(query("SELECT count(*) FROM picture"), 1);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 1);
    const ln_found nothing = {.state = "lost"};
    assert_int_equal(ln_store_finish(store, &dead, &nothing, at, NULL, NULL), LN_DB_LOST);
    ln_work_free(&dead);
    end();
}

static void an_outcome_without_its_lease_is_dropped(void **state)
{
    const ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    uint64_t at = receive_photo(0, 7, 600, NOW);
    told.thief = open_store();
    assert_int_equal(step(worker, at), 1);
    assert_int_equal(counts().lost, 1);
    assert_int_equal(problems, 1);
    assert_int_equal(query("SELECT count(*) FROM picture"), 0);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 0);
    ln_store_close(told.thief);
    ln_work_free(&told.stolen);
    told.thief = NULL;
    assert_int_equal(step(worker, at + 2 * LEASE), 1);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 1);
    end();
}

/* A vision model that refuses pictures with little red: what it makes of them is no probability. */
static ln_vision *open_choosy(void)
{
    ln_vision *choosy;
    ln_vision_config config;
    ln_vision_config_default(&config);
    config.width = 24;
    config.height = 16;
    config.output = LN_OUTPUT_PROBABILITIES;
    for (unsigned i = 0; i < 3; i++) {
        config.mean[i] = i == 0 ? 80 : 0;
        config.divisor[i] = 255;
    }
    assert_int_equal(ln_vision_open(&choosy, "tests/onnx/mean.onnx", &config, 1, NULL), LN_OK);
    return choosy;
}

#define BLUE 2 /* the photograph that it refuses */

static void a_picture_that_is_refused_does_not_stop_others(void **state)
{
    const ln_worker_config config = with_rules();
    ln_vision *usual = vision;
    (void)state;
    vision = open_choosy();
    begin(&config);
    uint64_t at = receive_photo(BLUE, 7, 1200, NOW);
    sky.count = 0;
    send_photo(&sky, 1, 0, 8, 0, 600, NOW, 1000);
    sky.session[1] = "a";
    for (size_t i = 0; i < sky.count; i++)
        put(store, &sky.frames[i]);
    at += DEADLINE;
    /* The other device has its answer at once; this one is tried again, each time a minute later. */
    for (unsigned i = 1; i < LN_WORKER_TRIES; i++) {
        assert_int_equal(step(worker, at), i == 1 ? 2 : 1);
        assert_int_equal(query("SELECT count(*) FROM picture"), 1);
        assert_int_equal(problems, i);
        assert_int_equal(counts().put_off, i);
        add(store, "0", "a", 2000 + (long)i, "does not matter", at);
        assert_int_equal(step(worker, at + LN_WORKER_AGAIN_MS - 1), 0);
        at += LN_WORKER_AGAIN_MS;
    }
    /* In the end it goes without. */
    assert_int_equal(step(worker, at), 1);
    assert_int_equal(counts().without, 1);
    assert_int_equal(query("SELECT count(*) FROM picture WHERE final = 1"), 2);
    assert_int_equal(query("SELECT count(*) FROM picture WHERE answer IS NULL"), 1);
    assert_int_equal(query("SELECT count(*) FROM device WHERE version > seen OR failures > 0"), 0);
    assert_int_equal(step(worker, at + HOUR), 0);
    end();
    ln_vision_close(vision);
    vision = usual;
}

static void rules_that_fail_are_asked_again(void **state)
{
    const ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    uint64_t at = receive_photo(0, 7, 600, NOW);
    told.status = LN_ERR_MEMORY;
    assert_int_equal(step(worker, at), 1);
    assert_int_equal(query("SELECT count(*) FROM picture"), 0);
    assert_int_equal(problems, 1);
    told.status = LN_OK;
    assert_int_equal(step(worker, at + LN_WORKER_AGAIN_MS), 1);
    assert_int_equal(query("SELECT count(*) FROM picture"), 1);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 1);
    end();
}

static void a_wrong_configuration_is_refused(void **state)
{
    ln_worker_config wrong[5];
    ln_error error;
    (void)state;
    store = new_store();
    for (unsigned i = 0; i < 5; i++)
        wrong[i] = how;
    wrong[0].devices = 0;
    wrong[1].devices = LN_WORKER_DEVICES + 1;
    wrong[2].keep = 0;
    wrong[3].lease_ms = 0;
    wrong[4].deadline_ms = 0;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ln_worker_open(&worker, store, &bundle, decoder, vision, &wrong[i], &error),
                         LN_ERR_ARGUMENT);
        assert_null(worker);
    }
    ln_store_close(store);
}

/* ---- Another model --------------------------------------------------------------------------- */

static void pictures_of_an_older_model_keep_their_answers(void **state)
{
    const ln_worker_config config = with_rules();
    (void)state;
    begin(&config);
    uint64_t at = receive_photo(0, 7, 600, NOW);
    work(worker, at);
    /* As if another model had shown it. */
    change("UPDATE picture SET model = 5, label = 'older'");
    at = receive_photo(1, 8, 600, at + 1000);
    work(worker, at);
    assert_int_equal(query("SELECT count(*) FROM picture"), 2);
    assert_int_equal(query("SELECT final FROM picture WHERE id = 1"), 1);
    assert_int_equal(query("SELECT count(*) FROM picture WHERE id = 1 AND label = 'older' AND model = 5"), 1);
    assert_true(told.looks[1].final && told.looks[1].picture == 1);
    assert_int_equal(query("SELECT count(*) FROM picture WHERE model = 5 AND open = 0"), 1);
    end();
}

static void a_detector_tells_objects_with_their_places(void **state)
{
    const ln_worker_config config = with_rules();
    ln_vision *usual = vision;
    (void)state;
    assert_int_equal(ln_vision_open(&vision, "tests/onnx/objects.onnx", NULL, 1, NULL), LN_OK);
    begin(&config);
    work(worker, receive_photo(0, 7, 600, NOW));
    assert_string_equal(told.labels[0], "cat");
    assert_int_equal(query("SELECT score FROM picture"), 9000);
    /* It comes from the store again. */
    work(worker, NOW + HOUR);
    assert_int_equal(told.count, 2);
    assert_true(told.looks[1].final);
    assert_int_equal(told.looks[1].count, 2);
    assert_string_equal(told.labels[1], "cat");
    end();
    ln_vision_close(vision);
    vision = usual;
}

/* ---- Pictures to show ------------------------------------------------------------------------ */

static void a_kept_picture_is_rendered(void **state)
{
    const ln_receiver_config one = {.model = &bundle.model, .max_images = 1, .idle_ms = HOUR};
    const ln_worker_config config = with_rules();
    const int64_t device = ln_store_device("net", "0");
    ln_picture picture, right;
    ln_receiver *receiver;
    ln_error error;
    uint8_t *png;
    size_t size;
    uint64_t id;
    (void)state;
    begin(&config);
    work(worker, receive_photo(0, 7, 600, NOW));
    if (ln_render_picture(store, &bundle.model, decoder, NULL, device, 1, &png, &size, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(ln_picture_decode(&picture, png, size, "png", NULL), LN_OK);
    assert_int_equal(ln_receiver_open(&receiver, &one, NULL), LN_OK);
    for (size_t i = 0; i < kept_count[0]; i++)
        ln_receiver_push(receiver, &(ln_arrival){.device = 1}, kept[0][i]->uplink.payload,
                         kept[0][i]->uplink.size, &id);
    const ln_image *image = ln_receiver_image(receiver, id);
    assert_int_equal(ln_picture_make(&right, bundle.model.width, bundle.model.height, NULL), LN_OK);
    assert_int_equal(ln_decoder_run(decoder, &image, 1, right.rgb, NULL), LN_OK);
    assert_memory_equal(picture.rgb, right.rgb, (size_t)right.width * right.height * 3);
    ln_receiver_close(receiver);
    ln_picture_free(&right);
    ln_picture_free(&picture);
    free(png);
    assert_int_equal(ln_render_picture(store, &bundle.model, decoder, NULL, device, 2, &png, &size, &error),
                     LN_ERR_IO);
    assert_null(png);
    change("UPDATE picture SET model = 5");
    assert_int_equal(ln_render_picture(store, &bundle.model, decoder, NULL, device, 1, &png, &size, &error),
                     LN_ERR_MISMATCH);
    assert_non_null(strstr(error.text, "00000005"));
    end();
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void an_answer_is_read_as_it_was_written(void **state)
{
    const ln_class classes[] = {{281, "tabby, \"tiger\"", 0.9153f}, {7, "\xff broken", 0.25f}};
    const ln_object objects[] = {{1, "dog", 0.5f, 1.5f, 2, 30, 40.25f}};
    ln_answer answer, again;
    (void)state;
    assert_int_equal(ln_answer_of_classes(&answer, classes, 2, NULL), LN_OK);
    char *text = ln_answer_write(&answer);
    assert_int_equal(ln_answer_read(&again, text, NULL), LN_OK);
    assert_int_equal(again.count, 2);
    assert_int_equal(again.classes[0].index, 281);
    assert_string_equal(again.classes[0].label, classes[0].label);
    assert_true(again.classes[0].score == classes[0].score);
    assert_string_equal(again.classes[1].label, "");
    free(text);
    ln_answer_free(&answer);
    ln_answer_free(&again);
    assert_int_equal(ln_answer_of_objects(&answer, objects, 1, NULL), LN_OK);
    text = ln_answer_write(&answer);
    assert_int_equal(ln_answer_read(&again, text, NULL), LN_OK);
    assert_int_equal(again.task, LN_TASK_DETECT);
    assert_true(again.objects[0].x == 1.5f && again.objects[0].y == 2 && again.objects[0].width == 30 &&
                again.objects[0].height == 40.25f);
    free(text);
    ln_answer_free(&answer);
    ln_answer_free(&again);
}

static void a_damaged_answer_is_refused(void **state)
{
    static const char *const damaged[] = {
        "",
        "[]",
        "{\"classes\": 1}",
        "{\"classes\": [1]}",
        "{\"classes\": [{\"class\": -1, \"score\": 1}]}",
        "{\"classes\": [{\"class\": 70000, \"score\": 1}]}",
        "{\"classes\": [{\"class\": 1}]}",
        "{\"objects\": [{\"class\": 1, \"score\": 1}]}",
        "{\"objects\": [{\"class\": 1, \"score\": 1, \"box\": [1, 2, 3]}]}",
    };
    ln_answer answer;
    (void)state;
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        assert_int_equal(ln_answer_read(&answer, damaged[i], NULL), LN_ERR_IO);
        assert_int_equal(answer.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_picture_is_looked_at_when_it_shows_more),
        cmocka_unit_test(the_deadline_ends_a_picture_that_goes_on),
        cmocka_unit_test(a_sure_look_is_the_last),
        cmocka_unit_test(what_is_no_packet_is_kept_and_marked),
        cmocka_unit_test(rules_are_asked_when_they_want),
        cmocka_unit_test(other_settings_change_no_decision),
        cmocka_unit_test(a_dead_workers_device_comes_back),
        cmocka_unit_test(an_outcome_without_its_lease_is_dropped),
        cmocka_unit_test(a_picture_that_is_refused_does_not_stop_others),
        cmocka_unit_test(rules_that_fail_are_asked_again),
        cmocka_unit_test(a_wrong_configuration_is_refused),
        cmocka_unit_test(pictures_of_an_older_model_keep_their_answers),
        cmocka_unit_test(a_detector_tells_objects_with_their_places),
        cmocka_unit_test(a_kept_picture_is_rendered),
        cmocka_unit_test(an_answer_is_read_as_it_was_written),
        cmocka_unit_test(a_damaged_answer_is_refused),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
