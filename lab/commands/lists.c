#include "commands/lists.h"

#include <errno.h>
#include <stdlib.h>

size_t ln_list_count(const char *list)
{
    size_t count = 1;
    for (; *list; list++)
        count += *list == ',';
    return count;
}

/* Digits only: strtoul alone would take signs and blanks. */
static int parse_number(const char **at, size_t *value)
{
    char *end;
    errno = 0;
    *value = strtoul(*at, &end, 10);
    int good = **at >= '0' && **at <= '9' && !errno && (*end == ',' || !*end);
    *at = *end ? end + 1 : end;
    return good;
}

int ln_list_parse(const char *list, size_t least, size_t most, size_t *values)
{
    size_t count = ln_list_count(list);
    for (size_t i = 0; i < count; i++)
        if (!parse_number(&list, &values[i]) || values[i] < least || values[i] > most)
            return 0;
    return 1;
}
