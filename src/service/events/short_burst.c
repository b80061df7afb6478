#include "service/events/parts.h"
#include "service/events/time.h"

#include <sodium.h>
#include <string.h>

#define MOMSN_BITS 16
#define MOMSN_MOST ((1 << MOMSN_BITS) - 1)

/* A field of the form that is needed. */
typedef struct field {
    const char *name;
    char text[2 * LN_MAX_PAYLOAD + 1]; /* without its escapes */
    ln_part value;
} field;

enum { IMEI, MOMSN, TRANSMIT_TIME, DATA, FIELDS };

/* Takes a character of a form, which may be escaped; -1: a broken escape. */
static int take_character(ln_part *rest)
{
    const char *c = rest->bytes;
    size_t length = *c == '%' ? 3 : 1;
    if (length > rest->length)
        return -1;
    rest->bytes += length;
    rest->length -= length;
    if (*c != '%')
        return *c == '+' ? ' ' : (unsigned char)*c;
    unsigned char byte;
    return sodium_hex2bin(&byte, 1, c + 1, 2, NULL, NULL, NULL) == 0 ? byte : -1;
}

static int take_value(ln_event *e, field *f, ln_part rest)
{
    size_t length = 0;
    if (f->value.bytes)
        return ln_event_refuse_field(e, LN_EVENT_BROKEN, f->name, "is there twice");
    while (rest.length > 0) {
        int c = take_character(&rest);
        if (c < 0)
            return ln_event_refuse_field(e, LN_EVENT_BROKEN, f->name, "has a broken escape");
        if (length == sizeof f->text)
            return ln_event_refuse_field(e, LN_EVENT_TOO_LONG, f->name, "is too long");
        f->text[length++] = (char)c;
    }
    f->value = (ln_part){f->text, length};
    return 1;
}

/* Takes a pair name=value; those that nobody needs are left out. */
static int take_pair(ln_event *e, field *fields, ln_part pair)
{
    const char *equals = memchr(pair.bytes, '=', pair.length);
    if (!equals)
        return ln_event_refuse(e, LN_EVENT_BROKEN, "the event is no form: a pair has no '='");
    size_t length = (size_t)(equals - pair.bytes);
    for (field *f = fields; f < fields + FIELDS; f++)
        if (strlen(f->name) == length && memcmp(f->name, pair.bytes, length) == 0)
            return take_value(e, f, (ln_part){equals + 1, pair.length - length - 1});
    return 1;
}

static int take_form(ln_event *e, field *fields, ln_part rest)
{
    for (;;) {
        const char *end = memchr(rest.bytes, '&', rest.length);
        size_t length = end ? (size_t)(end - rest.bytes) : rest.length;
        if (!take_pair(e, fields, (ln_part){rest.bytes, length}))
            return 0;
        if (!end)
            return 1;
        rest = (ln_part){end + 1, rest.length - length - 1};
    }
}

static int read_event(ln_event *e, const field *fields)
{
    ln_part momsn = fields[MOMSN].value, time = fields[TRANSMIT_TIME].value;
    uint64_t counter = 0;
    if (!ln_event_name(e, e->uplink->device, LN_DEVICE_NAME, fields[IMEI].value, LN_NAME_DIGITS, 1, "imei") ||
        (momsn.bytes && !ln_event_digits(e, momsn, MOMSN_MOST, &counter, "momsn")))
        return 0;
    e->uplink->counter_bits = momsn.bytes ? MOMSN_BITS : 0;
    e->uplink->counter = (uint32_t)counter;
    if (time.bytes && !ln_time_two_digits(time.bytes, time.length, &e->uplink->time_ms))
        ln_event_note(e, "transmit_time");
    return ln_event_hex(e, fields[DATA].value, "data");
}

ln_event_fate ln_event_short_burst(const void *bytes, size_t size, ln_uplink *uplink,
                                   char what[LN_EVENT_WHAT])
{
    field fields[FIELDS];
    ln_event e;
    for (size_t i = 0; i < FIELDS; i++) {
        static const char *const names[FIELDS] = {"imei", "momsn", "transmit_time", "data"};
        fields[i].name = names[i];
        fields[i].value = (ln_part){NULL, 0};
    }
    if (ln_event_begin(&e, size, uplink, what) && take_form(&e, fields, (ln_part){bytes, size}))
        read_event(&e, fields);
    return ln_event_end(&e);
}
