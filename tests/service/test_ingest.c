/* The ingest: what becomes of events, and that each is counted. */
#include "faults/fault.h"
#include "service/sources/ingest.h"
#include "support_store.h"

#include <errno.h>
#include <malloc.h>
#include <sys/stat.h>

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

static const ln_ingest_source source = {"field", ln_event_chirpstack_json, 10};

/* ---- Events ---------------------------------------------------------------------------------- */

static size_t make_uplink(char *to, unsigned device, unsigned counter, unsigned port)
{
    return (size_t)sprintf(to,
                           "{\"deviceInfo\":{\"devEui\":\"%016x\"},\"devAddr\":\"00b8a9c7\",\"fCnt\":%u,"
                           "\"fPort\":%u,\"data\":\"AQIDBA==\"}",
                           device, counter, port);
}

static ln_taken take_uplink(ln_ingest *ingest, unsigned device, unsigned counter, unsigned port)
{
    char event[256];
    return ln_ingest_take(ingest, &source, event, make_uplink(event, device, counter, port));
}

/* What the metrics have counted under a fate. */
static unsigned long counted(ln_metrics *metrics, const char *fate)
{
    char series[128];
    ln_text text = {0};
    snprintf(series, sizeof series, "limitnet_events_total{source=\"field\",fate=\"%s\"} ", fate);
    ln_metrics_print(metrics, &text);
    assert_int_equal(text.failed, 0);
    const char *at = strstr(text.bytes, series);
    unsigned long count = at ? strtoul(at + strlen(series), NULL, 10) : 0;
    free(text.bytes);
    return count;
}

static ln_ingest *open_ingest(ln_metrics *metrics)
{
    ln_ingest *ingest = ln_ingest_open(where, metrics);
    assert_non_null(ingest);
    return ingest;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void what_becomes_of_events(void **state)
{
    (void)state;
    empty();
    ln_metrics *metrics = ln_metrics_new();
    ln_ingest *ingest = open_ingest(metrics);
    assert_int_equal(take_uplink(ingest, 1, 1, 10), LN_TAKEN);
    assert_int_equal(take_uplink(ingest, 1, 1, 10), LN_TAKEN);
    assert_int_equal(take_uplink(ingest, 1, 2, 11), LN_REFUSED);
    assert_int_equal(take_uplink(ingest, 1, 3, 0), LN_TAKEN);
    assert_int_equal(ln_ingest_take(ingest, &source, "{", 1), LN_REFUSED);
    assert_int_equal(ln_ingest_take(ingest, &source, "", 0), LN_REFUSED);
    assert_int_equal(counted(metrics, "stored"), 2);
    assert_int_equal(counted(metrics, "repeat"), 1);
    assert_int_equal(counted(metrics, "port"), 1);
    assert_int_equal(counted(metrics, "broken"), 2);
    assert_int_equal(query("SELECT count(*) FROM frame"), 2);
    ln_ingest_close(ingest);
    ln_metrics_free(metrics);
}

/* The value of a series. */
static double value_of(ln_metrics *metrics, const char *series)
{
    ln_text text = {0};
    ln_metrics_print(metrics, &text);
    const char *at = text.bytes ? strstr(text.bytes, series) : NULL;
    const double value = at ? strtod(at + strlen(series), NULL) : 0;
    free(text.bytes);
    return value;
}

/* Frames of 1 byte, each 46 ms on air: those that are stored count, once. */
static void airtime_is_counted_once(void **state)
{
    static const char series[] = "limitnet_airtime_seconds_total{source=\"field\"} ";
    static const char sent[] =
        "{\"deviceInfo\":{\"devEui\":\"01\"},\"fCnt\":%u,\"fPort\":%u,\"data\":\"AQ==\",\"txInfo\":{"
        "\"modulation\":{\"lora\":{\"bandwidth\":125000,\"spreadingFactor\":7,\"codeRate\":\"CR_4_5\"}}}}";
    static const unsigned frames[][2] = {{1, 10}, {1, 10}, {2, 11}, {3, 10}};
    char event[512];
    (void)state;
    empty();
    ln_metrics *metrics = ln_metrics_new();
    ln_ingest *ingest = open_ingest(metrics);
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        const size_t size = (size_t)snprintf(event, sizeof event, sent, frames[i][0], frames[i][1]);
        ln_ingest_take(ingest, &source, event, size);
    }
    assert_float_equal(value_of(metrics, series), 2 * 0.046336, 1e-9);
    take_uplink(ingest, 1, 4, 10); /* without a word on its modulation */
    assert_float_equal(value_of(metrics, series), 2 * 0.046336, 1e-9);
    ln_ingest_close(ingest);
    ln_metrics_free(metrics);
}

/* The store comes later: until then events are to come again. */
static void a_store_that_is_away(void **state)
{
    (void)state;
    char path[600], file[620];
    snprintf(path, sizeof path, "%s/later", folder);
    snprintf(file, sizeof file, "%s/store.db", path);
    ln_metrics *metrics = ln_metrics_new();
    ln_ingest *ingest = ln_ingest_open(file, metrics);
    assert_int_equal(take_uplink(ingest, 1, 1, 10), LN_LATER);
    assert_int_equal(take_uplink(ingest, 1, 1, 10), LN_LATER);
    assert_int_equal(ln_ingest_take(ingest, &source, "{", 1), LN_REFUSED);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(take_uplink(ingest, 1, 1, 10), LN_TAKEN);
    assert_int_equal(counted(metrics, "later"), 2);
    assert_int_equal(counted(metrics, "stored"), 1);
    ln_ingest_close(ingest);
    ln_metrics_free(metrics);
}

/* Events of two sources, whose devices have the same names, in one commit. One frame that the store refuses
 * (its device has the number of another one) keeps no other one away. */
static void a_batch(void **state)
{
    static const ln_ingest_source other = {"forest", ln_event_chirpstack_json, 10};
    static ln_ingest_event read[LN_INGEST_BATCH];
    ln_ingest_event *events[LN_INGEST_BATCH];
    char text[256];
    (void)state;
    empty();
    ln_metrics *metrics = ln_metrics_new();
    ln_ingest *ingest = open_ingest(metrics);
    for (unsigned i = 0; i < LN_INGEST_BATCH; i++) {
        size_t size = make_uplink(text, i / 2 % 7, i, 10);
        events[i] = &read[i];
        assert_int_equal(ln_ingest_read(&read[i], i % 2 ? &other : &source, text, size, metrics), 1);
    }
    ln_ingest_store(ingest, events, LN_INGEST_BATCH);
    for (unsigned i = 0; i < LN_INGEST_BATCH; i++)
        assert_int_equal(read[i].taken, LN_TAKEN);
    assert_int_equal(query("SELECT count(*) FROM frame"), LN_INGEST_BATCH);
    assert_int_equal(query("SELECT count(*) FROM device WHERE source = 'forest'"), 7);
    assert_int_equal(counted(metrics, "stored"), LN_INGEST_BATCH / 2);

    change("UPDATE device SET name = 'another' WHERE source = 'forest' AND name = '0000000000000003'");
    ln_ingest_store(ingest, events, LN_INGEST_BATCH);
    for (unsigned i = 0; i < LN_INGEST_BATCH; i++)
        assert_int_equal(read[i].taken, i % 2 && i / 2 % 7 == 3 ? LN_LATER : LN_TAKEN);
    assert_int_equal(counted(metrics, "repeat"), LN_INGEST_BATCH / 2);
    ln_ingest_close(ingest);
    ln_metrics_free(metrics);
}

/* Whichever allocation fails, a good event is never refused, and stored once in the end. */
static void short_memory(void **state)
{
    int failed = 1;
    (void)state;
    empty();
    ln_ingest *ingest = open_ingest(NULL);
    for (unsigned n = 1; failed; n++) {
        fault_arm(FAULT_MEMORY, n, ENOMEM);
        ln_taken taken = take_uplink(ingest, 1, n, 10);
        failed = fault_disarm();
        assert_int_not_equal(taken, LN_REFUSED);
        assert_int_equal(take_uplink(ingest, 1, n, 10), LN_TAKEN);
        assert_int_equal(query("SELECT count(*) FROM frame"), n);
    }
    ln_ingest_close(ingest);
}

/* ---- A hundred thousand ---------------------------------------------------------------------- */

static const char *const kinds[] = {"stored", "repeat",   "other",      "broken",   "empty",
                                    "port",   "encoding", "incomplete", "too_long", "encrypted"};
#define KINDS (sizeof kinds / sizeof *kinds)

/* The i-th event. Of ten, one is new, and one repeats an earlier one. */
static size_t make_event(char *to, unsigned i)
{
    static const char device[] = "{\"deviceInfo\":{\"devEui\":\"0a1b2c3d4e5f6071\"}";
    switch (i % KINDS) {
    case 0:
        return make_uplink(to, i % 1000, i, 10);
    case 1:
        return make_uplink(to, (i - 1) / 2 / 10 * 10 % 1000, (i - 1) / 2 / 10 * 10, 10);
    case 2:
        return (size_t)sprintf(to, "%s,\"devAddr\":\"00b8a9c7\"}", device);
    case 3:
        memset(to, (int)(i % 256), 200);
        return 200;
    case 4:
        return (size_t)sprintf(to, "%s,\"fCnt\":%u,\"fPort\":10,\"data\":\"\"}", device, i);
    case 5:
        return make_uplink(to, 1, i, 11);
    case 6:
        return (size_t)sprintf(to, "%s,\"fCnt\":%u,\"fPort\":10,\"data\":\"!!!!\"}", device, i);
    case 7:
        return (size_t)sprintf(to, "{\"fCnt\":%u,\"fPort\":10,\"data\":\"AQIDBA==\"}", i);
    case 8:
        memset(to, ' ', LN_EVENT_BYTES + 1);
        return LN_EVENT_BYTES + 1;
    default:
        return (size_t)sprintf(
            to, "%s,\"fCnt\":%u,\"fPort\":10,\"data\":\"AQIDBA==\",\"joinServerContext\":{\"a\":1}}", device,
            i);
    }
}

/* What SQLite keeps of its file, and a little for the rest. 90,000 events would be far more. */
#define SQLITE_CACHE 2500000

static size_t memory_in_use(void)
{
    return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes()
                                                   : mallinfo2().uordblks;
}

static void a_hundred_thousand(void **state)
{
    enum { COUNT = 100000, BATCH = 100 };
    static char text[LN_EVENT_BYTES + 1];
    static ln_ingest_event read[BATCH];
    ln_ingest_event *events[LN_INGEST_BATCH];
    size_t before = 0;
    (void)state;
    empty();
    ln_metrics *metrics = ln_metrics_new();
    ln_ingest *ingest = open_ingest(metrics);
    for (unsigned at = 0; at < COUNT; at += BATCH) {
        size_t count = 0;
        for (unsigned i = 0; i < BATCH; i++) {
            size_t size = make_event(text, at + i);
            events[count] = &read[i];
            count += (size_t)ln_ingest_read(&read[i], &source, text, size, metrics);
        }
        ln_ingest_store(ingest, events, count);
        if (at == COUNT / 10)
            before = memory_in_use();
    }
    assert_in_range(memory_in_use(), 1, before + SQLITE_CACHE);
    unsigned long sum = 0;
    for (size_t i = 0; i < KINDS; i++) {
        sum += counted(metrics, kinds[i]);
        if (i != 1) /* the first repeat is the first event itself */
            assert_int_equal(counted(metrics, kinds[i]), COUNT / KINDS);
    }
    assert_int_equal(sum, COUNT);
    assert_int_equal(query("SELECT count(*) FROM frame"), COUNT / KINDS);
    ln_ingest_close(ingest);
    ln_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_becomes_of_events), cmocka_unit_test(airtime_is_counted_once),
        cmocka_unit_test(a_store_that_is_away),   cmocka_unit_test(a_batch),
        cmocka_unit_test(short_memory),           cmocka_unit_test(a_hundred_thousand),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
