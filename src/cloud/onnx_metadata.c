/* Only what it takes of the wire format of protocol buffers: a message is a row of fields, each behind a tag.
 */
#include "cloud/onnx_metadata.h"

#include <string.h>

#define METADATA_PROPS 14 /* in ModelProto */
#define KEY 1             /* in StringStringEntryProto */
#define VALUE 2

/* The bytes of a message that are still to be read. */
typedef struct reader {
    const uint8_t *at, *end;
} reader;

/* A field. Where it is no string of bytes, `bytes` is null. */
typedef struct field {
    uint64_t number;
    const uint8_t *bytes;
    size_t length;
} field;

static int read_varint(reader *r, uint64_t *value)
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

static int skip(reader *r, uint64_t bytes)
{
    if (bytes > (size_t)(r->end - r->at))
        return 0;
    r->at += bytes;
    return 1;
}

/* 0 at the end, and for what is no field. */
static int read_field(reader *r, field *f)
{
    uint64_t tag, number;
    if (!read_varint(r, &tag))
        return 0;
    *f = (field){.number = tag >> 3};
    switch (tag & 7) {
    case 0:
        return read_varint(r, &number);
    case 1:
        return skip(r, 8);
    case 2:
        if (!read_varint(r, &number))
            return 0;
        f->bytes = r->at;
        f->length = (size_t)number;
        return skip(r, number);
    case 5:
        return skip(r, 4);
    default:
        return 0;
    }
}

/* Whether an entry has this key; then its value. */
static int read_entry(const field *entry, const char *key, ln_metadata *found)
{
    reader r = {entry->bytes, entry->bytes + entry->length};
    field f;
    int has_key = 0;
    found->value = NULL;
    while (read_field(&r, &f)) {
        if (f.number == KEY && f.bytes)
            has_key = f.length == strlen(key) && memcmp(f.bytes, key, f.length) == 0;
        if (f.number == VALUE && f.bytes) {
            found->value = f.bytes;
            found->length = f.length;
        }
    }
    return has_key && found->value;
}

int ln_onnx_metadata(const uint8_t *bytes, size_t size, const char *key, ln_metadata *found)
{
    reader r = {bytes, bytes + size};
    field f;
    int is_there = 0;
    for (const uint8_t *begin = r.at; read_field(&r, &f); begin = r.at) {
        ln_metadata entry = {.begin = (size_t)(begin - bytes), .end = (size_t)(r.at - bytes)};
        if (f.number == METADATA_PROPS && f.bytes && read_entry(&f, key, &entry)) {
            *found = entry;
            is_there = 1;
        }
    }
    return is_there;
}

int ln_metadata_number(const ln_metadata *entry, uint32_t *number)
{
    static const char digits[] = "0123456789abcdef";
    *number = 0;
    for (size_t i = 0; i < entry->length; i++) {
        const char *digit = entry->value[i] ? strchr(digits, entry->value[i]) : NULL;
        if (!digit)
            return 0;
        *number = *number << 4 | (uint32_t)(digit - digits);
    }
    return entry->length == 8;
}
