/* What pictures show: a CSV file of a person's or a data set's. */
#ifndef LN_LAB_LABELS_H
#define LN_LAB_LABELS_H

#include "cloud/error.h"

#include <stddef.h>

typedef struct ln_label {
    char *path;           /* of the picture */
    unsigned class_index; /* of what it shows, from 0 */
} ln_label;

typedef struct ln_labels {
    ln_label *items;
    size_t count;
} ln_labels;

/* Reads the labels of pictures in a folder. The first line names the columns: `file` (a path inside
 * the folder) and `class_index` are needed, others are ignored. Fields may be quoted as in RFC 4180;
 * empty lines are skipped.
 *   labels    the caller's to ln_labels_free; empty after an error
 *   classes   a class_index is below this
 *   most      rows behind so many are not looked at
 * Errors: LN_ERR_IO with the line's number (a column is missing, a row is wrong, a picture does not
 * exist; no rows at all), LN_ERR_MEMORY. */
ln_status ln_labels_read(ln_labels *labels, const char *path, const char *folder, size_t classes, size_t most,
                         ln_error *error);

void ln_labels_free(ln_labels *labels);

#endif
