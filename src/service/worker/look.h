/* What happened to a device, as its worker found it, and what the rules make of it. */
#ifndef LN_SERVICE_WORKER_LOOK_H
#define LN_SERVICE_WORKER_LOOK_H

#include "service/store/store.h"

/* Something that the vision model saw. */
typedef struct ln_sight {
    unsigned class_index;
    const char *label; /* empty: the class has no name */
    int score;         /* parts of 10,000 */
    int has_place;     /* 1: an object of a detector. Without a place it is in no zone */
    double x, y;       /* centre of its box, shares of the picture from its top left corner */
} ln_sight;

/* A look at a picture. It is looked at again as more of it comes, and there is one last look. */
typedef struct ln_look {
    int64_t picture;        /* its id in the store */
    uint64_t time_ms;       /* when the newest frame that it shows came */
    uint32_t packets;       /* of the picture that had come: never falls from look to look */
    int final;              /* 1: the last one, also if it shows nothing new */
    const ln_sight *sights; /* the best first */
    size_t count;
} ln_look;

/* A frame, whatever it holds. */
typedef struct ln_heard {
    int64_t frame; /* rises, as in ln_frame_row */
    uint64_t time_ms;
    int battery; /* percent, or LN_NO_BATTERY */
} ln_heard;

/* What happened to a device since last time. Nothing: it is the time that the rules asked for. */
typedef struct ln_news {
    const char *source, *device;
    uint64_t now_ms;
    const ln_heard *heard; /* in their order */
    size_t heard_count;
    const ln_look *looks; /* in the order of their pictures, one of each at most */
    size_t look_count;
} ln_news;

typedef struct ln_alarm {
    ln_alarm_row row;
    char *label, *body; /* memory of the row's */
} ln_alarm;

/* What the rules say. */
typedef struct ln_verdict {
    ln_alarm *alarms;
    size_t count;
    char *state;     /* for the next time; null: as before */
    uint64_t due_ms; /* when to ask again though no frame comes; UINT64_MAX: never */
    int began_anew;  /* 1: the state could not be read: what the rules knew is lost */
} ln_verdict;

/* The rules, a function without memory of its own: what it said and nobody stored, it says again.
 *   rules     what they are made of; only read, by several threads at once
 *   state     that came out last time; null: there was none yet
 *   verdict   the caller's to ln_verdict_free; empty after an error. May point to rules and news
 * Errors: LN_ERR_MEMORY. */
typedef ln_status ln_rules_ask(const void *rules, const char *state, const ln_news *news, ln_verdict *verdict,
                               ln_error *error);

void ln_verdict_free(ln_verdict *verdict);

#endif
