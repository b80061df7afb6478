/* The results so far, in a file, so that a long run that was stopped can be continued.
 *
 * The file is a text of records. A record is some lines and its seal, a line `= CRC`: CRC-32 (IEEE 802.3, 8
 * hexadecimal digits) of all lines before it that are no seals. The first record is the task, a line. Each
 * further one is a group of pictures in the order of the labels, a line for each: `+ BYTES:SEEN BYTES:SEEN
 * ...` with all points, where SEEN is the measure's text; or `- MESSAGE` for a picture that is left out.
 *
 * Records are only ever appended, and reach the disk before the next group begins. Everything behind the
 * last good seal is left out: an incomplete or a damaged record, and all after it. So a file that was cut or
 * damaged anywhere costs time and gives no wrong result. */
#ifndef LN_LAB_JOURNAL_H
#define LN_LAB_JOURNAL_H

#include "eval/outcomes.h"
#include "measures/measure.h"

typedef struct ln_journal {
    int file; /* 0: none */
    char *path;
    size_t size;    /* of the good records, bytes */
    uint32_t crc;   /* of their lines */
    size_t dropped; /* bytes behind the last good record of an old journal, which were left out */
} ln_journal;

/* Starts a journal, or continues an old one.
 *   journal    the caller's to ln_journal_close, also after an error
 *   task       one line that identifies the task
 *   resume     0: an old journal is replaced
 *   measure    open; it and `outcomes` receive the results in the old journal
 *   done       receives the number of pictures in the old journal
 * Errors: LN_ERR_IO (cannot be read or written, or is of another task), LN_ERR_MEMORY. */
ln_status ln_journal_open(ln_journal *journal, const char *path, const char *task, int resume,
                          ln_measure *measure, ln_outcomes *outcomes, size_t *done, ln_error *error);

/* Adds the pictures `from` to `to` - 1. After an error the records before them are as they were.
 * Errors: LN_ERR_IO (such as a full disk), LN_ERR_MEMORY. */
ln_status ln_journal_add(ln_journal *journal, const ln_measure *measure, const ln_outcomes *outcomes,
                         size_t from, size_t to, ln_error *error);

/* Keeps the file. Allowed on an empty journal. */
void ln_journal_close(ln_journal *journal);

#endif
