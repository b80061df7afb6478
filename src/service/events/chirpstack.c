#include "service/events/json.h"

#include <string.h>

/* The other events have none of these. Events of uplinks have at least the second, whatever else is zero and
 * left out. */
static int is_uplink(const json_t *event)
{
    return ln_json_has(event, "data") || ln_json_has(event, "rxInfo") || ln_json_has(event, "fPort");
}

/* The coding rate as fifths of 4: its name, CR_4_5 to CR_4_8, or the number that protobuf gives it. */
static uint64_t fifths_of(const json_t *rate)
{
    static const char name[] = "CR_4_";
    const char *text = json_string_value(rate);
    if (text)
        return strncmp(text, name, sizeof name - 1) == 0 && text[5] >= '5' && text[5] <= '8' && !text[6]
                   ? (uint64_t)(text[5] - '0')
                   : 0;
    const json_int_t number = json_integer_value(rate);
    return number >= 1 && number <= 4 ? (uint64_t)number + 4 : 0;
}

static int read_modulation(ln_event *e, const json_t *modulation)
{
    const json_t *lora, *fsk;
    uint64_t bandwidth, spreading_factor, bit_rate;
    if (!ln_json_object(e, modulation, "lora", &lora) || !ln_json_object(e, modulation, "fsk", &fsk) ||
        !ln_json_number(e, lora, "bandwidth", UINT32_MAX, &bandwidth) ||
        !ln_json_number(e, lora, "spreadingFactor", UINT32_MAX, &spreading_factor) ||
        !ln_json_number(e, fsk, "datarate", UINT32_MAX, &bit_rate))
        return 0;
    if (lora)
        ln_event_lora_airtime(e, bandwidth, spreading_factor, fifths_of(json_object_get(lora, "codeRate")));
    else if (fsk)
        ln_event_fsk_airtime(e, bit_rate);
    return 1;
}

static void read_airtime(ln_event *e, const json_t *event)
{
    const json_t *sent, *modulation;
    if (!ln_json_object(e, event, "txInfo", &sent) || !ln_json_object(e, sent, "modulation", &modulation) ||
        !read_modulation(e, modulation))
        ln_event_note(e, "txInfo");
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

static int read_uplink(ln_event *e, const json_t *event)
{
    if (!read_frame(e, event))
        return 0;
    read_airtime(e, event);
    return 1;
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
    return read_uplink(e, event);
}

ln_event_fate ln_event_chirpstack_json(const void *bytes, size_t size, ln_uplink *uplink,
                                       char what[LN_EVENT_WHAT])
{
    return ln_json_event(bytes, size, uplink, what, read_event);
}
