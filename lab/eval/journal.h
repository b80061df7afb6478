/* The results so far, in a file, so that a long run that was stopped can be continued.
 *
 * The file is a text. Its first line is the task. Then each picture has a line, in the order of the labels:
 * `+ BYTES:SEEN BYTES:SEEN ...` with all points, where SEEN is the measure's text; or `- MESSAGE` for a
 * picture that is left out. A last line without its newline is incomplete, and is ignored. */
#ifndef LN_LAB_JOURNAL_H
#define LN_LAB_JOURNAL_H

#include "eval/outcomes.h"
#include "measures/measure.h"

#include <stdio.h>

typedef struct ln_journal {
    FILE *file;
    char *path;
} ln_journal;

/* Starts a journal, or continues an old one.
 *   journal    the caller's to ln_journal_close
 *   task       one line that identifies the task
 *   resume     0: an old journal is overwritten
 *   measure    open; it and `outcomes` receive the results in the old journal
 *   done       receives the number of pictures in the old journal
 * Errors: LN_ERR_IO (cannot be read or written, or is of another task), LN_ERR_MEMORY. */
ln_status ln_journal_open(ln_journal *journal, const char *path, const char *task, int resume,
                          ln_measure *measure, ln_outcomes *outcomes, size_t *done, ln_error *error);

/* Adds the pictures `from` to `to` - 1. Errors: LN_ERR_IO (such as a full disk). */
ln_status ln_journal_add(ln_journal *journal, const ln_measure *measure, const ln_outcomes *outcomes,
                         size_t from, size_t to, ln_error *error);

/* Keeps the file. Allowed on an empty journal. */
void ln_journal_close(ln_journal *journal);

#endif
