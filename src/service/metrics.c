#include "service/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef enum type { COUNTER, GAUGE, HISTOGRAM } type;

typedef struct family {
    const char *name, *help;
    type type;
    const char *labels[2];
} family;

static const family families[LN_METRICS] = {
    [LN_METRIC_EVENTS] = {"limitnet_events_total",
                          "Events by what became of them. Later: the store could not take it then.",
                          COUNTER,
                          {"source", "fate"}},
    [LN_METRIC_CONNECTED] = {"limitnet_source_connected",
                             "Whether the source's broker is connected.",
                             GAUGE,
                             {"source"}},
    [LN_METRIC_REQUESTS] = {"limitnet_http_requests_total",
                            "Requests by the status of their answer.",
                            COUNTER,
                            {"status"}},
    [LN_METRIC_PICTURES] = {"limitnet_pictures_total", "Pictures whose answer is final.", COUNTER, {0}},
    [LN_METRIC_ALARMS] = {"limitnet_alarms_total", "Alarms that were raised.", COUNTER, {"rule"}},
    [LN_METRIC_LATENCY] = {"limitnet_answer_latency_seconds",
                           "Time from a picture's last packet to its answer.",
                           HISTOGRAM,
                           {0}},
    [LN_METRIC_INFERENCE] = {"limitnet_inference_seconds",
                             "Time that decoder and vision model took for a batch.",
                             HISTOGRAM,
                             {0}},
    [LN_METRIC_WAITING] = {"limitnet_devices_waiting", "Devices that wait for a worker.", GAUGE, {0}},
    [LN_METRIC_OUTBOX] = {"limitnet_outbox_entries",
                          "Alarms in the outbox, by target and state.",
                          GAUGE,
                          {"target", "state"}},
    [LN_METRIC_DELIVERED] = {"limitnet_deliveries_total",
                             "Attempts to deliver an alarm, by what became of them.",
                             COUNTER,
                             {"target", "outcome"}},
    [LN_METRIC_AIRTIME] = {"limitnet_airtime_seconds_total",
                           "Time on air of frames, where the network tells it.",
                           COUNTER,
                           {"source"}},
    [LN_METRIC_STORE] = {"limitnet_store_bytes", "Bytes that the store takes.", GAUGE, {0}},
    [LN_METRIC_FREE] = {"limitnet_store_free_bytes", "Bytes that are free on the store's disk.", GAUGE, {0}},
    [LN_METRIC_FULL] = {"limitnet_store_full",
                        "1 while the store's disk is too full for new frames.",
                        GAUGE,
                        {0}},
    [LN_METRIC_LOST] = {"limitnet_metrics_lost_total",
                        "Values that were not counted, since there were too many labels.",
                        COUNTER,
                        {0}},
};

/* Upper bounds of a histogram's buckets; one more holds the rest. */
static const double bounds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
#define BOUNDS (sizeof bounds / sizeof *bounds)

typedef struct series {
    ln_metric metric;
    char labels[2][LN_METRIC_LABEL + 1];
    double value; /* of a histogram, the sum */
    uint64_t buckets[BOUNDS + 1];
} series;

struct ln_metrics {
    pthread_mutex_t lock;
    size_t count;
    series series[LN_METRIC_SERIES];
};

ln_metrics *ln_metrics_new(void)
{
    ln_metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        return NULL;
    if (pthread_mutex_init(&metrics->lock, NULL)) {
        free(metrics);
        return NULL;
    }
    /* Series without labels are there from the start: a rate needs its first zero. */
    for (ln_metric m = 0; m < LN_METRICS; m++)
        if (!families[m].labels[0])
            metrics->series[metrics->count++].metric = m;
    return metrics;
}

void ln_metrics_free(ln_metrics *metrics)
{
    if (!metrics)
        return;
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

/* ---- Counting -------------------------------------------------------------------------------- */

static void copy_label(char to[LN_METRIC_LABEL + 1], const char *from)
{
    size_t size = from ? strlen(from) : 0;
    size = size < LN_METRIC_LABEL ? size : LN_METRIC_LABEL;
    memcpy(to, from ? from : "", size);
    memset(to + size, 0, LN_METRIC_LABEL + 1 - size);
}

/* The series of these labels, a new one if need be. Null: there is no room. */
static series *find(ln_metrics *metrics, ln_metric metric, const char *first, const char *second)
{
    char labels[2][LN_METRIC_LABEL + 1];
    copy_label(labels[0], first);
    copy_label(labels[1], second);
    for (size_t i = 0; i < metrics->count; i++)
        if (metrics->series[i].metric == metric && !memcmp(metrics->series[i].labels, labels, sizeof labels))
            return &metrics->series[i];
    if (metrics->count == LN_METRIC_SERIES) {
        find(metrics, LN_METRIC_LOST, NULL, NULL)->value++;
        return NULL;
    }
    series *s = &metrics->series[metrics->count++];
    s->metric = metric;
    memcpy(s->labels, labels, sizeof labels);
    return s;
}

void ln_metrics_add(ln_metrics *metrics, ln_metric metric, const char *first, const char *second, double by)
{
    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->lock);
    series *s = find(metrics, metric, first, second);
    if (s)
        s->value += by;
    pthread_mutex_unlock(&metrics->lock);
}

void ln_metrics_set(ln_metrics *metrics, ln_metric metric, const char *first, const char *second,
                    double value)
{
    if (!metrics)
        return;
    pthread_mutex_lock(&metrics->lock);
    series *s = find(metrics, metric, first, second);
    if (s)
        s->value = value;
    pthread_mutex_unlock(&metrics->lock);
}

void ln_metrics_observe(ln_metrics *metrics, ln_metric metric, double seconds)
{
    size_t bucket = 0;
    if (!metrics)
        return;
    while (bucket < BOUNDS && seconds > bounds[bucket])
        bucket++;
    pthread_mutex_lock(&metrics->lock);
    series *s = find(metrics, metric, NULL, NULL);
    if (s) {
        s->value += seconds;
        s->buckets[bucket]++;
    }
    pthread_mutex_unlock(&metrics->lock);
}

void ln_metrics_clear(ln_metrics *metrics, ln_metric metric)
{
    pthread_mutex_lock(&metrics->lock);
    for (size_t i = 0; i < metrics->count; i++)
        if (metrics->series[i].metric == metric)
            metrics->series[i].value = 0;
    pthread_mutex_unlock(&metrics->lock);
}

/* ---- Printing -------------------------------------------------------------------------------- */

static void print_label(ln_text *out, const char *name, const char *value, const char *before)
{
    ln_text_add(out, "%s%s=\"", before, name);
    for (; *value; value++) {
        if (*value == '\n')
            ln_text_add(out, "\\n");
        else
            ln_text_add(out, "%s%c", *value == '"' || *value == '\\' ? "\\" : "", *value);
    }
    ln_text_add(out, "\"");
}

static void print_value(ln_text *out, const series *s)
{
    const family *f = &families[s->metric];
    ln_text_add(out, "%s", f->name);
    for (size_t i = 0; i < 2 && f->labels[i]; i++)
        print_label(out, f->labels[i], s->labels[i], i ? "," : "{");
    ln_text_add(out, "%s %.17g\n", f->labels[0] ? "}" : "", s->value);
}

static void print_histogram(ln_text *out, const series *s)
{
    const char *name = families[s->metric].name;
    uint64_t sum = 0;
    for (size_t i = 0; i < BOUNDS; i++) {
        sum += s->buckets[i];
        ln_text_add(out, "%s_bucket{le=\"%g\"} %llu\n", name, bounds[i], (unsigned long long)sum);
    }
    sum += s->buckets[BOUNDS];
    ln_text_add(out, "%s_bucket{le=\"+Inf\"} %llu\n", name, (unsigned long long)sum);
    ln_text_add(out, "%s_sum %.17g\n%s_count %llu\n", name, s->value, name, (unsigned long long)sum);
}

void ln_metrics_print(ln_metrics *metrics, ln_text *out)
{
    static const char *const types[] = {"counter", "gauge", "histogram"};
    pthread_mutex_lock(&metrics->lock);
    for (ln_metric m = 0; m < LN_METRICS; m++) {
        const family *f = &families[m];
        ln_text_add(out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name, types[f->type]);
        for (size_t i = 0; i < metrics->count; i++) {
            if (metrics->series[i].metric != m)
                continue;
            if (f->type == HISTOGRAM)
                print_histogram(out, &metrics->series[i]);
            else
                print_value(out, &metrics->series[i]);
        }
    }
    pthread_mutex_unlock(&metrics->lock);
}
