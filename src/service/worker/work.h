/* The work role of `limitnet serve`. */
#ifndef LN_SERVICE_WORKER_WORK_H
#define LN_SERVICE_WORKER_WORK_H

#include "service/worker/worker.h"

#include <stdatomic.h>

typedef struct ln_work_config {
    const char *store;  /* as for ln_store_open */
    const char *model;  /* as for ln_bundle_open */
    const char *vision; /* path of the vision model */
    int own_vision;     /* as `own` of ln_vision_choice */
    const char *labels; /* path of its labels; null: those that its sidecar file names */
    unsigned threads;   /* for each network; 0: one a core. With several workers: 1 */
    ln_worker_config worker;

    /* Whether the rules of the worker suit the vision model; null: they do. */
    ln_status (*check)(const void *rules, const ln_vision *vision, ln_error *error);
} ln_work_config;

/* Works until `stop` becomes 1, in any number of threads and processes. What fails on the way is told to
 * `problem` of the worker's configuration and tried again; a step that is under way ends first.
 * Errors: those of opening model, decoder and vision model, and of `check`; LN_ERR_IO: the store cannot be
 * used, and is not just away. */
ln_status ln_work_run(const ln_work_config *config, const atomic_int *stop, ln_error *error);

/* Opens the vision model and asks `check`, and does nothing else. Errors: those of both. */
ln_status ln_work_check(const ln_work_config *config, ln_error *error);

#endif
