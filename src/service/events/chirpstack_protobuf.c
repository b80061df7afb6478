#include "service/events/parts.h"
#include "service/events/time.h"

#include "cloud/protobuf.h"

/* Numbers of fields (integration.proto, gw.proto, timestamp.proto). */
enum {
    UPLINK_TIME = 2,
    UPLINK_DEVICE_INFO = 3,
    UPLINK_DEV_ADDR = 4,
    UPLINK_F_CNT = 7,
    UPLINK_F_PORT = 8,
    UPLINK_DATA = 10,
    UPLINK_RX_INFO = 12,
    UPLINK_TX_INFO = 13,
    UPLINK_JOIN_SERVER_CONTEXT = 15,
    DEVICE_DEV_EUI = 8,
    TIMESTAMP_SECONDS = 1,
    TIMESTAMP_NANOS = 2,
    TX_MODULATION = 2,
    MODULATION_LORA = 3,
    MODULATION_FSK = 4,
    LORA_BANDWIDTH = 1,
    LORA_SPREADING_FACTOR = 2,
    LORA_CODE_RATE = 5, /* 1 to 4: 4/5 to 4/8 */
    FSK_BIT_RATE = 2
};

/* Puts the fields with numbers below `most` where their numbers say; of several the last one counts. A field
 * that is missing has the number 0. */
static int find_fields(ln_event *e, ln_message message, ln_field *fields, size_t most)
{
    ln_field f;
    while (ln_field_read(&message, &f))
        if (f.number < most)
            fields[f.number] = f;
    return message.at == message.end || ln_event_refuse(e, LN_EVENT_BROKEN, "the event is no protobuf");
}

/* The same for a message that is a field of the event. It may come in parts. */
static int find_inner_fields(ln_event *e, ln_message event, uint64_t number, ln_field *fields, size_t most)
{
    ln_field f;
    while (ln_field_read(&event, &f))
        if (f.number == number && f.bytes && !find_fields(e, ln_field_message(&f), fields, most))
            return 0;
    return 1;
}

static int text_of(ln_event *e, const ln_field *f, const char *name, ln_part *text)
{
    *text = (ln_part){(const char *)f->bytes, f->length};
    return !f->number || f->bytes ||
           ln_event_refuse_field(e, LN_EVENT_INCOMPLETE, name, "is a number instead of bytes");
}

static int number_of(ln_event *e, const ln_field *f, const char *name, uint64_t most)
{
    if (f->bytes)
        return ln_event_refuse_field(e, LN_EVENT_INCOMPLETE, name, "is no number");
    return f->value <= most || ln_event_refuse_field(e, LN_EVENT_INCOMPLETE, name, "is out of range");
}

static int read_device(ln_event *e, ln_message event)
{
    ln_field fields[DEVICE_DEV_EUI + 1] = {0};
    ln_part eui;
    return find_inner_fields(e, event, UPLINK_DEVICE_INFO, fields, DEVICE_DEV_EUI + 1) &&
           text_of(e, &fields[DEVICE_DEV_EUI], "dev_eui", &eui) &&
           ln_event_name(e, e->uplink->device, LN_DEVICE_NAME, eui, LN_NAME_HEX, 1, "dev_eui");
}

static int read_time(ln_event *e, ln_message event)
{
    ln_field fields[TIMESTAMP_NANOS + 1] = {0};
    const ln_field *seconds = &fields[TIMESTAMP_SECONDS], *nanos = &fields[TIMESTAMP_NANOS];
    if (!find_inner_fields(e, event, UPLINK_TIME, fields, TIMESTAMP_NANOS + 1))
        return 0;
    if (seconds->bytes || nanos->bytes || seconds->value > LN_LAST_SECOND || nanos->value > 999999999)
        ln_event_note(e, "time");
    else
        e->uplink->time_ms = 1000 * seconds->value + nanos->value / 1000000;
    return 1;
}

static int read_lora(ln_event *e, ln_message modulation)
{
    ln_field fields[LORA_CODE_RATE + 1] = {0};
    if (!find_inner_fields(e, modulation, MODULATION_LORA, fields, LORA_CODE_RATE + 1))
        return 0;
    const uint64_t rate = fields[LORA_CODE_RATE].value;
    ln_event_lora_airtime(e, fields[LORA_BANDWIDTH].value, fields[LORA_SPREADING_FACTOR].value,
                          rate >= 1 && rate <= 4 ? rate + 4 : 0);
    return 1;
}

static int read_fsk(ln_event *e, ln_message modulation)
{
    ln_field fields[FSK_BIT_RATE + 1] = {0};
    if (!find_inner_fields(e, modulation, MODULATION_FSK, fields, FSK_BIT_RATE + 1))
        return 0;
    ln_event_fsk_airtime(e, fields[FSK_BIT_RATE].value);
    return 1;
}

/* Only once the payload is known. */
static int read_airtime(ln_event *e, ln_message event)
{
    ln_field sent[TX_MODULATION + 1] = {0}, kinds[MODULATION_FSK + 1] = {0};
    if (!find_inner_fields(e, event, UPLINK_TX_INFO, sent, TX_MODULATION + 1))
        return 0;
    if (!sent[TX_MODULATION].bytes)
        return 1;
    const ln_message modulation = ln_field_message(&sent[TX_MODULATION]);
    if (!find_fields(e, modulation, kinds, MODULATION_FSK + 1))
        return 0;
    return kinds[MODULATION_LORA].bytes  ? read_lora(e, modulation)
           : kinds[MODULATION_FSK].bytes ? read_fsk(e, modulation)
                                         : 1;
}

static int read_frame(ln_event *e, const ln_field *fields)
{
    const ln_field *counter = &fields[UPLINK_F_CNT], *port = &fields[UPLINK_F_PORT];
    ln_part address, data;
    if (!text_of(e, &fields[UPLINK_DEV_ADDR], "dev_addr", &address) ||
        !ln_event_name(e, e->uplink->session, LN_SESSION_NAME, address, LN_NAME_HEX, 0, "dev_addr") ||
        !number_of(e, counter, "f_cnt", UINT32_MAX) || !number_of(e, port, "f_port", UINT8_MAX))
        return 0;
    e->uplink->counter_bits = 32;
    e->uplink->counter = (uint32_t)counter->value;
    e->uplink->port = (unsigned)port->value;
    return text_of(e, &fields[UPLINK_DATA], "data", &data) && ln_event_raw(e, data, "data");
}

/* What kind of event it is, no field says. But no other has these, and uplinks have at least the last two,
 * whatever else is zero and left out. */
static int is_uplink(const ln_field *fields)
{
    return fields[UPLINK_DATA].number || fields[UPLINK_RX_INFO].number || fields[UPLINK_TX_INFO].number;
}

ln_event_fate ln_event_chirpstack_protobuf(const void *bytes, size_t size, ln_uplink *uplink,
                                           char what[LN_EVENT_WHAT])
{
    const uint8_t *first = bytes;
    const ln_message event = {first, first + size};
    ln_field fields[UPLINK_JOIN_SERVER_CONTEXT + 1] = {0};
    ln_event e;
    if (ln_event_begin(&e, size, uplink, what) &&
        find_fields(&e, event, fields, UPLINK_JOIN_SERVER_CONTEXT + 1)) {
        if (!is_uplink(fields))
            ln_event_refuse(&e, LN_EVENT_OTHER, "no uplink");
        else if (fields[UPLINK_JOIN_SERVER_CONTEXT].number)
            ln_event_refuse(&e, LN_EVENT_ENCRYPTED, "the network has no key for this payload");
        else if (read_device(&e, event) && read_time(&e, event) && read_frame(&e, fields) &&
                 !read_airtime(&e, event))
            ln_event_note(&e, "tx_info");
    }
    return ln_event_end(&e);
}
