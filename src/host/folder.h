/* The pictures of a folder. */
#ifndef LN_HOST_FOLDER_H
#define LN_HOST_FOLDER_H

#include "cloud/error.h"

#include <stddef.h>

typedef struct ln_folder {
    char **paths; /* of the pictures, sorted */
    size_t count;
    size_t strangers; /* other files */
} ln_folder;

/* Lists the files whose names end as those of pictures do, in any case, or that begin as pictures do. Folders
 * in the folder and hidden files are not looked at. list   the caller's to release with ln_folder_free; empty
 * after an error Errors: LN_ERR_IO (it cannot be opened, or has no pictures), LN_ERR_MEMORY. */
ln_status ln_folder_list(ln_folder *list, const char *folder, ln_error *error);

/* Releases a list and leaves it empty. An empty list is allowed. */
void ln_folder_free(ln_folder *list);

#endif
