/* Lists of numbers on the command line. */
#ifndef LN_LAB_LISTS_H
#define LN_LAB_LISTS_H

#include <stddef.h>

/* How many numbers a list has if it is one: one more than commas. */
size_t ln_list_count(const char *list);

/* Reads a list of whole numbers, such as "51,242".
 *   values   receives ln_list_count numbers of least..most; undefined if the text is no such list
 * Returns whether it is one. */
int ln_list_parse(const char *list, size_t least, size_t most, size_t *values);

#endif
