/* Pictures and the masks that people drew of their salient objects: files of the same stem in two folders. */
#ifndef LN_LAB_MASKED_H
#define LN_LAB_MASKED_H

#include "cloud/error.h"

#include <stddef.h>

typedef struct ln_masked {
    char *picture, *mask; /* paths */
} ln_masked;

typedef struct ln_masked_list {
    ln_masked *items; /* by the picture's name */
    size_t count;
} ln_masked_list;

/* Finds the pictures of a folder that have a mask, such as 12.webp with 12.png. Other files are ignored, and
 * files whose names begin with a dot.
 *   list   the caller's to ln_masked_free; empty after an error
 *   most   only the first `most` pictures are listed
 * Errors: LN_ERR_IO (a folder cannot be read, there is no mask, two masks have the same stem, no picture has
 * a mask), LN_ERR_MEMORY. */
ln_status ln_masked_find(ln_masked_list *list, const char *pictures, const char *masks, size_t most,
                         ln_error *error);

void ln_masked_free(ln_masked_list *list);

#endif
