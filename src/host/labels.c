#include "host/labels.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_FILE_BYTES ((size_t)256 << 20)

/* A CSV file being read. Its fields are parts of the text, which reading changes. */
typedef struct reader {
    const char *path;   /* for messages */
    const char *folder; /* of the pictures */
    size_t classes;
    char *at;
    size_t line;     /* of `at` */
    size_t row_line; /* of the current row's beginning */
    size_t columns;  /* in the header */
    size_t file_column, class_column;
} reader;

/* ---- Fields ---------------------------------------------------------------------------------- */

static ln_status fail_row(const reader *r, const char *what, ln_error *error)
{
    return ln_fail(error, LN_ERR_IO, "%s:%zu: %s", r->path, r->row_line, what);
}

/* Ends a field. *last receives whether it is the last field of the row. */
static ln_status end_field(reader *r, char *end, int *last, ln_error *error)
{
    char *next = r->at;
    if (next[0] == '\r' && (next[1] == '\n' || !next[1]))
        next++;
    if (*next && *next != ',' && *next != '\n')
        return fail_row(r, "text behind a closing quote: double the quotes inside a field", error);
    *last = *next != ',';
    r->line += *next == '\n';
    r->at = *next ? next + 1 : next;
    *end = 0;
    return LN_OK;
}

static ln_status quoted_field(reader *r, char **field, int *last, ln_error *error)
{
    char *to = ++r->at;
    *field = to;
    for (; r->at[0] != '"' || r->at[1] == '"'; r->at++) {
        if (!*r->at)
            return fail_row(r, "a quote is not closed", error);
        r->line += *r->at == '\n';
        r->at += *r->at == '"';
        *to++ = *r->at;
    }
    r->at++;
    return end_field(r, to, last, error);
}

static ln_status next_field(reader *r, char **field, int *last, ln_error *error)
{
    if (*r->at == '"')
        return quoted_field(r, field, last, error);
    *field = r->at;
    r->at += strcspn(r->at, ",\n");
    if (r->at > *field && r->at[-1] == '\r' && *r->at != ',')
        r->at--;
    return end_field(r, r->at, last, error);
}

static void skip_empty_lines(reader *r)
{
    for (; *r->at == '\n' || (r->at[0] == '\r' && r->at[1] == '\n'); r->at++)
        r->line += *r->at == '\n';
    r->row_line = r->line;
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static ln_status read_header(reader *r, ln_error *error)
{
    static const char byte_order_mark[] = "\xEF\xBB\xBF"; /* some spreadsheets begin with it */
    int has_file = 0, has_class = 0, last = 0;
    if (!strncmp(r->at, byte_order_mark, 3))
        r->at += 3;
    skip_empty_lines(r);
    for (; !last; r->columns++) {
        char *name;
        ln_status status = next_field(r, &name, &last, error);
        if (status != LN_OK)
            return status;
        if (!strcmp(name, "file")) {
            has_file++;
            r->file_column = r->columns;
        } else if (!strcmp(name, "class_index")) {
            has_class++;
            r->class_column = r->columns;
        }
    }
    if (has_file > 1 || has_class > 1)
        return fail_row(r, "two columns are named 'file' or 'class_index': name the others differently",
                        error);
    if (!has_file)
        return fail_row(r, "no column is named 'file': name it in the first line", error);
    if (!has_class)
        return fail_row(r, "no column is named 'class_index': name it in the first line", error);
    return LN_OK;
}

/* Takes digits only; strtoul would also take signs and blanks. */
static int parse_class(const char *text, size_t classes, unsigned *class_index)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    *class_index = (unsigned)number;
    return *text >= '0' && *text <= '9' && !*end && !errno && number < classes;
}

static ln_status make_label(const reader *r, const char *file, const char *class_text, ln_label *label,
                            ln_error *error)
{
    if (!*file)
        return fail_row(r, "the name of the picture is empty", error);
    if (!parse_class(class_text, r->classes, &label->class_index))
        return ln_fail(error, LN_ERR_IO,
                       "%s:%zu: '%s' is no class of the vision model: its class_index are 0 to %zu", r->path,
                       r->row_line, class_text, r->classes - 1);
    size_t size = strlen(r->folder) + strlen(file) + 2;
    label->path = malloc(size);
    if (!label->path)
        return ln_fail_memory(error);
    snprintf(label->path, size, "%s/%s", r->folder, file);
    if (access(label->path, R_OK) != 0)
        return ln_fail(error, LN_ERR_IO, "%s:%zu: the picture %s cannot be opened: %s", r->path, r->row_line,
                       label->path, strerror(errno));
    return LN_OK;
}

static ln_status read_row(reader *r, ln_label *label, ln_error *error)
{
    const char *file = "", *class_text = "";
    size_t columns = 0;
    for (int last = 0; !last; columns++) {
        char *field;
        ln_status status = next_field(r, &field, &last, error);
        if (status != LN_OK)
            return status;
        if (columns == r->file_column)
            file = field;
        if (columns == r->class_column)
            class_text = field;
    }
    if (columns != r->columns)
        return ln_fail(error, LN_ERR_IO, "%s:%zu: has %zu fields where the first line names %zu", r->path,
                       r->row_line, columns, r->columns);
    return make_label(r, file, class_text, label, error);
}

static ln_status add_row(reader *r, ln_labels *labels, ln_error *error)
{
    size_t n = labels->count;
    if ((n & (n - 1)) == 0) { /* full: there is room for 1, 2, 4, 8, ... labels */
        ln_label *items = realloc(labels->items, (n ? 2 * n : 1) * sizeof *items);
        if (!items)
            return ln_fail_memory(error);
        labels->items = items;
    }
    labels->items[n] = (ln_label){0};
    labels->count++;
    return read_row(r, &labels->items[n], error);
}

/* ---- File ------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A picture that is listed twice would count twice, or have two classes. */
static ln_status check_twice(const reader *r, const ln_labels *labels, ln_error *error)
{
    const char **paths = malloc(labels->count * sizeof *paths);
    if (!paths)
        return ln_fail_memory(error);
    for (size_t i = 0; i < labels->count; i++)
        paths[i] = labels->items[i].path;
    qsort(paths, labels->count, sizeof *paths, by_text);
    ln_status status = LN_OK;
    for (size_t i = 1; i < labels->count && status == LN_OK; i++)
        if (strcmp(paths[i - 1], paths[i]) == 0)
            status =
                ln_fail(error, LN_ERR_IO, "%s: lists %s twice: remove one of the rows", r->path, paths[i]);
    free(paths);
    return status;
}

static ln_status read_rows(reader *r, size_t most, ln_labels *labels, ln_error *error)
{
    ln_status status = read_header(r, error);
    if (status != LN_OK)
        return status;
    for (skip_empty_lines(r); *r->at && labels->count < most; skip_empty_lines(r)) {
        status = add_row(r, labels, error);
        if (status != LN_OK)
            return status;
    }
    if (!labels->count)
        return ln_fail(error, LN_ERR_IO, "%s: has no row below the names of the columns", r->path);
    return check_twice(r, labels, error);
}

ln_status ln_labels_read(ln_labels *labels, const char *path, const char *folder, size_t classes, size_t most,
                         ln_error *error)
{
    *labels = (ln_labels){0};
    char *text;
    ln_status status = ln_text_read(path, MOST_FILE_BYTES, &text, error);
    if (status != LN_OK)
        return status;
    reader r = {.path = path, .folder = folder, .classes = classes, .at = text, .line = 1};
    status = read_rows(&r, most, labels, error);
    free(text);
    if (status != LN_OK)
        ln_labels_free(labels);
    return status;
}

void ln_labels_free(ln_labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        free(labels->items[i].path);
    free(labels->items);
    *labels = (ln_labels){0};
}
