#include "cloud/protobuf.h"

#include <string.h>

static int read_varint(ln_message *r, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        uint8_t byte = *r->at++;
        *value |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return 1;
    }
    return 0;
}

static int skip(ln_message *r, uint64_t bytes)
{
    if (bytes > (size_t)(r->end - r->at))
        return 0;
    r->at += bytes;
    return 1;
}

/* The number 0, which no field has, marks those that are passed over. */
static int read_field(ln_message *r, ln_field *f)
{
    uint64_t tag, length;
    if (!read_varint(r, &tag) || tag >> 3 == 0)
        return 0;
    *f = (ln_field){.number = tag >> 3};
    switch (tag & 7) {
    case 0:
        return read_varint(r, &f->value);
    case 1:
        f->number = 0;
        return skip(r, 8);
    case 2:
        if (!read_varint(r, &length))
            return 0;
        f->bytes = r->at;
        f->length = (size_t)length;
        return skip(r, length);
    case 5:
        f->number = 0;
        return skip(r, 4);
    default:
        return 0;
    }
}

int ln_field_read(ln_message *message, ln_field *field)
{
    ln_message rest = *message;
    while (read_field(&rest, field)) {
        *message = rest;
        if (field->number)
            return 1;
    }
    return 0;
}

ln_message ln_field_message(const ln_field *f)
{
    return (ln_message){f->bytes, f->bytes + f->length};
}

int ln_field_is(const ln_field *f, const char *text)
{
    return f->bytes && f->length == strlen(text) && memcmp(f->bytes, text, f->length) == 0;
}
