#ifndef LN_CLI_JSON_H
#define LN_CLI_JSON_H

#include <stdio.h>

/* Prints a text as a JSON string. Bytes that are not UTF-8, as a file name may have, become U+FFFD. */
void cli_json_string(FILE *file, const char *text);

#endif
