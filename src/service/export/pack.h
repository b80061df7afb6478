/* A ZIP file that is written from its beginning to its end, also into a pipe. Of each file in it, libarchive
 * keeps about a hundred bytes in memory until the end, for the list there. */
#ifndef LN_SERVICE_EXPORT_PACK_H
#define LN_SERVICE_EXPORT_PACK_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct ln_pack ln_pack;

/* Begins one.
 *   time_s   Unix time of all files in it
 *   pack     the caller's to ln_pack_close, also after errors of the functions below; null after an error
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_pack_open(ln_pack **pack, FILE *out, int64_t time_s, ln_error *error);

/* Adds a file from memory, as it is: PNG does not become smaller. Errors: as above. */
ln_status ln_pack_add(ln_pack *pack, const char *name, const uint8_t *bytes, size_t size, ln_error *error);

/* Adds a file from another one, from its beginning, compressed. Errors: as above. */
ln_status ln_pack_add_file(ln_pack *pack, const char *name, FILE *file, ln_error *error);

/* Writes the list. Null is allowed. Errors: as above. */
ln_status ln_pack_close(ln_pack *pack, ln_error *error);

#endif
