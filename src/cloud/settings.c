#include "cloud/settings.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = 0;
    return text;
}

static ln_status take_line(char *line, const char *path, ln_settings_taker take, void *context,
                           ln_error *error)
{
    line[strcspn(line, "#")] = 0;
    line = trim(line);
    if (!*line)
        return LN_OK;
    char *equals = strchr(line, '=');
    if (!equals)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: '%s' is not of the form key = value", path, line);
    *equals = 0;
    return take(context, trim(line), trim(equals + 1), path, error);
}

ln_status ln_settings_read(const char *path, size_t most, ln_settings_taker take, void *context,
                           ln_error *error)
{
    char *text;
    ln_status status = ln_text_read(path, most, &text, error);
    if (status != LN_OK)
        return status;
    char *rest = text, *line;
    while (status == LN_OK && (line = strtok_r(rest, "\n", &rest)))
        status = take_line(line, path, take, context, error);
    free(text);
    return status;
}
