/* What the rules remember of a device. */
#ifndef LN_SERVICE_RULES_STATE_H
#define LN_SERVICE_RULES_STATE_H

#include "service/settings/settings.h"

#define LN_RULES_PICTURES 32 /* that are remembered; twice what a receiver has open of a device */

typedef struct ln_seen_picture {
    int64_t id;
    uint32_t packets; /* of the last look */
    int final;        /* whether the last look was final */
} ln_seen_picture;

/* What one rule remembers. */
typedef struct ln_rule_state {
    uint64_t run;       /* looks or pictures in a row that showed it */
    int64_t began;      /* picture in which the run began */
    int64_t raised_for; /* picture of the last alarm; 0: none */
    uint64_t raised_ms;
    int open; /* 1: silent, or the battery is low, and the alarm was raised */
} ln_rule_state;

typedef struct ln_rules_state {
    int64_t frame; /* newest that was heard */
    uint64_t heard_ms;
    int64_t floor; /* pictures up to this one are over, but for those that are remembered */
    ln_seen_picture picture[LN_RULES_PICTURES];
    size_t pictures;
    ln_rule_state rule[LN_MOST_RULES]; /* in the order of the settings */
} ln_rules_state;

/* Reads a state; that of a rule that is gone is left out. It is empty after an error.
 * Errors: LN_ERR_IO (the text is no state), LN_ERR_MEMORY. */
ln_status ln_rules_state_read(ln_rules_state *state, const ln_service_settings *settings, const char *text);

/* The state as a text of at most LN_RULES_STATE characters, the caller's to free(); null: no memory. */
char *ln_rules_state_write(const ln_rules_state *state, const ln_service_settings *settings);

/* Remembers a look at a picture.
 *   more       receives 1 if it shows packets that no look showed before
 *   finished   receives 1 if it is the first final one */
void ln_rules_state_look(ln_rules_state *state, int64_t id, uint32_t packets, int final, int *more,
                         int *finished);

#endif
