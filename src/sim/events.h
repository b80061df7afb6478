/* What happens next: a heap of events by time. */
#ifndef LN_SIM_EVENTS_H
#define LN_SIM_EVENTS_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

/* At the same time, events come in this order: what arrives at the deadline counts, and an answer is heard
 * before the camera chooses its next packet. */
typedef enum ln_event_kind {
    LN_EVENT_SENT,     /* a frame ends; `subject` is its camera */
    LN_EVENT_ANSWER,   /* the gateway begins to send to this camera */
    LN_EVENT_HEARD,    /* its frame ends */
    LN_EVENT_DEADLINE, /* `subject` is a shot */
    LN_EVENT_SHOT,     /* a camera takes a picture */
    LN_EVENT_REPEAT,   /* a camera sends its frame once more */
    LN_EVENT_WAKE      /* a camera may send */
} ln_event_kind;

typedef struct ln_event {
    uint64_t time_us, order;
    ln_event_kind kind;
    size_t subject;
} ln_event;

typedef struct ln_events {
    ln_event *items;
    size_t count, room;
    uint64_t order; /* of the next one: equal events come as they were added */
} ln_events;

/* Errors: LN_ERR_MEMORY. */
ln_status ln_events_add(ln_events *events, uint64_t time_us, ln_event_kind kind, size_t subject,
                        ln_error *error);

/* Takes the next event out. Returns 0 when there is none. */
int ln_events_next(ln_events *events, ln_event *event);

void ln_events_free(ln_events *events);

#endif
