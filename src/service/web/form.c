#include "service/web/form.h"

#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Reads the byte that `text` begins with, and returns how long it is written; 0: it is none, or zero. */
static size_t read_byte(const char *text, size_t size, char *byte)
{
    *byte = *text == '+' ? ' ' : *text;
    if (*text != '%')
        return *text != 0;
    const int high = size > 2 ? hex_digit(text[1]) : -1, low = size > 2 ? hex_digit(text[2]) : -1;
    *byte = (char)(16 * high + low);
    return high >= 0 && low >= 0 && *byte ? 3 : 0;
}

static int read_value(const char *text, size_t size, char *value, size_t room)
{
    size_t count = 0;
    for (size_t at = 0, taken; at < size; at += taken, count++) {
        taken = count + 1 < room ? read_byte(text + at, size - at, &value[count]) : 0;
        if (!taken)
            return 0;
    }
    value[count] = 0;
    return 1;
}

/* How many bytes a character takes that begins so, and the smallest of its length; 0: none begins so. */
static size_t length_of(unsigned char first, uint32_t *least)
{
    *least = first < 0x80 ? 0 : first < 0xe0 ? 0x80 : first < 0xf0 ? 0x800 : 0x10000;
    return first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

static int is_utf8(const char *text)
{
    for (const unsigned char *at = (const unsigned char *)text; *at;) {
        uint32_t least, code;
        const size_t length = length_of(*at, &least);
        code = length < 2 ? *at : *at & (0x7fu >> length);
        for (size_t i = 1; i < length; i++) {
            if ((at[i] & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (at[i] & 0x3f);
        }
        if (!length || code < least || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
            return 0;
        at += length;
    }
    return 1;
}

/* The first field of the name, between '&'. */
static int find(const char *fields, size_t size, const char *name, char *value, size_t room)
{
    const size_t length = strlen(name);
    int found = 0;
    for (size_t at = 0; at < size;) {
        const char *field = fields + at, *end = memchr(field, '&', size - at);
        const size_t field_size = end ? (size_t)(end - field) : size - at;
        if (field_size > length && field[length] == '=' && memcmp(field, name, length) == 0) {
            found = read_value(field + length + 1, field_size - length - 1, value, room) && is_utf8(value);
            break;
        }
        at += field_size + 1;
    }
    if (!found)
        *value = 0;
    return found;
}

static int is_form(const ln_web_request *request)
{
    static const char type[] = "application/x-www-form-urlencoded";
    const char *given = request->header(request->context, "Content-Type");
    return given && strncasecmp(given, type, sizeof type - 1) == 0 && strchr(" ;", given[sizeof type - 1]);
}

int ln_form_field(const ln_web_request *request, const char *name, char *value, size_t room)
{
    *value = 0;
    return request->body && is_form(request) &&
           find((const char *)request->body, request->size, name, value, room);
}

int ln_query_field(const ln_web_request *request, const char *name, char *value, size_t room)
{
    return find(request->query, strlen(request->query), name, value, room);
}
