#include "service/events/json.h"
#include "service/events/time.h"

#include <stdio.h>

#define ID_MOST 36 /* characters of an id in The Things Stack */

static int read_id(ln_event *e, const json_t *parent, const char *key, char id[ID_MOST + 1])
{
    ln_part text;
    return ln_json_text(e, parent, key, &text) && ln_event_name(e, id, ID_MOST, text, LN_NAME_ID, 1, key);
}

/* A device's id is unique in its application only. */
static int read_device(ln_event *e, const json_t *event)
{
    const json_t *ids, *application_ids;
    char application[ID_MOST + 1], device[ID_MOST + 1];
    if (!ln_json_object(e, event, "end_device_ids", &ids) ||
        !ln_json_object(e, ids, "application_ids", &application_ids) ||
        !read_id(e, application_ids, "application_id", application) || !read_id(e, ids, "device_id", device))
        return 0;
    snprintf(e->uplink->device, sizeof e->uplink->device, "%s/%s", application, device);
    return 1;
}

/* The last level that the device told, which may be from an earlier frame. */
static void read_battery(ln_event *e, const json_t *message)
{
    const json_t *level = json_object_get(json_object_get(message, "last_battery_percentage"), "value");
    double value = json_number_value(level);
    if (!level || json_is_null(level))
        return;
    if (json_is_number(level) && value >= 0 && value <= 100)
        e->uplink->battery = (int)(value + 0.5);
    else
        ln_event_note(e, "last_battery_percentage");
}

/* Seconds with decimals and an "s" behind, as protobuf's JSON has durations. */
static void read_airtime(ln_event *e, const json_t *message)
{
    const json_t *member = json_object_get(message, "consumed_airtime");
    uint64_t airtime_us;
    if (!ln_json_has(message, "consumed_airtime"))
        return;
    if (json_is_string(member) &&
        ln_time_duration(json_string_value(member), json_string_length(member), &airtime_us) &&
        airtime_us <= UINT32_MAX)
        e->uplink->airtime_us = (uint32_t)airtime_us;
    else
        ln_event_note(e, "consumed_airtime");
}

static int read_frame(ln_event *e, const json_t *event, const json_t *message)
{
    ln_part session, payload;
    read_battery(e, message);
    read_airtime(e, message);
    ln_json_time(e, ln_json_has(message, "received_at") ? message : event, "received_at");
    return ln_json_text(e, message, "session_key_id", &session) &&
           ln_event_name(e, e->uplink->session, LN_SESSION_NAME, session, LN_NAME_PRINTABLE, 0,
                         "session_key_id") &&
           ln_json_frame(e, message, "f_cnt", "f_port") &&
           ln_json_text(e, message, "frm_payload", &payload) && ln_event_base64(e, payload, "frm_payload");
}

static int read_event(ln_event *e, const json_t *event)
{
    const json_t *message;
    if (!read_device(e, event) || !ln_json_object(e, event, "uplink_message", &message))
        return 0;
    if (!message)
        return ln_event_refuse(e, LN_EVENT_OTHER, "no uplink");
    if (json_is_true(json_object_get(event, "simulated")))
        return ln_event_refuse(e, LN_EVENT_TEST, "simulated");
    /* Present only if the network was told not to decrypt (skip_payload_crypto). */
    if (ln_json_has(message, "app_s_key"))
        return ln_event_refuse(e, LN_EVENT_ENCRYPTED, "the network has not decrypted this payload");
    return read_frame(e, event, message);
}

ln_event_fate ln_event_things_stack(const void *bytes, size_t size, ln_uplink *uplink,
                                    char what[LN_EVENT_WHAT])
{
    return ln_json_event(bytes, size, uplink, what, read_event);
}
