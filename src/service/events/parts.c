#include "service/events/parts.h"

#include <limitnet/link.h>

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

int ln_event_begin(ln_event *event, size_t size, ln_uplink *uplink, char what[LN_EVENT_WHAT])
{
    *event = (ln_event){.uplink = uplink, .what = what, .fate = LN_EVENT_UPLINK};
    *uplink = (ln_uplink){.battery = LN_NO_BATTERY};
    what[0] = 0;
    if (size > LN_EVENT_BYTES)
        return ln_event_refuse(event, LN_EVENT_TOO_LONG, "the event is too long");
    return size > 0 || ln_event_refuse(event, LN_EVENT_BROKEN, "the event has no bytes");
}

ln_event_fate ln_event_end(const ln_event *event)
{
    if (event->fate != LN_EVENT_UPLINK)
        memset(event->uplink, 0, sizeof *event->uplink);
    return event->fate;
}

/* ---- Words ----------------------------------------------------------------------------------- */

int ln_event_refuse(ln_event *event, ln_event_fate fate, const char *why)
{
    event->fate = fate;
    snprintf(event->what, LN_EVENT_WHAT, "%s", why);
    return 0;
}

int ln_event_refuse_field(ln_event *event, ln_event_fate fate, const char *field, const char *why)
{
    event->fate = fate;
    snprintf(event->what, LN_EVENT_WHAT, "%s %s", field, why);
    return 0;
}

void ln_event_note(ln_event *event, const char *field)
{
    event->fate = LN_EVENT_UPLINK;
    snprintf(event->what, LN_EVENT_WHAT, "%s is not understood and left out", field);
}

/* ---- Names and numbers ----------------------------------------------------------------------- */

static int belongs(ln_name_kind kind, char c)
{
    switch (kind) {
    case LN_NAME_HEX:
        return isxdigit((unsigned char)c);
    case LN_NAME_DIGITS:
        return c >= '0' && c <= '9';
    case LN_NAME_ID:
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    default:
        return c > ' ' && c <= '~';
    }
}

int ln_event_name(ln_event *event, char *to, size_t most, ln_part text, ln_name_kind kind, int needed,
                  const char *field)
{
    if (text.length > most)
        return ln_event_refuse_field(event, LN_EVENT_TOO_LONG, field, "is too long");
    if (needed && text.length == 0)
        return ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, field, "is missing");
    for (size_t i = 0; i < text.length; i++) {
        if (!belongs(kind, text.bytes[i]))
            return ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, field, "has a character that cannot be");
        to[i] = kind == LN_NAME_HEX ? (char)tolower((unsigned char)text.bytes[i]) : text.bytes[i];
    }
    to[text.length] = 0;
    return 1;
}

int ln_event_digits(ln_event *event, ln_part text, uint64_t most, uint64_t *number, const char *field)
{
    *number = 0;
    for (size_t i = 0; i < text.length; i++) {
        unsigned digit = (unsigned)(unsigned char)text.bytes[i] - '0';
        if (digit > 9)
            return ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, field, "is no number");
        if (*number > (most - digit) / 10)
            return ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, field, "is out of range");
        *number = *number * 10 + digit;
    }
    return text.length > 0 || ln_event_refuse_field(event, LN_EVENT_INCOMPLETE, field, "is no number");
}

/* ---- Airtime --------------------------------------------------------------------------------- */

#define LORAWAN 13 /* bytes around a payload: header, address, control, counter, port and check */

void ln_event_lora_airtime(ln_event *event, uint64_t bandwidth, uint64_t spreading_factor, uint64_t fifths)
{
    if (bandwidth > 1000 * (uint64_t)UINT16_MAX || bandwidth % 1000 || spreading_factor > UINT8_MAX ||
        fifths > UINT8_MAX)
        return;
    const ln_data_rate rate = {.modulation = LN_LORA,
                               .spreading_factor = (uint8_t)spreading_factor,
                               .coding_rate = (uint8_t)fifths,
                               .overhead = LORAWAN,
                               .bandwidth = (uint16_t)(bandwidth / 1000)};
    event->uplink->airtime_us = ln_airtime(&rate, event->uplink->size);
}

void ln_event_fsk_airtime(ln_event *event, uint64_t bit_rate)
{
    if (bit_rate > UINT32_MAX)
        return;
    const ln_data_rate rate = {
        .modulation = LN_FSK, .overhead = LORAWAN, .bits_per_second = (uint32_t)bit_rate};
    event->uplink->airtime_us = ln_airtime(&rate, event->uplink->size);
}

/* ---- Payload --------------------------------------------------------------------------------- */

static int is_possible(ln_event *event, ln_part payload, size_t most, const char *field)
{
    if (payload.length == 0)
        return ln_event_refuse_field(event, LN_EVENT_EMPTY, field, "is empty");
    return payload.length <= most ||
           ln_event_refuse_field(event, LN_EVENT_TOO_LONG, field, "is too long for a packet");
}

int ln_event_raw(ln_event *event, ln_part payload, const char *field)
{
    if (!is_possible(event, payload, LN_MAX_PAYLOAD, field))
        return 0;
    memcpy(event->uplink->payload, payload.bytes, payload.length);
    event->uplink->size = payload.length;
    return 1;
}

int ln_event_base64(ln_event *event, ln_part text, const char *field)
{
    ln_uplink *u = event->uplink;
    if (!is_possible(event, text,
                     sodium_base64_ENCODED_LEN(LN_MAX_PAYLOAD, sodium_base64_VARIANT_ORIGINAL) - 1, field))
        return 0;
    return sodium_base642bin(u->payload, sizeof u->payload, text.bytes, text.length, NULL, &u->size, NULL,
                             sodium_base64_VARIANT_ORIGINAL) == 0 ||
           ln_event_refuse_field(event, LN_EVENT_ENCODING, field, "is no base64");
}

int ln_event_hex(ln_event *event, ln_part text, const char *field)
{
    ln_uplink *u = event->uplink;
    if (!is_possible(event, text, 2 * LN_MAX_PAYLOAD, field))
        return 0;
    return sodium_hex2bin(u->payload, sizeof u->payload, text.bytes, text.length, NULL, &u->size, NULL) ==
               0 ||
           ln_event_refuse_field(event, LN_EVENT_ENCODING, field, "has no pairs of hex digits");
}
