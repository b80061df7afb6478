/* Paths and environment variables in files of settings. */
#ifndef LN_HOST_PATH_H
#define LN_HOST_PATH_H

#include "cloud/error.h"

#include <stddef.h>

/* Puts the values of environment variables in the place of $NAME, ${NAME} or ${NAME:-what stands for it}, and
 * makes a relative path one that begins at the folder of a file.
 *   beside         the file; null: the text is no path, or stays relative to the current folder
 *   behind         a character behind which the path begins, if the text has it; 0: all of it is the path
 *   where, line    of the text, for messages
 *   path           receives the result, the caller's to free(); null after an error
 * Errors: LN_ERR_IO (a variable is not set), LN_ERR_MEMORY. */
ln_status ln_path_expand(const char *text, const char *beside, char behind, const char *where, size_t line,
                         char **path, ln_error *error);

#endif
