/* How the functions of this room say what went wrong. */
#ifndef LN_CLOUD_ERROR_H
#define LN_CLOUD_ERROR_H

#include <limitnet/cloud.h>

/* Fills `error` (may be null) from a printf format, and returns `status`, so that a function can
 * end with `return ln_fail(...)`. Line ends and other control characters become blanks. */
__attribute__((format(printf, 3, 4))) ln_status ln_fail(ln_error *error, ln_status status, const char *format,
                                                        ...);

/* The same for memory that could not be had. */
ln_status ln_fail_memory(ln_error *error);

#endif
