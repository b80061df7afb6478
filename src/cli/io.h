/* Files that commands read and write. "-" stands for standard input or standard output. */
#ifndef LN_CLI_IO_H
#define LN_CLI_IO_H

#include "cloud/text.h"

#include <limitnet/cloud.h>

/* Whether a path stands for standard input or output. */
int cli_is_standard(const char *path);

/* How messages call the file that is read from or written to. */
const char *cli_input_name(const char *path);
const char *cli_output_name(const char *path);

/* Checks that at most one of the files is standard input. Returns CLI_DONE, or CLI_WRONG_USE with a message.
 */
int cli_check_standard(int count, char *const *paths);

/* Checks names of files to be written: they differ, and none ends as one of another kind would. Returns
 * CLI_DONE, or CLI_WRONG_USE with a message.
 *   output, ending   a file of packets, ".lnp", or a picture, ".png"
 *   map              also a PNG; null for none */
int cli_check_outputs(const char *output, const char *ending, const char *map);

/* Reads a file or standard input; as ln_file_read. */
ln_status cli_read(const char *path, size_t most, uint8_t **bytes, size_t *size, ln_error *error);

/* Writes a file or to standard output; as ln_file_write. */
ln_status cli_write(const char *path, const uint8_t *bytes, size_t size, ln_error *error);

/* Writes a text as cli_write does, if everything was added, and frees it in any case. */
ln_status cli_write_text(ln_text *text, const char *path, ln_error *error);

/* Decodes what was read from a path, and notes on stderr if the file lacks its end.
 *   as_stored   1: as ln_picture_decode_as_stored does
 *   picture     the caller's to release with ln_picture_free; empty after an error */
ln_status cli_decode_picture(ln_picture *picture, const uint8_t *bytes, size_t size, const char *path,
                             int as_stored, ln_error *error);

/* Reads a picture, as cli_read and cli_decode_picture do. */
ln_status cli_read_picture(ln_picture *picture, const char *path, int as_stored, ln_error *error);

/* Writes a PNG, as cli_write does. */
ln_status cli_write_png(const ln_picture *picture, const char *path, ln_error *error);

/* Opens a model: as ln_bundle_open, or the model file that standard input is.
 *   bundle   the caller's to release with ln_bundle_close; empty after an error */
ln_status cli_open_bundle(ln_bundle *bundle, const char *name, ln_error *error);

/* For the option -v: says which model file is used, if it is given. */
void cli_note_model(int verbose, const ln_bundle *bundle);

#endif
