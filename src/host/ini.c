#include "host/ini.h"

#include "cloud/file.h"

#include <ini.h>
#include <stdlib.h>
#include <string.h>

#define MOST_FILE_BYTES ((size_t)1 << 20)
#define LONGEST_LINE 197 /* that the INI library reads whole */

typedef struct reading {
    const char *at; /* the rest of the text */
    ln_ini ini;
    const ln_ini_taker *taker;
    ln_status status;
} reading;

static int fail(reading *r, const char *what, int most)
{
    r->status =
        ln_fail(r->ini.error, LN_ERR_IO, "%s:%zu: %s %d characters", r->ini.path, r->ini.line, what, most);
    return 0;
}

/* Looks at a line "[section]". Returns 0 after an error. */
static int begin(reading *r, const char *line, size_t length)
{
    char name[LN_INI_NAME + 1];
    const char *end = memchr(line, ']', length);
    size_t size = end ? (size_t)(end - line) - 1 : 0;
    if (!end)
        return 1; /* the library says what is wrong with it */
    if (size > LN_INI_NAME)
        return fail(r, "the name of a section is longer than", LN_INI_NAME);
    memcpy(name, line + 1, size);
    name[size] = 0;
    if (r->taker->begin)
        r->status = r->taker->begin(r->taker->context, &r->ini, name);
    return r->status == LN_OK;
}

/* Gives the library the next line, without the blanks before it, which it would take for the end of the value
 * before. */
static char *next_line(char *line, int room, void *context)
{
    reading *r = context;
    if (!*r->at || r->status != LN_OK)
        return NULL;
    r->ini.line++;
    r->at += strspn(r->at, " \t");
    size_t length = strcspn(r->at, "\n"), most = (size_t)room - 2;
    if ((length > most || length > LONGEST_LINE) && !fail(r, "is longer than", LONGEST_LINE))
        return NULL;
    if (*r->at == '[' && !begin(r, r->at, length))
        return NULL;
    memcpy(line, r->at, length);
    line[length] = '\n';
    line[length + 1] = 0;
    r->at += length + (r->at[length] == '\n');
    return line;
}

static int take(void *context, const char *section, const char *name, const char *value)
{
    reading *r = context;
    if (r->status == LN_OK)
        r->status = r->taker->take(r->taker->context, &r->ini, section, name, value);
    return 1;
}

ln_status ln_ini_read(const char *path, const ln_ini_taker *taker, ln_error *error)
{
    char *text;
    ln_status status = ln_text_read(path, MOST_FILE_BYTES, &text, error);
    if (status != LN_OK)
        return status;
    reading r = {.at = text, .ini = {path, 0, error}, .taker = taker};
    int wrong = ini_parse_stream(next_line, &r, take, &r);
    if (r.status == LN_OK && wrong > 0)
        r.status = ln_fail(error, LN_ERR_IO,
                           "%s:%d: is neither [section], nor 'key = value', nor '# comment'", path, wrong);
    free(text);
    return r.status;
}
