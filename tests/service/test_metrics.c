/* Metrics: numbers, labels, limits, threads. promtool checks the form of it all in web.py. */
#include "service/metrics.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check(ln_metrics *metrics, const char *line, int there)
{
    ln_text text = {0};
    ln_metrics_print(metrics, &text);
    int found = strstr(text.bytes, line) != NULL;
    if (found != there)
        fail_msg("'%s' is%s in:\n%s", line, there ? " not" : "", text.bytes);
    free(text.bytes);
}

static void kinds(void **state)
{
    (void)state;
    ln_metrics *metrics = ln_metrics_new();
    check(metrics, "\nlimitnet_pictures_total 0\n", 1);
    check(metrics, "limitnet_events_total{", 0);
    ln_metrics_add(metrics, LN_METRIC_EVENTS, "a\"b\\c\nd", "stored", 2);
    ln_metrics_add(metrics, LN_METRIC_EVENTS, "a\"b\\c\nd", "stored", 1);
    ln_metrics_add(metrics, LN_METRIC_EVENTS, "a", "stored", 1);
    check(metrics, "\nlimitnet_events_total{source=\"a\\\"b\\\\c\\nd\",fate=\"stored\"} 3\n", 1);
    check(metrics, "\nlimitnet_events_total{source=\"a\",fate=\"stored\"} 1\n", 1);
    ln_metrics_set(metrics, LN_METRIC_STORE, NULL, NULL, 12345678901.0);
    ln_metrics_set(metrics, LN_METRIC_CONNECTED, "net", NULL, 1);
    ln_metrics_set(metrics, LN_METRIC_CONNECTED, "net", NULL, 0);
    check(metrics, "\nlimitnet_store_bytes 12345678901\n", 1);
    check(metrics, "\nlimitnet_source_connected{source=\"net\"} 0\n", 1);
    ln_metrics_free(metrics);
    ln_metrics_add(NULL, LN_METRIC_PICTURES, NULL, NULL, 1);
    ln_metrics_set(NULL, LN_METRIC_STORE, NULL, NULL, 1);
    ln_metrics_observe(NULL, LN_METRIC_LATENCY, 1);
}

static void histogram(void **state)
{
    (void)state;
    ln_metrics *metrics = ln_metrics_new();
    static const double seconds[] = {0.001, 0.005, 0.25, 0.26, 100};
    for (size_t i = 0; i < 5; i++)
        ln_metrics_observe(metrics, LN_METRIC_LATENCY, seconds[i]);
    check(metrics, "\nlimitnet_answer_latency_seconds_bucket{le=\"0.005\"} 2\n", 1);
    check(metrics, "\nlimitnet_answer_latency_seconds_bucket{le=\"0.25\"} 3\n", 1);
    check(metrics, "\nlimitnet_answer_latency_seconds_bucket{le=\"0.5\"} 4\n", 1);
    check(metrics, "\nlimitnet_answer_latency_seconds_bucket{le=\"30\"} 4\n", 1);
    check(metrics, "\nlimitnet_answer_latency_seconds_bucket{le=\"+Inf\"} 5\n", 1);
    check(metrics, "\nlimitnet_answer_latency_seconds_count 5\n", 1);
    check(metrics, "\nlimitnet_answer_latency_seconds_sum 100.5", 1);
    check(metrics, "\nlimitnet_inference_seconds_count 0\n", 1);
    ln_metrics_free(metrics);
}

/* More labels than there is room for are told, and nothing else is lost for them. */
static void too_many(void **state)
{
    char name[16];
    (void)state;
    ln_metrics *metrics = ln_metrics_new();
    for (int i = 0; i < 2 * LN_METRIC_SERIES; i++) {
        snprintf(name, sizeof name, "%d", i);
        ln_metrics_add(metrics, LN_METRIC_EVENTS, name, "stored", 1);
    }
    check(metrics, "limitnet_metrics_lost_total 0\n", 0);
    check(metrics, "\nlimitnet_events_total{source=\"2047\"", 0);
    ln_metrics_add(metrics, LN_METRIC_PICTURES, NULL, NULL, 1);
    check(metrics, "\nlimitnet_pictures_total 1\n", 1);
    ln_metrics_free(metrics);
}

static void *count_many(void *metrics)
{
    for (int i = 0; i < 10000; i++) {
        ln_metrics_add(metrics, LN_METRIC_EVENTS, "a", "stored", 1);
        ln_metrics_observe(metrics, LN_METRIC_LATENCY, 1);
    }
    return NULL;
}

static void threads(void **state)
{
    pthread_t all[4];
    (void)state;
    ln_metrics *metrics = ln_metrics_new();
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&all[i], NULL, count_many, metrics), 0);
    for (size_t i = 0; i < 4; i++)
        pthread_join(all[i], NULL);
    check(metrics, "\nlimitnet_events_total{source=\"a\",fate=\"stored\"} 40000\n", 1);
    check(metrics, "\nlimitnet_answer_latency_seconds_sum 40000\n", 1);
    ln_metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(histogram),
        cmocka_unit_test(too_many),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
