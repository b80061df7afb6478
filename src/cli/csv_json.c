#include "cli/csv_json.h"

#include "cli/json.h"

#include <stdlib.h>
#include <string.h>

/* Reads a quoted field and moves on behind it. `field` has room for it. */
static void unquote(const char **at, char *field)
{
    for (++*at; **at && (**at != '"' || (*at)[1] == '"'); ++*at) {
        *at += **at == '"';
        *field++ = **at;
    }
    *field = 0;
    *at += **at == '"';
}

static void print_value(FILE *out, const char **at, char *field)
{
    if (**at == '"') {
        unquote(at, field);
        cli_json_string(out, field);
        return;
    }
    size_t length = strcspn(*at, ",\n");
    fprintf(out, "%.*s", length ? (int)length : 4, length ? *at : "null");
    *at += length;
}

static void print_row(FILE *out, const char *names, const char **at, char *field)
{
    putc('{', out);
    for (const char *name = names;;) {
        size_t length = strcspn(name, ",\n");
        fprintf(out, "%s\"%.*s\":", name == names ? "" : ",", (int)length, name);
        print_value(out, at, field);
        *at += **at != 0;
        if (name[length] != ',')
            break;
        name += length + 1;
    }
    putc('}', out);
}

int cli_csv_to_json(FILE *out, const char *csv)
{
    const char *at = csv + strcspn(csv, "\n");
    char *field = malloc(strlen(csv) + 1);
    if (!field)
        return 0;
    at += *at == '\n';
    for (int first = 1; *at; first = 0) {
        fputs(first ? "" : ",\n", out);
        print_row(out, csv, &at, field);
    }
    free(field);
    return 1;
}
