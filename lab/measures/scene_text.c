/* Objects in YOLO's text files, one for each picture. */
#include "measures/scene_formats.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELDS 5 /* of a line */
#define NUMBERING "classes.txt"

/* A file with objects being read. */
typedef struct reader {
    const char *path; /* for messages */
    size_t line;
    const ln_classes *classes;
    const ln_numbering *numbering;
} reader;

/* Ends a line, and returns the beginning of the next. */
static char *end_line(char *line)
{
    char *next = line + strcspn(line, "\n");
    if (*next)
        *next++ = 0;
    return next;
}

/* ---- classes.txt ----------------------------------------------------------------------------- */

static ln_status split_names(ln_numbering *numbering, char *line, ln_error *error)
{
    numbering->names =
        calloc(strlen(line) + 1, sizeof *numbering->names); /* a line has a character or more */
    if (!numbering->names)
        return ln_fail_memory(error);
    for (char *next; *line; line = next) {
        next = end_line(line);
        numbering->names[numbering->count++] = line;
    }
    return LN_OK;
}

ln_status ln_numbering_read(ln_numbering *numbering, const char *folder, const ln_classes *classes,
                            ln_error *error)
{
    *numbering = (ln_numbering){0};
    size_t size = strlen(folder) + sizeof "/" NUMBERING;
    if (!classes->names)
        return LN_OK;
    numbering->path = malloc(size);
    if (!numbering->path)
        return ln_fail_memory(error);
    snprintf(numbering->path, size, "%s/" NUMBERING, folder);
    if (access(numbering->path, F_OK) != 0)
        return LN_OK;
    ln_status status = ln_text_read(numbering->path, LN_LABEL_FILE_BYTES, &numbering->text, error);
    if (status == LN_OK)
        status = split_names(numbering, numbering->text, error);
    if (status != LN_OK)
        ln_numbering_free(numbering);
    return status;
}

void ln_numbering_free(ln_numbering *numbering)
{
    free(numbering->path);
    free(numbering->text);
    free(numbering->names);
    *numbering = (ln_numbering){0};
}

/* ---- Objects --------------------------------------------------------------------------------- */

static ln_status parse_class(const reader *r, const char *text, unsigned *class_index, ln_error *error)
{
    const ln_numbering *numbering = r->numbering;
    size_t count = numbering->count ? numbering->count : r->classes->count;
    if (!ln_class_parse(text, count, class_index))
        return ln_fail(error, LN_ERR_IO, "%s:%zu: '%s' is no class of %s: its classes are 0 to %zu", r->path,
                       r->line, text, numbering->count ? NUMBERING : "the vision model", count - 1);
    if (!numbering->count)
        return LN_OK;
    return ln_class_find(r->classes, numbering->names[*class_index], numbering->path, class_index, error);
}

/* The comparisons refuse NaN, too. */
static int parse_share(const char *text, float *share)
{
    char *end;
    *share = strtof(text, &end);
    return end != text && !*end && *share >= 0 && *share <= 1;
}

static size_t split(char *line, char **fields)
{
    size_t count = 0;
    char *rest = line, *field;
    while ((field = strtok_r(rest, " \t\r", &rest)) && count <= FIELDS)
        fields[count++] = field;
    return count;
}

static ln_status parse_truth(const reader *r, char **fields, ln_truth *truth, ln_error *error)
{
    float share[FIELDS - 1];
    ln_status status = parse_class(r, fields[0], &truth->class_index, error);
    if (status != LN_OK)
        return status;
    for (size_t i = 0; i < FIELDS - 1; i++)
        if (!parse_share(fields[1 + i], &share[i]))
            return ln_fail(error, LN_ERR_IO, "%s:%zu: '%s' is no share from 0 to 1", r->path, r->line,
                           fields[1 + i]);
    truth->x = share[0] - share[2] / 2;
    truth->y = share[1] - share[3] / 2;
    truth->width = share[2];
    truth->height = share[3];
    return LN_OK;
}

static ln_status read_line(const reader *r, char *line, ln_scene *scene, ln_error *error)
{
    char *fields[FIELDS + 1];
    size_t count = split(line, fields);
    if (count == 0)
        return LN_OK;
    if (count != FIELDS)
        return ln_fail(error, LN_ERR_IO, "%s:%zu: is not of the form 'class x y width height'", r->path,
                       r->line);
    ln_truth truth;
    ln_status status = parse_truth(r, fields, &truth, error);
    return status == LN_OK ? ln_scene_add(scene, &truth, error) : status;
}

ln_status ln_scene_read_text(ln_scene *scene, const char *path, const ln_classes *classes,
                             const ln_numbering *numbering, ln_error *error)
{
    char *text;
    ln_status status = ln_text_read(path, LN_LABEL_FILE_BYTES, &text, error);
    if (status != LN_OK)
        return status;
    reader r = {.path = path, .classes = classes, .numbering = numbering};
    for (char *line = text, *next; status == LN_OK && *line; line = next) {
        next = end_line(line);
        r.line++;
        status = read_line(&r, line, scene, error);
    }
    free(text);
    return status;
}
