/* What the vision model saw in a picture, and what the rules make of it. */
#ifndef LN_SERVICE_LOOK_H
#define LN_SERVICE_LOOK_H

#include "service/store.h"

#include <limitnet/cloud.h>

/* A look at a picture. A picture is looked at again as more of it comes, and there is one last look, whose
 * `final` is 1. */
typedef struct ln_look {
    int64_t picture; /* its id in the store */
    uint64_t began_ms, time_ms; /* when the first and the latest of its packets came */
    int final;                  /* 1: nothing that comes later changes it */
    ln_task task;               /* which of the two lists is meant */
    const ln_class *classes;    /* the best first */
    size_t class_count;
    const ln_object *objects; /* the best first; none: nothing was found */
    size_t object_count;
    unsigned width, height; /* of the picture, whose pixels the boxes of objects count */
} ln_look;

/* What the rules are asked. */
typedef struct ln_question {
    const char *source, *name; /* of the device */
    const char *state;         /* that they gave last; null: none yet */
    const ln_look *looks;      /* since then; those of a picture in order. None: `wake_ms` is over, or frames
                                  came that show nothing yet */
    size_t look_count;
    uint64_t now_ms;   /* Unix time */
    uint64_t heard_ms; /* when the device's newest frame came; 0: none is in this question */
    int battery;       /* that it told last in these frames, percent; LN_NO_BATTERY: it did not */
} ln_question;

/* What they answer. */
typedef struct ln_verdict {
    ln_alarm_row *alarms; /* in memory of malloc, and so is the `body` of each; other texts and the targets are
                             the rules' or the question's */
    size_t alarm_count;
    char *state;      /* in memory of malloc; null: as before */
    uint64_t wake_ms; /* when to ask again although nothing came; 0: not */
} ln_verdict;

/* The rules: a function without memory of its own, so that an answer which was lost comes out again.
 *   rules     what it was made of; only read, by several threads at once
 *   verdict   the caller's to ln_verdict_free, also after an error; begins empty
 * Errors: LN_ERR_MEMORY. */
typedef ln_status ln_rules_ask(const void *rules, const ln_question *question, ln_verdict *verdict,
                               ln_error *error);

void ln_verdict_free(ln_verdict *verdict);

#endif
