#include "service/events/json.h"

#include "service/events/time.h"
#include "service/json.h"

_Static_assert(LN_EVENT_BYTES <= LN_JSON_BYTES, "an event that is not too long can be read");

/* Null: the event is refused. */
static json_t *read_text(ln_event *event, const void *bytes, size_t size)
{
    json_t *text;
    ln_status status = ln_json_read(&text, bytes, size);
    if (status == LN_OK && json_is_object(text))
        return text;
    if (status == LN_ERR_MEMORY)
        ln_event_refuse(event, LN_EVENT_MEMORY, "memory is short");
    else
        ln_event_refuse(event, LN_EVENT_BROKEN,
                        text ? "the event is no JSON object" : "the event is no JSON");
    json_decref(text);
    return NULL;
}

ln_event_fate ln_json_event(const void *bytes, size_t size, ln_uplink *uplink, char what[LN_EVENT_WHAT],
                            ln_json_taker *take)
{
    ln_event event;
    json_t *object = ln_event_begin(&event, size, uplink, what) ? read_text(&event, bytes, size) : NULL;
    if (object)
        take(&event, object);
    json_decref(object);
    return ln_event_end(&event);
}

/* ---- Members --------------------------------------------------------------------------------- */

int ln_json_has(const json_t *object, const char *key)
{
    const json_t *member = json_object_get(object, key);
    return member && !json_is_null(member);
}

int ln_json_object(ln_event *event, const json_t *parent, const char *key, const json_t **object)
{
    *object = ln_json_has(parent, key) ? json_object_get(parent, key) : NULL;
    return !*object || json_is_object(*object) ||
           ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, key, "is no object");
}

int ln_json_text(ln_event *event, const json_t *parent, const char *key, ln_part *text)
{
    const json_t *member = json_object_get(parent, key);
    *text = (ln_part){json_string_value(member), json_string_length(member)};
    return !ln_json_has(parent, key) || json_is_string(member) ||
           ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, key, "is no text");
}

int ln_json_number(ln_event *event, const json_t *parent, const char *key, uint64_t most, uint64_t *number)
{
    const json_t *member = json_object_get(parent, key);
    *number = 0;
    if (!ln_json_has(parent, key))
        return 1;
    if (json_is_string(member))
        return ln_event_digits(event, (ln_part){json_string_value(member), json_string_length(member)}, most,
                               number, key);
    if (!json_is_integer(member))
        return ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, key, "is no number");
    json_int_t value = json_integer_value(member);
    if (value < 0 || (uint64_t)value > most)
        return ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, key, "is out of range");
    *number = (uint64_t)value;
    return 1;
}

int ln_json_frame(ln_event *event, const json_t *frame, const char *counter_key, const char *port_key)
{
    uint64_t counter, port;
    if (!ln_json_number(event, frame, counter_key, UINT32_MAX, &counter) ||
        !ln_json_number(event, frame, port_key, UINT8_MAX, &port))
        return 0;
    event->uplink->counter_bits = 32;
    event->uplink->counter = (uint32_t)counter;
    event->uplink->port = (unsigned)port;
    return 1;
}

void ln_json_time(ln_event *event, const json_t *parent, const char *key)
{
    const json_t *member = json_object_get(parent, key);
    if (ln_json_has(parent, key) &&
        (!json_is_string(member) ||
         !ln_time_rfc3339(json_string_value(member), json_string_length(member), &event->uplink->time_ms)))
        ln_event_note(event, key);
}
