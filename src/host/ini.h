/* Files of settings: `[section]`, `key = value`, `# comment` on a line of its own. */
#ifndef LN_HOST_INI_H
#define LN_HOST_INI_H

#include "cloud/error.h"

#include <stddef.h>

/* Characters of a section's or a key's name at most: what the INI library keeps. */
#define LN_INI_NAME 49

/* A file that is being read, for messages. */
typedef struct ln_ini {
    const char *path;
    size_t line; /* at hand, from 1 */
    ln_error *error;
} ln_ini;

/* Who takes what a file says. */
typedef struct ln_ini_taker {
    /* A section begins; null: nobody needs to know. */
    ln_status (*begin)(void *context, const ln_ini *ini, const char *section);

    /* A setting, without the blanks around it. `section` is empty before the first one. */
    ln_status (*take)(void *context, const ln_ini *ini, const char *section, const char *name,
                      const char *value);
    void *context;
} ln_ini_taker;

/* Reads a file of at most 1 MB. Errors: LN_ERR_IO with file and line, LN_ERR_MEMORY, and those of the taker,
 * which end the reading. */
ln_status ln_ini_read(const char *path, const ln_ini_taker *taker, ln_error *error);

#endif
