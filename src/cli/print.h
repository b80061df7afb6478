/* What a picture shows, as text. */
#ifndef LN_CLI_PRINT_H
#define LN_CLI_PRINT_H

#include <limitnet/cloud.h>

#include <stdio.h>

/* What was found in one file: classes or objects, as the task says. */
typedef struct cli_sight {
    const char *file;
    ln_traffic used; /* packets that arrived */
    ln_task task;
    const ln_class *classes;
    const ln_object *objects;
    size_t count; /* of classes or objects */
} cli_sight;

/* One line, as the help of infer describes it. */
void cli_print_json(FILE *out, const cli_sight *sight);

/* The file's name, then a line for each class or object. */
void cli_print_table(FILE *out, const cli_sight *sight);

#endif
