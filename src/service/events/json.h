/* Events that are JSON. A member that is missing or null is zero. */
#ifndef LN_SERVICE_EVENTS_JSON_H
#define LN_SERVICE_EVENTS_JSON_H

#include "service/events/parts.h"

#include <jansson.h>

/* Takes what is in an event. Returns 0 if it refuses it. */
typedef int ln_json_taker(ln_event *event, const json_t *object);

/* Reads an event, which must be an object, and gives it to `take`. */
ln_event_fate ln_json_event(const void *bytes, size_t size, ln_uplink *uplink, char what[LN_EVENT_WHAT],
                            ln_json_taker *take);

/* Whether there is such a member. */
int ln_json_has(const json_t *object, const char *key);

/* Members of a type. A number may also be a text of digits, as protobuf's JSON and templates may write it. */
int ln_json_object(ln_event *event, const json_t *parent, const char *key, const json_t **object);
int ln_json_text(ln_event *event, const json_t *parent, const char *key, ln_part *text);
int ln_json_number(ln_event *event, const json_t *parent, const char *key, uint64_t most, uint64_t *number);

/* Counter and port of a frame of LoRaWAN. */
int ln_json_frame(ln_event *event, const json_t *frame, const char *counter_key, const char *port_key);

/* A time of RFC 3339. One that is not understood is left out. */
void ln_json_time(ln_event *event, const json_t *parent, const char *key);

#endif
