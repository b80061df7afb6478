#include "cloud/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

ln_status ln_fail(ln_error *error, ln_status status, const char *format, ...)
{
    if (!error)
        return status;
    error->status = status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    for (char *c = error->text; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = ' ';
    return status;
}

ln_status ln_fail_memory(ln_error *error)
{
    return ln_fail(error, LN_ERR_MEMORY, "not enough memory: close other programs and try again");
}

ln_status ln_fail_system(ln_error *error, const char *name, const char *what, int cause)
{
    if (cause == ENOMEM)
        return ln_fail_memory(error);
    return ln_fail(error, LN_ERR_IO, "%s: %s: %s", name, what, strerror(cause));
}

ln_status ln_fail_null(ln_error *error, const char *function)
{
    return ln_fail(error, LN_ERR_ARGUMENT, "%s: called with a null pointer", function);
}
