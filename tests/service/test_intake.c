/* The intake: events of many threads share commits, each gets one answer, and a device's frames keep their
 * order. */
#include "service/sources/intake.h"
#include "support_store.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#define PRODUCERS 8
#define EACH 100 /* events of a producer */
#define DEVICES 3

static const ln_ingest_source sources[] = {{"field", ln_event_chirpstack_json, 10},
                                           {"forest", ln_event_chirpstack_json, 10}};

static atomic_uint calls; /* of the store */

/* The linker puts this in place of the store's own function. */
ln_db_result __real_ln_store_add_sources(ln_store *store, const char *const *names, const ln_uplink *frames,
                                         size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error);
ln_db_result __wrap_ln_store_add_sources(ln_store *store, const char *const *names, const ln_uplink *frames,
                                         size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error);

ln_db_result __wrap_ln_store_add_sources(ln_store *store, const char *const *names, const ln_uplink *frames,
                                         size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error)
{
    calls++;
    return __real_ln_store_add_sources(store, names, frames, count, now_ms, is_new, error);
}

static ln_intake *start(const char *store)
{
    ln_error error;
    ln_intake *intake;
    assert_int_equal(ln_intake_start(&intake, store, NULL, &error), LN_OK);
    calls = 0;
    return intake;
}

/* ---- Events ---------------------------------------------------------------------------------- */

typedef struct given {
    ln_intake_event event;
    atomic_uint answers;
    sem_t *answered;
} given;

static void note(ln_intake_event *event)
{
    given *g = event->context;
    sem_t *answered = g->answered;
    g->answers++;
    sem_post(answered);
}

static void give_text(ln_intake *intake, given *g, const ln_ingest_source *source, const char *text)
{
    g->event.answer = note;
    g->event.context = g;
    ln_intake_give(intake, &g->event, source, text, strlen(text));
}

static void give(ln_intake *intake, given *g, const ln_ingest_source *source, unsigned device,
                 unsigned counter)
{
    char text[256];
    sprintf(text,
            "{\"deviceInfo\":{\"devEui\":\"%016x\"},\"devAddr\":\"00b8a9c7\",\"fCnt\":%u,\"fPort\":10,"
            "\"data\":\"AQIDBA==\"}",
            device, counter);
    give_text(intake, g, source, text);
}

/* ---- Tests ----------------------------------------------------------------------------------- */

/* A source whose events come one by one, as from a connection. It shares its devices with no other producer,
 * whose names are the same for the other source. */
typedef struct producer {
    ln_intake *intake;
    unsigned number;
} producer;

static void *produce(void *context)
{
    const producer *p = context;
    given g = {0};
    sem_t answered;
    sem_init(&answered, 0, 0);
    g.answered = &answered;
    for (unsigned i = 0; i < EACH; i++) {
        give(p->intake, &g, &sources[p->number % 2], p->number / 2, i);
        sem_wait(&answered);
        if (g.event.read.taken != LN_TAKEN || g.answers != i + 1)
            return context;
    }
    sem_destroy(&answered);
    return NULL;
}

static void producers_share_commits(void **state)
{
    pthread_t threads[PRODUCERS];
    producer producers[PRODUCERS];
    void *failed;
    (void)state;
    empty();
    ln_intake *intake = start(where);
    for (unsigned i = 0; i < PRODUCERS; i++) {
        producers[i] = (producer){intake, i};
        assert_int_equal(pthread_create(&threads[i], NULL, produce, &producers[i]), 0);
    }
    for (unsigned i = 0; i < PRODUCERS; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    ln_intake_stop(intake);
    assert_int_equal(query("SELECT count(*) FROM frame"), PRODUCERS * EACH);
    assert_int_equal(query("SELECT count(*) FROM device"), PRODUCERS);
    if (ln_db_kind_at(where) == LN_DB_SQLITE)
        assert_in_range(calls, EACH, PRODUCERS * EACH / 2);
}

/* All at once, as from many requests: frames stand in the order in which they were given. Then it stops,
 * which answers them all. */
static void order_is_kept(void **state)
{
    static given all[DEVICES * EACH];
    sem_t answered;
    (void)state;
    empty();
    sem_init(&answered, 0, 0);
    ln_intake *intake = start(where);
    for (unsigned i = 0; i < DEVICES * EACH; i++) {
        all[i].answered = &answered;
        give(intake, &all[i], &sources[0], i % DEVICES, i * 7 % 1000);
    }
    ln_intake_stop(intake);
    for (unsigned i = 0; i < DEVICES * EACH; i++) {
        assert_int_equal(all[i].answers, 1);
        assert_int_equal(all[i].event.read.taken, LN_TAKEN);
        char sql[200];
        sprintf(sql, "SELECT counter FROM frame JOIN device USING (device) WHERE name = '%016x' AND id = %u",
                i % DEVICES, i / DEVICES + 1);
        assert_int_equal(query(sql), i * 7 % 1000);
    }
    sem_destroy(&answered);
}

/* Garbage is answered at once; what cannot be stored is to come again. */
static void answers(void **state)
{
    given garbage = {0}, frame = {0};
    sem_t answered;
    char path[600];
    (void)state;
    sem_init(&answered, 0, 0);
    snprintf(path, sizeof path, "%s/none/store.db", folder);
    ln_intake *intake = start(path);
    garbage.answered = frame.answered = &answered;
    give_text(intake, &garbage, &sources[0], "garbage");
    assert_int_equal(garbage.answers, 1);
    assert_int_equal(garbage.event.read.taken, LN_REFUSED);
    give(intake, &frame, &sources[0], 1, 1);
    ln_intake_stop(intake);
    assert_int_equal(frame.answers, 1);
    assert_int_equal(frame.event.read.taken, LN_LATER);
    sem_destroy(&answered);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(producers_share_commits),
        cmocka_unit_test(order_is_kept),
        cmocka_unit_test(answers),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
