/* A password from the terminal. */
#ifndef LN_CLI_PASSWORD_H
#define LN_CLI_PASSWORD_H

#include "cloud/error.h"

#include <stddef.h>

/* Asks twice without showing what is typed; where standard input is no terminal, takes its first line.
 *   password   room for `room` bytes, its end included; a longer one is cut there
 *   name       whose it is
 * Errors: LN_ERR_IO: there is none, it cannot be asked for, or the two differ. */
ln_status cli_read_password(char *password, size_t room, const char *name, ln_error *error);

#endif
