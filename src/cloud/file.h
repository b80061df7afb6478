/* Reading and writing whole files. */
#ifndef LN_CLOUD_FILE_H
#define LN_CLOUD_FILE_H

#include "cloud/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Reads a file into new memory.
 *   most    largest size that is read, bytes
 *   bytes   receives the file and a zero byte behind it, so that a text is a string; the caller's to free();
 *           null after an error
 * Errors: LN_ERR_IO (missing, unreadable, a folder, too large), LN_ERR_MEMORY. */
ln_status ln_file_read(const char *path, size_t most, uint8_t **bytes, size_t *size, ln_error *error);

/* Reads a text of UTF-8 into new memory, as any editor writes it: a byte order mark at its beginning is left
 * out, and the line ends CR LF and CR become LF.
 *   text   receives a string, the caller's to free(); null after an error
 * Errors: those of ln_file_read, and LN_ERR_IO (UTF-16, or zero bytes). */
ln_status ln_text_read(const char *path, size_t most, char **text, ln_error *error);

/* Reads what is left of an open file; `name` is for messages. Otherwise as ln_file_read. */
ln_status ln_file_read_open(FILE *file, const char *name, size_t most, uint8_t **bytes, size_t *size,
                            ln_error *error);

/* Writes a file: into a temporary file beside it, which takes the name when all bytes are on the disk. After
 * an error, an older file of that name is as it was, and no temporary file is left. A pipe or a terminal is
 * written directly.
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_file_write(const char *path, const uint8_t *bytes, size_t size, ln_error *error);

/* Writes to an open file, which stays open; `name` is for messages. Errors: LN_ERR_IO. */
ln_status ln_file_write_open(int file, const char *name, const uint8_t *bytes, size_t size, ln_error *error);

/* folder/name in new memory, the caller's to free(); null: no memory. */
char *ln_path_join(const char *folder, const char *name);

#endif
