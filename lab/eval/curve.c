#include "eval/curve.h"

#include "cloud/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MOST_COLUMNS 32

enum { CODEC, PARAM, SHARE, WAY, COLUMNS };

/* A table being read. */
typedef struct table {
    const char *path;
    size_t at[COLUMNS]; /* number of the field for each column in use */
    size_t line;
} table;

/* ---- Curves ---------------------------------------------------------------------------------- */

static ln_curve *find(const ln_curves *curves, const char *codec, size_t length, const char *way)
{
    for (size_t i = 0; i < curves->count; i++) {
        ln_curve *curve = &curves->items[i];
        if (strlen(curve->codec) == length && !memcmp(curve->codec, codec, length) &&
            (!way || !strcmp(curve->way, way)))
            return curve;
    }
    return NULL;
}

const ln_curve *ln_curves_find(const ln_curves *curves, const char *name)
{
    size_t length = strcspn(name, ",");
    return find(curves, name, length, name[length] ? name + length + 1 : NULL);
}

static ln_curve *add_curve(ln_curves *curves, const char *codec, const char *way)
{
    ln_curve *larger = realloc(curves->items, (curves->count + 1) * sizeof *larger);
    if (!larger)
        return NULL;
    curves->items = larger;
    ln_curve *curve = &larger[curves->count++];
    *curve = (ln_curve){.codec = strdup(codec), .way = strdup(way)};
    return curve->codec && curve->way ? curve : NULL;
}

static int add_point(ln_curve *curve, ln_curve_point point)
{
    ln_curve_point *larger = realloc(curve->points, (curve->count + 1) * sizeof *larger);
    if (!larger)
        return 0;
    curve->points = larger;
    larger[curve->count++] = point;
    return 1;
}

void ln_curves_free(ln_curves *curves)
{
    for (size_t i = 0; i < curves->count; i++) {
        free(curves->items[i].codec);
        free(curves->items[i].way);
        free(curves->items[i].points);
    }
    free(curves->items);
    *curves = (ln_curves){0};
}

/* ---- Tables ---------------------------------------------------------------------------------- */

/* Splits off the text before the next mark. *text becomes the rest; null if there was no mark. */
static char *take(char **text, char mark)
{
    char *begin = *text, *end = strchr(begin, mark);
    if (end)
        *end++ = 0;
    *text = end;
    return begin;
}

/* Splits a line at its commas. No field of these tables is quoted. */
static size_t split(char *line, char **fields)
{
    size_t count = 0;
    line[strcspn(line, "\r")] = 0;
    while (line && count < MOST_COLUMNS)
        fields[count++] = take(&line, ',');
    return count;
}

static size_t column_of(char *const *fields, size_t count, const char *name)
{
    size_t at = 0;
    while (at < count && strcmp(fields[at], name) != 0)
        at++;
    return at;
}

static ln_status read_header(table *t, char *line, ln_curves *curves, ln_error *error)
{
    char *fields[MOST_COLUMNS];
    size_t count = split(line, fields);
    if (!curves->measure)
        curves->measure = column_of(fields, count, "map50") < count ? "map50" : "top1";
    const char *const names[COLUMNS] = {"codec", "param", curves->measure, "way"};
    for (size_t i = 0; i < COLUMNS; i++) {
        t->at[i] = column_of(fields, count, names[i]);
        if (t->at[i] == count)
            return ln_fail(error, LN_ERR_IO, "%s: has no column '%s': give a table of 'limitnet-lab eval'",
                           t->path, names[i]);
    }
    return LN_OK;
}

static int parse_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return end != text && !*end && isfinite(*number) && *number >= 0;
}

static ln_status read_row(const table *t, ln_curves *curves, char *line, ln_error *error)
{
    char *fields[MOST_COLUMNS], *cell[COLUMNS];
    size_t count = split(line, fields);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (t->at[i] >= count)
            return ln_fail(error, LN_ERR_IO, "%s:%zu: has only %zu fields", t->path, t->line, count);
        cell[i] = fields[t->at[i]];
    }
    if (!strcmp(cell[PARAM], "-"))
        return LN_OK;
    ln_curve_point point;
    if (!parse_number(cell[PARAM], &point.bytes) || !parse_number(cell[SHARE], &point.share))
        return ln_fail(error, LN_ERR_IO, "%s:%zu: '%s' or '%s' is no number", t->path, t->line, cell[PARAM],
                       cell[SHARE]);
    if (point.share > 1)
        return ln_fail(error, LN_ERR_IO, "%s:%zu: '%s' is no share from 0 to 1", t->path, t->line,
                       cell[SHARE]);
    ln_curve *curve = find(curves, cell[CODEC], strlen(cell[CODEC]), cell[WAY]);
    if (!curve)
        curve = add_curve(curves, cell[CODEC], cell[WAY]);
    return curve && add_point(curve, point) ? LN_OK : ln_fail_memory(error);
}

ln_status ln_curves_add(ln_curves *curves, char *text, const char *name, ln_error *error)
{
    table t = {.path = name, .line = 1};
    if (strncmp(text, "\xEF\xBB\xBF", 3) == 0) /* some spreadsheets begin with a byte order mark */
        text += 3;
    ln_status status = read_header(&t, take(&text, '\n'), curves, error);
    while (text && *text && status == LN_OK) {
        t.line++;
        status = read_row(&t, curves, take(&text, '\n'), error);
    }
    return status;
}
