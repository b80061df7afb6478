/* What the service counts, as Prometheus reads it (GET /metrics). Any thread may use it.
 *
 * Labels are names of sources, targets and rules, which the settings bound, or words of ours: never anything
 * of an event. */
#ifndef LN_SERVICE_METRICS_H
#define LN_SERVICE_METRICS_H

#include "cloud/text.h"

#include <stdint.h>

typedef enum ln_metric {
    LN_METRIC_EVENTS,    /* counter; source, fate: stored, repeat, later, port, or as ln_event_fate_names */
    LN_METRIC_CONNECTED, /* gauge; source: 1 while its broker is there */
    LN_METRIC_REQUESTS,  /* counter; status of the answer */
    LN_METRIC_PICTURES,  /* counter */
    LN_METRIC_ALARMS,    /* counter; rule */
    LN_METRIC_LATENCY,   /* histogram, seconds: from the last packet to the answer */
    LN_METRIC_INFERENCE, /* histogram, seconds: of a batch */
    LN_METRIC_WAITING,   /* gauge: devices that wait for a worker */
    LN_METRIC_OUTBOX,    /* gauge; target, state: waiting, failed */
    LN_METRIC_DELIVERED, /* counter; target, outcome: delivered, again, never */
    LN_METRIC_AIRTIME,   /* counter, seconds; source: where the network tells it */
    LN_METRIC_STORE,     /* gauge, bytes */
    LN_METRIC_FREE,      /* gauge, bytes: of the store's disk */
    LN_METRIC_FULL,      /* gauge: 1 while the disk is too full for new frames */
    LN_METRIC_LOST,      /* counter: values that were not counted, since there were too many labels */
    LN_METRICS
} ln_metric;

/* Series at most, of all metrics together, and characters of a label. */
#define LN_METRIC_SERIES 1024
#define LN_METRIC_LABEL 48

typedef struct ln_metrics ln_metrics;

/* Null: memory is short. The caller's to ln_metrics_free. */
ln_metrics *ln_metrics_new(void);
void ln_metrics_free(ln_metrics *metrics);

/* Values of the labels, in their order above; null: there are not so many. Null metrics are allowed: nothing
 * is counted. */
void ln_metrics_add(ln_metrics *metrics, ln_metric metric, const char *first, const char *second, double by);
void ln_metrics_set(ln_metrics *metrics, ln_metric metric, const char *first, const char *second,
                    double value);
void ln_metrics_observe(ln_metrics *metrics, ln_metric metric, double seconds);

/* Sets a gauge to 0 for all labels that it has had, before it is set anew. */
void ln_metrics_clear(ln_metrics *metrics, ln_metric metric);

/* Adds all of it in Prometheus' text format 0.0.4. */
void ln_metrics_print(ln_metrics *metrics, ln_text *out);

#endif
