/* Filling an ln_error. */
#ifndef LN_CLOUD_ERROR_H
#define LN_CLOUD_ERROR_H

#include <limitnet/cloud.h>

/* Fills `error` (null is allowed) from a printf format. Line ends and other control characters become blanks.
 * Returns `status`, so that a function can end with `return ln_fail(...)`. */
__attribute__((format(printf, 3, 4))) ln_status ln_fail(ln_error *error, ln_status status, const char *format,
                                                        ...);

/* The same for LN_ERR_MEMORY. */
ln_status ln_fail_memory(ln_error *error);

/* The same for a call of the system that failed with this errno: LN_ERR_MEMORY if that was why, else
 * LN_ERR_IO, "NAME: WHAT: the reason". */
ln_status ln_fail_system(ln_error *error, const char *name, const char *what, int cause);

/* The same for LN_ERR_ARGUMENT: `function` (__func__) was called with a null pointer. */
ln_status ln_fail_null(ln_error *error, const char *function);

#endif
