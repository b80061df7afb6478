/* What went wrong, for a person to read.
 *
 * Functions of this room return an ln_status for the program and, where a file or a model of the
 * user's is involved, fill an ln_error for the user: one line that says what is wrong, with which
 * file, and what to do. */
#ifndef LN_CLOUD_ERROR_H
#define LN_CLOUD_ERROR_H

#include <limitnet/core.h>

typedef struct ln_error {
    ln_status status;
    char text[512]; /* UTF-8, without a line end; cut when longer */
} ln_error;

/* Fills `error` (may be null) from a printf format, and returns `status`, so that a function can
 * end with `return ln_fail(...)`. Line ends and other control characters become blanks. */
__attribute__((format(printf, 3, 4))) ln_status ln_fail(ln_error *error, ln_status status, const char *format,
                                                        ...);

/* The same for memory that could not be had. */
ln_status ln_fail_memory(ln_error *error);

#endif
