#include "cloud/onnx_metadata.h"

#include "cloud/protobuf.h"

#include <string.h>

#define METADATA_PROPS 14 /* in ModelProto */
#define KEY 1             /* in StringStringEntryProto */
#define VALUE 2

/* Whether an entry has this key; then its value. */
static int read_entry(const ln_field *entry, const char *key, ln_metadata *found)
{
    ln_message r = ln_field_message(entry);
    ln_field f;
    int has_key = 0;
    found->value = NULL;
    while (ln_field_read(&r, &f)) {
        if (f.number == KEY && f.bytes)
            has_key = ln_field_is(&f, key);
        if (f.number == VALUE && f.bytes) {
            found->value = f.bytes;
            found->length = f.length;
        }
    }
    return has_key && found->value;
}

int ln_onnx_metadata(const uint8_t *bytes, size_t size, const char *key, ln_metadata *found)
{
    ln_message r = {bytes, bytes + size};
    ln_field f;
    int is_there = 0;
    for (const uint8_t *begin = r.at; ln_field_read(&r, &f); begin = r.at) {
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
