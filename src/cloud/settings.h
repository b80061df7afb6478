/* Text files of settings: lines `key = value`. `#` begins a comment. */
#ifndef LN_CLOUD_SETTINGS_H
#define LN_CLOUD_SETTINGS_H

#include "cloud/error.h"

#include <stddef.h>

/* Takes one setting. `where` names the file, for messages. */
typedef ln_status (*ln_settings_taker)(void *context, const char *key, const char *value, const char *where,
                                       ln_error *error);

/* Reads a file and gives each setting to `take`, without the blanks around key and value.
 *   most   largest size that is read, bytes
 * Errors: LN_ERR_IO (the file), LN_ERR_ARGUMENT (a line of another form), LN_ERR_MEMORY, and those of `take`,
 * which end the reading. */
ln_status ln_settings_read(const char *path, size_t most, ln_settings_taker take, void *context,
                           ln_error *error);

#endif
