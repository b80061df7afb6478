/* The classes of pictures: a CSV file. */
#ifndef LN_HOST_LABELS_H
#define LN_HOST_LABELS_H

#include "cloud/error.h"

#include <stddef.h>

typedef struct ln_label {
    char *path;           /* of the picture */
    unsigned class_index; /* of the vision model, from 0 */
} ln_label;

typedef struct ln_labels {
    ln_label *items;
    size_t count;
} ln_labels;

/* Reads the labels of pictures in a folder. The first line names the columns: `file` (a path inside the
 * folder) and `class_index` are required, others are ignored. Fields may be quoted as in RFC 4180; empty
 * lines are skipped.
 *   labels    the caller's to ln_labels_free; empty after an error
 *   classes   number of classes: each class_index is below
 *   most      only the first `most` rows are read
 * Errors: LN_ERR_IO, with the line's number where there is one (a column is missing or there twice, a row is
 * wrong, a picture does not exist or is listed twice, there is no row); LN_ERR_MEMORY. */
ln_status ln_labels_read(ln_labels *labels, const char *path, const char *folder, size_t classes, size_t most,
                         ln_error *error);

void ln_labels_free(ln_labels *labels);

#endif
