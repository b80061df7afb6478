/* A worker: takes devices that have something to do, finds their pictures, has the vision model look at what
 * is new of them, asks the rules, and gives all that back to the store at once.
 *
 * It keeps nothing between two steps, so it can be killed at any point, and any other worker goes on: what
 * was not given back is found again, and comes out the same. */
#ifndef LN_SERVICE_WORKER_WORKER_H
#define LN_SERVICE_WORKER_WORKER_H

#include "service/worker/look.h"
#include "service/metrics.h"
#include "service/settings/settings.h"

#define LN_WORKER_DEVICES 8 /* in a step at most: their pictures go through the networks together */

/* After the end of a picture, how long a frame may take into the store that came before it. */
#define LN_WORKER_GRACE_MS 2000

/* A device whose pictures the networks refuse is tried again after this time; the last of so many times, the
 * pictures that they refuse go without an answer. */
#define LN_WORKER_AGAIN_MS 60000
#define LN_WORKER_TRIES 5

#define LN_WORKER_NEVER 1e9f /* a score that no picture has */

typedef struct ln_worker_config {
    uint64_t idle_ms;     /* a picture is over when no packet was accepted for longer than this */
    uint64_t late_ms;     /* as in ln_receiver_config; 0: LN_LATE_MS */
    uint64_t deadline_ms; /* so long after a picture's first packet its answer is final */
    uint64_t lease_ms;    /* a device whose worker died is taken by another one after this time: much longer
                             than a step takes */
    size_t devices;       /* in a step, 1..LN_WORKER_DEVICES */
    float sure;           /* score at which a picture is looked at no more, 0..1; or LN_WORKER_NEVER */
    int hints;            /* 1: finds out what cameras should be told of loss and pictures (SPEC 6.9) */
    size_t keep;          /* classes or objects in an answer, at least 1 */
    const ln_people *people; /* whom to look for; null: nobody */
    ln_rules_ask *ask;       /* null: there are no rules */
    const void *rules;

    ln_metrics *metrics; /* null: nothing is counted */

    /* Told what goes wrong and is tried again, or what is lost. Null is allowed. */
    void (*problem)(void *context, const ln_error *error);
    void *context;
} ln_worker_config;

/* What workers count. */
typedef struct ln_worker_counts {
    uint64_t devices; /* taken */
    uint64_t looks;   /* that the networks made */
    uint64_t alarms;  /* new ones */
    uint64_t put_off; /* devices, since the networks refused a picture or the rules failed */
    uint64_t lost;    /* devices that another worker had taken meanwhile */
    uint64_t without; /* pictures without an answer, since the networks refused them again and again */
} ln_worker_counts;

/* For one thread at a time. */
typedef struct ln_worker ln_worker;

/* Makes a worker. All but the configuration, which is copied, must outlive it, and only this worker may use
 * store, decoder and vision model meanwhile.
 *   worker   the caller's to ln_worker_close; null after an error
 * Errors: LN_ERR_ARGUMENT (the configuration), LN_ERR_MEMORY. */
ln_status ln_worker_open(ln_worker **worker, ln_store *store, const ln_bundle *bundle, ln_decoder *decoder,
                         ln_vision *vision, const ln_worker_config *config, ln_error *error);
void ln_worker_close(ln_worker *worker);

/* A step.
 *   now_ms   Unix time
 *   taken    receives how many devices were taken; 0: there is nothing to do
 * Returns what became of the store's last call that failed, with `error`; what was taken is taken again when
 * the lease is over. Whatever concerns one device only is told to `problem`, and is no error. */
ln_db_result ln_worker_step(ln_worker *worker, uint64_t now_ms, size_t *taken, ln_error *error);

void ln_worker_get_counts(const ln_worker *worker, ln_worker_counts *counts);

#endif
