#include "service/events/json.h"
#include "service/events/time.h"

#define SEQUENCE_BITS 12
#define SEQUENCE_MOST ((1 << SEQUENCE_BITS) - 1)

static int read_event(ln_event *e, const json_t *event)
{
    ln_part device, data;
    uint64_t sequence, seconds;
    if (!ln_json_text(e, event, "device", &device) ||
        !ln_event_name(e, e->uplink->device, LN_DEVICE_NAME, device, LN_NAME_HEX, 1, "device"))
        return 0;
    if (!ln_json_has(event, "data"))
        return ln_event_refuse(e, LN_EVENT_OTHER, "no data: the callback is of another type than DATA");
    if (ln_json_number(e, event, "time", LN_LAST_SECOND, &seconds))
        e->uplink->time_ms = 1000 * seconds;
    else
        ln_event_note(e, "time");
    if (!ln_json_number(e, event, "seqNumber", SEQUENCE_MOST, &sequence))
        return 0;
    e->uplink->counter_bits = ln_json_has(event, "seqNumber") ? SEQUENCE_BITS : 0;
    e->uplink->counter = (uint32_t)sequence;
    return ln_json_text(e, event, "data", &data) && ln_event_hex(e, data, "data");
}

ln_event_fate ln_event_sigfox(const void *bytes, size_t size, ln_uplink *uplink, char what[LN_EVENT_WHAT])
{
    return ln_json_event(bytes, size, uplink, what, read_event);
}
