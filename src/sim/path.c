#include "sim/path.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints the value of the variable whose name begins at *text, or what stands for it if it is not set or
 * empty, and moves on behind it. */
static ln_status print_variable(FILE *out, const char **text, const char *where, size_t line, ln_error *error)
{
    int braced = **text == '{';
    const char *name = *text + braced, *end = name;
    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    char *copy = strndup(name, (size_t)(end - name));
    if (!copy)
        return ln_fail_memory(error);
    const char *value = getenv(copy), *other = braced && end[0] == ':' && end[1] == '-' ? end + 2 : NULL;
    size_t length = other ? strcspn(other, "}") : 0;
    ln_status status = LN_OK;
    if (value && (*value || !other))
        fputs(value, out);
    else if (other)
        fwrite(other, 1, length, out);
    else
        status = ln_fail(error, LN_ERR_IO, "%s:%zu: the environment has no variable '%s': set it", where,
                         line, copy);
    free(copy);
    *text = other ? other + length : end;
    *text += braced && **text == '}';
    return status;
}

static ln_status print_expanded(FILE *out, const char *text, const char *where, size_t line, ln_error *error)
{
    ln_status status = LN_OK;
    while (*text && status == LN_OK) {
        if (*text == '$') {
            text++;
            status = print_variable(out, &text, where, line, error);
        } else {
            fputc(*text++, out);
        }
    }
    return status;
}

ln_status ln_path_expand(const char *text, const char *beside, const char *where, size_t line, char **path,
                         ln_error *error)
{
    char *plain = NULL;
    size_t size;
    *path = NULL;
    FILE *out = open_memstream(&plain, &size);
    if (!out)
        return ln_fail_memory(error);
    ln_status status = print_expanded(out, text, where, line, error);
    if (fclose(out) && status == LN_OK)
        status = ln_fail_memory(error);
    const char *slash = beside ? strrchr(beside, '/') : NULL;
    if (status == LN_OK && slash && plain[0] && plain[0] != '/') {
        char *folder = strndup(beside, (size_t)(slash - beside));
        *path = folder ? ln_path_join(folder, plain) : NULL;
        free(folder);
    } else if (status == LN_OK) {
        *path = strdup(plain);
    }
    free(plain);
    return status == LN_OK && !*path ? ln_fail_memory(error) : status;
}

char *ln_path_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}
