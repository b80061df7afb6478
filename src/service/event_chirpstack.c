#include "service/event_json.h"

/* The other events have none of these. Events of uplinks have at least the second, whatever else is zero and
 * left out. */
static int is_uplink(const json_t *event)
{
    return ln_json_has(event, "data") || ln_json_has(event, "rxInfo") || ln_json_has(event, "fPort");
}

static int read_frame(ln_event *e, const json_t *event)
{
    ln_part address, data;
    ln_json_time(e, event, "time");
    return ln_json_text(e, event, "devAddr", &address) &&
           ln_event_name(e, e->uplink->session, LN_SESSION_NAME, address, LN_NAME_HEX, 0, "devAddr") &&
           ln_json_frame(e, event, "fCnt", "fPort") && ln_json_text(e, event, "data", &data) &&
           ln_event_base64(e, data, "data");
}

static int read_event(ln_event *e, const json_t *event)
{
    const json_t *device;
    ln_part eui;
    if (!ln_json_object(e, event, "deviceInfo", &device) || !ln_json_text(e, device, "devEui", &eui) ||
        !ln_event_name(e, e->uplink->device, LN_DEVICE_NAME, eui, LN_NAME_HEX, 1, "devEui"))
        return 0;
    if (!is_uplink(event))
        return ln_event_refuse(e, LN_EVENT_OTHER, "no uplink");
    if (ln_json_has(event, "joinServerContext"))
        return ln_event_refuse(e, LN_EVENT_ENCRYPTED, "the network has no key for this payload");
    return read_frame(e, event);
}

ln_event_fate ln_event_chirpstack_json(const void *bytes, size_t size, ln_uplink *uplink,
                                       char what[LN_EVENT_WHAT])
{
    return ln_json_event(bytes, size, uplink, what, read_event);
}
