/* When an alarm is raised. Pure logic: no clock, no store, no network.
 *
 * What was seen goes in, look by look, with what the rules knew last time; alarms come out, and what they
 * must know next time. The same looks in the same order give the same alarms, whether they come at once or
 * one by one, and a look that comes again changes nothing. So a worker that was killed does it all again.
 *
 * An event of a rule `seen` begins with the first look that shows what the rule asks for, and it is named
 * after that look's picture. It raises its alarm when so many looks in a row (or last looks of so many
 * pictures in a row) have shown it. Then the rule is quiet for its cooldown, in which no event begins.
 * Pictures up to the one that the alarm was raised for raise no other.
 *
 * An event of a rule `silent` is named after the time of the last frame, one of `battery` after the frame
 * that told it. It ends when a frame comes, or when the battery is LN_BATTERY_MARGIN above the threshold. */
#ifndef LN_SERVICE_RULES_H
#define LN_SERVICE_RULES_H

#include "service/settings.h"
#include "service/store.h"

#define LN_RULES_STATE 16384 /* characters of a state at most */
#define LN_BATTERY_MARGIN 5  /* percent */

/* Something that the vision model saw. */
typedef struct ln_sight {
    unsigned class_index;
    const char *label;
    int score;     /* parts of 10,000 */
    int has_place; /* 1: an object of a detector. Without a place it is in no zone */
    double x, y;   /* centre of its box, shares of the picture from its top left corner */
} ln_sight;

/* A look at a picture. */
typedef struct ln_look {
    int64_t picture;
    uint64_t time_ms; /* when the newest frame that it shows came */
    uint32_t packets; /* of the picture that it shows: rises from look to look */
    int final;        /* 1: the last one */
    const ln_sight *sights;
    size_t count;
} ln_look;

/* A frame, whatever it holds. */
typedef struct ln_heard {
    int64_t frame; /* rises, as in ln_frame_row */
    uint64_t time_ms;
    int battery; /* percent, or LN_NO_BATTERY */
} ln_heard;

/* What happened to a device since last time. */
typedef struct ln_news {
    const char *source, *device;
    uint64_t now_ms;
    const ln_heard *heard; /* in their order */
    size_t heard_count;
    const ln_look *looks; /* in their order */
    size_t look_count;
} ln_news;

typedef struct ln_alarm {
    ln_alarm_row row;
    const ln_rule *rule; /* names its targets */
    char *label, *body;  /* the row's label; what is to be delivered, as JSON (docs/SERVICE.md) */
} ln_alarm;

typedef struct ln_verdict {
    ln_alarm *alarms;
    size_t count;
    char *state;     /* for the next time */
    uint64_t due_ms; /* when to ask again though no frame comes; UINT64_MAX: never */
    int began_anew;  /* 1: the state could not be read: what the rules knew is lost */
} ln_verdict;

/* Applies the rules to one device.
 *   state     that came out last time; null: there was none yet
 *   verdict   the caller's to ln_verdict_free; empty after an error. Points to the settings
 * Hours are those of the process's time zone. Errors: LN_ERR_MEMORY. */
ln_status ln_rules_run(const ln_service_settings *settings, const char *state, const ln_news *news,
                       ln_verdict *verdict, ln_error *error);

void ln_verdict_free(ln_verdict *verdict);

#endif
