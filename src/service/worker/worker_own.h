/* What the files of the worker share. */
#ifndef LN_SERVICE_WORKER_WORKER_OWN_H
#define LN_SERVICE_WORKER_WORKER_OWN_H

#include "service/worker/reception.h"
#include "service/worker/worker.h"

struct ln_worker {
    ln_store *store;
    ln_vision *vision;
    ln_worker_config config;
    ln_reception_config reception;
    ln_worker_counts counts;
    double began; /* the step, as ln_worker_clock tells it */

    /* Room for what goes through the networks together. */
    uint8_t *rgb;
    ln_class *classes; /* `top` of each picture */
    ln_object *objects;
    size_t top;
};

/* A picture to look at. */
typedef struct ln_view {
    const ln_reception *reception;
    ln_shown *picture;
} ln_view;

/* Looks at pictures, those of all devices together: `looked` or `refused` of each becomes 1. */
void ln_view_all(ln_worker *worker, const ln_view *views, size_t count);

/* Memory of what the rules said. */
typedef struct ln_said {
    ln_verdict verdict;
    ln_alarm_row *rows;
} ln_said;

/* Asks the rules about a device.
 *   found   receives alarms, state and time of waking
 *   said    the caller's to ln_said_free, also after an error
 * Errors: LN_ERR_MEMORY, LN_ERR_IO (a stored answer is damaged), and those of the rules. */
ln_status ln_worker_ask(const ln_worker *worker, ln_reception *reception, uint64_t now_ms, ln_found *found,
                        ln_said *said, ln_error *error);
void ln_said_free(ln_said *said);

/* Seconds, for spans of time. */
double ln_worker_clock(void);

/* Finds out what the camera of a device should be told.
 *   found   receives the hint, if one is worth a downlink */
ln_db_result ln_worker_hint(const ln_worker *worker, const ln_reception *reception, ln_found *found,
                            ln_error *error);

void ln_worker_problem(const ln_worker *worker, const ln_error *error);

#endif
