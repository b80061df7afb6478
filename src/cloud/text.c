#include "cloud/text.h"

#include "cloud/file.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int make_room(ln_text *text, size_t more)
{
    if (text->room - text->size > more)
        return 1;
    size_t room = 2 * text->room + more + 1;
    char *bytes = realloc(text->bytes, room);
    if (!bytes)
        return 0;
    text->bytes = bytes;
    text->room = room;
    return 1;
}

void ln_text_add(ln_text *text, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0 || !make_room(text, (size_t)length))
        text->failed = 1;
    else
        text->size += (size_t)vsnprintf(text->bytes + text->size, (size_t)length + 1, format, again);
    va_end(again);
    va_end(arguments);
}

ln_status ln_text_check(const ln_text *text, ln_error *error)
{
    return text->failed ? ln_fail_memory(error) : LN_OK;
}

ln_status ln_text_write(ln_text *text, const char *path, ln_error *error)
{
    ln_status status = ln_text_check(text, error);
    if (status == LN_OK)
        status = ln_file_write(path, (const uint8_t *)text->bytes, text->size, error);
    free(text->bytes);
    *text = (ln_text){0};
    return status;
}
