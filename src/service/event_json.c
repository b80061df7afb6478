#include "service/event_json.h"

#include "service/event_time.h"

#include <pthread.h>
#include <stdlib.h>

/* ---- Memory ---------------------------------------------------------------------------------- */

/* When memory is short while Jansson (2.14) collects a token, it forgets a character of it, and without the
 * last quotation mark it reads behind the token. So what malloc does not give while an event is read comes
 * from a reserve, once, and then the text ends at once: nothing else is collected, and the event is not read.
 */
typedef struct reading {
    ln_part rest; /* of the text */
    int memory_is_short;
    _Alignas(max_align_t) char reserve[2 * LN_EVENT_BYTES]; /* a token doubles its room when it grows */
} reading;

static _Thread_local reading *current;

static void *take_memory(size_t size)
{
    void *block = malloc(size);
    if (block || !current)
        return block;
    int is_first = !current->memory_is_short;
    current->memory_is_short = 1;
    return is_first && size <= sizeof current->reserve ? current->reserve : NULL;
}

static void give_memory_back(void *block)
{
    if (!current || block != current->reserve)
        free(block);
}

static void set_memory(void)
{
    json_set_alloc_funcs(take_memory, give_memory_back);
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* One byte at a time: Jansson must not have more of them when memory is short. */
static size_t next_byte(void *to, size_t room, void *context)
{
    reading *r = context;
    if (room == 0 || r->rest.length == 0 || r->memory_is_short)
        return 0;
    *(char *)to = *r->rest.bytes++;
    r->rest.length--;
    return 1;
}

/* Null: the event is refused. */
static json_t *read_text(ln_event *event, const void *bytes, size_t size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_memory);
    reading r;
    r.rest = (ln_part){bytes, size};
    r.memory_is_short = 0;
    current = &r;
    json_t *text = json_load_callback(next_byte, &r, JSON_REJECT_DUPLICATES, NULL);
    if (r.memory_is_short)
        ln_event_refuse(event, LN_EVENT_MEMORY, "memory is short");
    else if (!json_is_object(text))
        ln_event_refuse(event, LN_EVENT_BROKEN,
                        text ? "the event is no JSON object" : "the event is no JSON");
    if (event->fate != LN_EVENT_UPLINK) {
        json_decref(text);
        text = NULL;
    }
    current = NULL;
    return text;
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
    event->uplink->counted = 1;
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
