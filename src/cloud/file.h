/* Whole files in and out. */
#ifndef LN_CLOUD_FILE_H
#define LN_CLOUD_FILE_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>

/* Reads a file into fresh memory. *bytes is the caller's to free() and has one zero byte behind the
 * file's `size` bytes, so that a text can be read as a string.
 *   most   largest size accepted, bytes
 * Errors: LN_ERR_IO (missing, unreadable, a folder, too large), LN_ERR_MEMORY; *bytes is then null. */
ln_status ln_file_read(const char *path, size_t most, uint8_t **bytes, size_t *size, ln_error *error);

/* Writes a file whole or not at all: into a temporary file beside it, which takes the name when all
 * bytes are on the disk. After an error an older file of that name is as it was, and no temporary
 * file is left. What is no ordinary file (a pipe, a terminal) is written directly.
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_file_write(const char *path, const uint8_t *bytes, size_t size, ln_error *error);

#endif
