/* CSV as RFC 4180 has it, in UTF-8. */
#ifndef LN_SERVICE_EXPORT_CSV_H
#define LN_SERVICE_EXPORT_CSV_H

#include <stdint.h>
#include <stdio.h>

/* A field of text: in quotes where needed. One that a spreadsheet would take for a formula (= + - @, tab, CR
 * in front) gets an apostrophe before it, as OWASP recommends. Null: empty. */
void ln_csv_text(FILE *file, const char *text);

/* A time, to the second: 2026-06-01T21:12:00Z. */
void ln_csv_time(FILE *file, uint64_t time_ms);

/* The end of a line. */
void ln_csv_end(FILE *file);

#endif
