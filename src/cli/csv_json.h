#ifndef LN_CLI_CSV_JSON_H
#define LN_CLI_CSV_JSON_H

#include <stdio.h>

/* Prints a table of CSV, with the names of its columns in the first line, as JSON: an object for each row,
 * with commas between them. Quoted fields are texts, empty ones null, all others numbers. Returns 0 if there
 * was no memory. */
int cli_csv_to_json(FILE *out, const char *csv);

#endif
