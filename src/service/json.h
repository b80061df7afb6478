/* Reading JSON, also when memory is short. */
#ifndef LN_SERVICE_JSON_H
#define LN_SERVICE_JSON_H

#include "cloud/error.h"

#include <jansson.h>
#include <stddef.h>

#define LN_JSON_BYTES 65536 /* that are read at most */

/* Gives Jansson its functions for memory. ln_json_read does it too; a program with several threads calls this
 * before it starts them, since others may be using Jansson when the first one reads. */
void ln_json_begin(void);

/* Reads a text; no object may have a key twice.
 *   root   the caller's to json_decref; null after an error
 * Errors: LN_ERR_IO (it is no JSON, or too long), LN_ERR_MEMORY. */
ln_status ln_json_read(json_t **root, const char *text, size_t size);

#endif
