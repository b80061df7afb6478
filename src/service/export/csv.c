#include "service/export/csv.h"

#include "service/export/own.h"

#include <string.h>

void ln_csv_text(FILE *file, const char *text)
{
    const char *t = text ? text : "";
    const int is_formula = *t && strchr("=+-@\t\r", *t) != NULL;
    const int is_quoted = strpbrk(t, "\",\r\n") != NULL;
    if (is_quoted)
        fputc('"', file);
    if (is_formula)
        fputc('\'', file);
    for (; *t; t++) {
        if (*t == '"')
            fputc('"', file);
        fputc(*t, file);
    }
    if (is_quoted)
        fputc('"', file);
}

void ln_csv_time(FILE *file, uint64_t time_ms)
{
    char text[LN_EXPORT_TIME];
    ln_export_time(text, time_ms);
    fputs(text, file);
}

void ln_csv_end(FILE *file)
{
    fputs("\r\n", file);
}
