/* What the readers of events share. Functions that return int return 1 if all is well, and 0 once the event
 * is refused, so that a reader is a chain of them. */
#ifndef LN_SERVICE_EVENTS_PARTS_H
#define LN_SERVICE_EVENTS_PARTS_H

#include "service/events/event.h"

/* An event that is being read. */
typedef struct ln_event {
    ln_uplink *uplink;
    char *what;
    ln_event_fate fate; /* LN_EVENT_UPLINK as long as it is not refused */
} ln_event;

/* Some text of an event, which need not end with a zero. */
typedef struct ln_part {
    const char *bytes; /* null: missing */
    size_t length;
} ln_part;

/* Of which characters a name is made. */
typedef enum ln_name_kind {
    LN_NAME_HEX,      /* hex digits, which become small */
    LN_NAME_DIGITS,   /* 0..9 */
    LN_NAME_ID,       /* small letters, digits, '-' */
    LN_NAME_PRINTABLE /* of ASCII, but for the blank */
} ln_name_kind;

/* Begins with an empty uplink and `what`. Refuses events of no bytes and of too many. */
int ln_event_begin(ln_event *event, size_t size, ln_uplink *uplink, char what[LN_EVENT_WHAT]);

/* Ends, with an empty uplink if the event was refused. */
ln_event_fate ln_event_end(const ln_event *event);

/* Refuses the event. `why` says what is wrong in words of ours: nothing of an event goes into a log. Returns
 * 0. */
int ln_event_refuse(ln_event *event, ln_event_fate fate, const char *why);

/* The same; `field` is the name of a field, and `why` what is wrong with it. */
int ln_event_refuse_field(ln_event *event, ln_event_fate fate, const char *field, const char *why);

/* Says that a field nobody needs is not understood. It counts as missing, and does not cost the frame, even
 * if the event was refused for it. */
void ln_event_note(ln_event *event, const char *field);

/* Takes a name into `to`, which has room for `most` characters and a zero. It may be missing only if it is
 * not `needed`. */
int ln_event_name(ln_event *event, char *to, size_t most, ln_part text, ln_name_kind kind, int needed,
                  const char *field);

/* Takes a decimal number of 0..most. */
int ln_event_digits(ln_event *event, ln_part text, uint64_t most, uint64_t *number, const char *field);

/* Sets the airtime of a frame of LoRaWAN, once its payload is known. 0: not given; what LoRaWAN does not have
 * leaves the airtime unknown.
 *   bandwidth       Hz
 *   fifths          5..8: the coding rate is 4/5 to 4/8
 *   bit_rate        of FSK, bits a second */
void ln_event_lora_airtime(ln_event *event, uint64_t bandwidth, uint64_t spreading_factor, uint64_t fifths);
void ln_event_fsk_airtime(ln_event *event, uint64_t bit_rate);

/* Take the payload: as it is, in base64 with its padding, or in hex digits. Without one the event is
 * LN_EVENT_EMPTY. */
int ln_event_raw(ln_event *event, ln_part payload, const char *field);
int ln_event_base64(ln_event *event, ln_part text, const char *field);
int ln_event_hex(ln_event *event, ln_part text, const char *field);

#endif
