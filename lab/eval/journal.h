/* The outcomes so far, on the disk, so that a long run that was stopped goes on where it was.
 *
 * A text: a line with the task, then one a picture in the order of the labels, either
 * `+ BYTES:SEEN BYTES:SEEN ...` with all points, where SEEN is the measure's text, or `- MESSAGE` for
 * a broken one. A line without its
 * end was being written when the run stopped, and is ignored. */
#ifndef LN_LAB_JOURNAL_H
#define LN_LAB_JOURNAL_H

#include "measures/measure.h"
#include "eval/outcomes.h"

#include <stdio.h>

typedef struct ln_journal {
    FILE *file;
    char *path;
} ln_journal;

/* Begins a journal, or goes on with an old one if there is one.
 *   journal    the caller's to ln_journal_close
 *   task       one line that tells this task from others
 *   resume     0: an old journal is written over
 *   measure    an open one; it and `outcomes` receive the old journal's pictures
 *   done       receives how many those are
 * Errors: LN_ERR_IO (cannot be read or written; of another task), LN_ERR_MEMORY. */
ln_status ln_journal_open(ln_journal *journal, const char *path, const char *task, int resume,
                          ln_measure *measure, ln_outcomes *outcomes, size_t *done, ln_error *error);

/* Adds pictures from..to-1. Errors: LN_ERR_IO (the disk is full). */
ln_status ln_journal_add(ln_journal *journal, const ln_measure *measure, const ln_outcomes *outcomes,
                         size_t from, size_t to, ln_error *error);

/* The file stays. Allowed on an empty journal. */
void ln_journal_close(ln_journal *journal);

#endif
