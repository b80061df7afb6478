#include "host/path.h"

#include "cloud/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Prints the value of the variable whose name begins at *text, or what stands for it if it is not set or
 * empty, and moves on behind it. */
static ln_status print_variable(ln_text *out, const char **text, const char *where, size_t line,
                                ln_error *error)
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
        ln_text_add(out, "%s", value);
    else if (other)
        ln_text_add(out, "%.*s", (int)length, other);
    else
        status = ln_fail(error, LN_ERR_IO, "%s:%zu: the environment has no variable '%s': set it", where,
                         line, copy);
    free(copy);
    *text = other ? other + length : end;
    *text += braced && **text == '}';
    return status;
}

static ln_status print_expanded(ln_text *out, const char *text, const char *where, size_t line,
                                ln_error *error)
{
    ln_status status = LN_OK;
    while (*text && status == LN_OK) {
        if (*text == '$') {
            text++;
            status = print_variable(out, &text, where, line, error);
        } else {
            ln_text_add(out, "%c", *text++);
        }
    }
    return status;
}

/* Makes a relative path begin at the folder of `beside`, unless that is null or has none. */
static ln_status move_beside(const char *name, const char *beside, char behind, char **path, ln_error *error)
{
    const char *slash = beside ? strrchr(beside, '/') : NULL, *end = behind ? strchr(name, behind) : NULL;
    const char *begin = end ? end + 1 : name;
    ln_text moved = {0};
    ln_text_add(&moved, "%.*s", (int)(begin - name), name);
    if (slash && *begin && *begin != '/')
        ln_text_add(&moved, "%.*s/", (int)(slash - beside), beside);
    ln_text_add(&moved, "%s", begin);
    ln_status status = ln_text_check(&moved, error);
    if (status == LN_OK)
        *path = moved.bytes;
    else
        free(moved.bytes);
    return status;
}

ln_status ln_path_expand(const char *text, const char *beside, char behind, const char *where, size_t line,
                         char **path, ln_error *error)
{
    ln_text plain = {0};
    *path = NULL;
    ln_status status = print_expanded(&plain, text, where, line, error);
    if (status == LN_OK)
        status = ln_text_check(&plain, error);
    if (status == LN_OK)
        status = move_beside(plain.bytes ? plain.bytes : "", beside, behind, path, error);
    free(plain.bytes);
    return status;
}
