#include "service/events/event.h"

#include <string.h>

const char *const ln_event_fate_names[LN_EVENT_FATES] = {
    [LN_EVENT_UPLINK] = "uplink",     [LN_EVENT_OTHER] = "other",
    [LN_EVENT_TEST] = "test",         [LN_EVENT_EMPTY] = "empty",
    [LN_EVENT_BROKEN] = "broken",     [LN_EVENT_INCOMPLETE] = "incomplete",
    [LN_EVENT_ENCODING] = "encoding", [LN_EVENT_ENCRYPTED] = "encrypted",
    [LN_EVENT_TOO_LONG] = "too_long", [LN_EVENT_MEMORY] = "memory",
};

ln_event_reader *ln_event_reader_of(const char *name)
{
    static const struct {
        const char *name;
        ln_event_reader *reader;
    } forms[] = {
        {"chirpstack", ln_event_chirpstack_json},    {"chirpstack-protobuf", ln_event_chirpstack_protobuf},
        {"the-things-stack", ln_event_things_stack}, {"sigfox", ln_event_sigfox},
        {"short-burst", ln_event_short_burst},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strcmp(name, forms[i].name) == 0)
            return forms[i].reader;
    return NULL;
}
