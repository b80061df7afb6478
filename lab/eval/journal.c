#include "eval/journal.h"

#include "cloud/error.h"
#include "cloud/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_FILE_BYTES ((size_t)1 << 30)

/* ---- Reading --------------------------------------------------------------------------------- */

/* Reads "BYTES:SEEN" for each point. Returns whether the line has all points and nothing else. */
static int parse_picture(const char *line, ln_measure *measure, ln_outcomes *outcomes, size_t picture)
{
    for (size_t i = 0; i < outcomes->points; i++) {
        char *end;
        unsigned long bytes = strtoul(line, &end, 10);
        if (end == line || *end != ':' || bytes > UINT32_MAX)
            return 0;
        ln_outcomes_of(outcomes, picture)[i] = (uint32_t)bytes;
        line = measure->kind->parse(measure, (ln_trial){picture, i}, end + 1);
        if (!line)
            return 0;
    }
    return !*line;
}

static int parse_line(const char *line, ln_measure *measure, ln_outcomes *outcomes, size_t picture)
{
    if (line[0] == '+')
        return parse_picture(line + 1, measure, outcomes, picture);
    if (line[0] != '-' || line[1] != ' ')
        return 0;
    outcomes->broken[picture] = strdup(line + 2);
    return outcomes->broken[picture] != NULL;
}

/* Splits off a text's first complete line; null if there is none. */
static char *take_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');
    if (!end)
        return NULL;
    *end = 0;
    *text = end + 1;
    return line;
}

static ln_status parse(char *text, const char *path, const char *task, ln_measure *measure,
                       ln_outcomes *outcomes, size_t *done, ln_error *error)
{
    const char *line = take_line(&text);
    if (!line || strcmp(line, task) != 0)
        return ln_fail(error, LN_ERR_IO,
                       "%s: is of a run with other options: repeat its options, or start without --resume",
                       path);
    while (*done < outcomes->pictures && (line = take_line(&text))) {
        if (!parse_line(line, measure, outcomes, *done))
            return ln_fail(error, LN_ERR_IO, "%s:%zu: is damaged: start without --resume", path, *done + 2);
        ++*done;
    }
    return LN_OK;
}

static ln_status read_old(const char *path, const char *task, ln_measure *measure, ln_outcomes *outcomes,
                          size_t *done, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(path, MOST_FILE_BYTES, &bytes, &size, error);
    if (status == LN_OK)
        status = parse((char *)bytes, path, task, measure, outcomes, done, error);
    free(bytes);
    return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void print_picture(FILE *file, const ln_measure *measure, const ln_outcomes *outcomes, size_t picture)
{
    const uint32_t *bytes = ln_outcomes_of(outcomes, picture);
    if (outcomes->broken[picture]) {
        fprintf(file, "- %s\n", outcomes->broken[picture]);
        return;
    }
    fputc('+', file);
    for (size_t i = 0; i < outcomes->points; i++) {
        fprintf(file, " %lu:", (unsigned long)bytes[i]);
        measure->kind->print(measure, (ln_trial){picture, i}, file);
    }
    fputc('\n', file);
}

ln_status ln_journal_add(ln_journal *journal, const ln_measure *measure, const ln_outcomes *outcomes,
                         size_t from, size_t to, ln_error *error)
{
    for (size_t i = from; i < to; i++)
        print_picture(journal->file, measure, outcomes, i);
    if (fflush(journal->file) || ferror(journal->file))
        return ln_fail(error, LN_ERR_IO, "%s: cannot be written: %s", journal->path, strerror(errno));
    return LN_OK;
}

/* Writes the complete lines of an old journal again, which drops an incomplete last line. */
ln_status ln_journal_open(ln_journal *journal, const char *path, const char *task, int resume,
                          ln_measure *measure, ln_outcomes *outcomes, size_t *done, ln_error *error)
{
    *journal = (ln_journal){0};
    *done = 0;
    ln_status status = LN_OK;
    if (resume && access(path, F_OK) == 0)
        status = read_old(path, task, measure, outcomes, done, error);
    if (status != LN_OK)
        return status;
    journal->path = strdup(path);
    if (!journal->path)
        return ln_fail_memory(error);
    journal->file = fopen(path, "w");
    if (!journal->file)
        return ln_fail(error, LN_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    fprintf(journal->file, "%s\n", task);
    return ln_journal_add(journal, measure, outcomes, 0, *done, error);
}

void ln_journal_close(ln_journal *journal)
{
    if (journal->file)
        fclose(journal->file);
    free(journal->path);
    *journal = (ln_journal){0};
}
