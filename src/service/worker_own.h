/* What the files of the worker share. */
#ifndef LN_SERVICE_WORKER_OWN_H
#define LN_SERVICE_WORKER_OWN_H

#include "service/reception.h"
#include "service/worker.h"

struct ln_worker {
    ln_store *store;
    ln_vision *vision;
    ln_worker_config config;
    ln_reception_config reception;
    ln_worker_counts counts;

    /* Room for what goes through the networks together. */
    uint8_t *rgb;
    ln_class *classes; /* `top` of each picture */
    ln_object *objects;
    size_t top;
};

/* A picture to look at. */
typedef struct ln_sight {
    const ln_reception *reception;
    ln_shown *picture;
} ln_sight;

/* Looks at pictures, those of all devices together: `looked` or `refused` of each becomes 1. */
void ln_sight_all(ln_worker *worker, const ln_sight *sights, size_t count);

/* Asks the rules about a device.
 *   found   receives alarms, state and time of waking, in the verdict's memory */
ln_status ln_worker_ask(const ln_worker *worker, ln_reception *reception, uint64_t now_ms, ln_found *found,
                        ln_verdict *verdict, ln_error *error);

void ln_worker_problem(const ln_worker *worker, const ln_error *error);

#endif
