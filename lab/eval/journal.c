#include "eval/journal.h"

#include "cloud/error.h"
#include "cloud/file.h"
#include "cloud/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define MOST_FILE_BYTES ((size_t)1 << 30)
#define SEAL_BYTES 11 /* = 01234567 and the line's end */

static void print_seal(char seal[SEAL_BYTES + 1], uint32_t crc)
{
    snprintf(seal, SEAL_BYTES + 1, "= %08lx\n", (unsigned long)crc);
}

static uint32_t crc_of(uint32_t before, const char *lines, size_t size)
{
    return (uint32_t)crc32_z(before, (const unsigned char *)lines, size);
}

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

/* Splits off the next record and moves the journal behind it. Returns its lines as a string, or null if no
 * good one follows: a text ends at a zero byte, at the latest behind the file. */
static char *take_record(ln_journal *journal, char *text)
{
    char *lines = text + journal->size, *end = strstr(lines, "\n= "), seal[SEAL_BYTES + 1];
    if (!end)
        return NULL;
    size_t size = (size_t)(end + 1 - lines);
    uint32_t crc = crc_of(journal->crc, lines, size);
    print_seal(seal, crc);
    if (strncmp(end + 1, seal, SEAL_BYTES) != 0)
        return NULL;
    journal->crc = crc;
    journal->size += size + SEAL_BYTES;
    end[1] = 0;
    return lines;
}

/* Splits off the next line; null at the end. */
static char *take_line(char **lines)
{
    char *line = *lines, *end = strchr(line, '\n');
    if (!end)
        return NULL;
    *end = 0;
    *lines = end + 1;
    return line;
}

static ln_status take_group(char *lines, const char *path, ln_measure *measure, ln_outcomes *outcomes,
                            size_t *done, ln_error *error)
{
    char *line;
    for (; *done < outcomes->pictures && (line = take_line(&lines)); ++*done) {
        errno = 0;
        if (parse_line(line, measure, outcomes, *done))
            continue;
        if (errno == ENOMEM)
            return ln_fail_memory(error);
        return ln_fail(error, LN_ERR_IO, "%s: is of another limitnet-lab: start without --resume", path);
    }
    return LN_OK;
}

static ln_status take_records(ln_journal *journal, char *text, const char *task, ln_measure *measure,
                              ln_outcomes *outcomes, size_t *done, ln_error *error)
{
    char *lines = take_record(journal, text), *line = lines ? take_line(&lines) : NULL;
    if (line && strcmp(line, task) != 0)
        return ln_fail(error, LN_ERR_IO,
                       "%s: is of a run with other options: repeat its options, or start without --resume",
                       journal->path);
    ln_status status = LN_OK;
    while (status == LN_OK && line && (lines = take_record(journal, text)))
        status = take_group(lines, journal->path, measure, outcomes, done, error);
    return status;
}

static ln_status read_old(ln_journal *journal, const char *task, ln_measure *measure, ln_outcomes *outcomes,
                          size_t *done, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(journal->path, MOST_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    status = take_records(journal, (char *)bytes, task, measure, outcomes, done, error);
    journal->dropped = size - journal->size;
    free(bytes);
    return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void print_picture(ln_text *text, const ln_measure *measure, const ln_outcomes *outcomes,
                          size_t picture)
{
    const uint32_t *bytes = ln_outcomes_of(outcomes, picture);
    if (outcomes->broken[picture]) {
        ln_text_add(text, "- %s\n", outcomes->broken[picture]);
        return;
    }
    ln_text_add(text, "+");
    for (size_t i = 0; i < outcomes->points; i++) {
        ln_text_add(text, " %lu:", (unsigned long)bytes[i]);
        measure->kind->print(measure, (ln_trial){picture, i}, text);
    }
    ln_text_add(text, "\n");
}

static ln_status fail_write(const ln_journal *journal, ln_error *error)
{
    return ln_fail_system(error, journal->path, "cannot be written", errno);
}

/* Adds the seal to the text of a record. */
static ln_status seal_record(ln_text *record, uint32_t *crc, ln_error *error)
{
    char seal[SEAL_BYTES + 1];
    ln_status status = ln_text_check(record, error);
    if (status != LN_OK)
        return status;
    *crc = crc_of(*crc, record->bytes, record->size);
    print_seal(seal, *crc);
    ln_text_add(record, "%s", seal);
    return ln_text_check(record, error);
}

/* What an error leaves of the new record is taken away again. If that fails too, it has no seal. */
static ln_status append(const ln_journal *journal, const ln_text *record, ln_error *error)
{
    ln_status status =
        ln_file_write_open(journal->file, journal->path, (const uint8_t *)record->bytes, record->size, error);
    if (status == LN_OK && fdatasync(journal->file) != 0)
        status = fail_write(journal, error);
    if (status != LN_OK)
        (void)!ftruncate(journal->file, (off_t)journal->size);
    return status;
}

ln_status ln_journal_add(ln_journal *journal, const ln_measure *measure, const ln_outcomes *outcomes,
                         size_t from, size_t to, ln_error *error)
{
    ln_text record = {0};
    for (size_t i = from; i < to; i++)
        print_picture(&record, measure, outcomes, i);
    uint32_t crc = journal->crc;
    ln_status status = seal_record(&record, &crc, error);
    if (status == LN_OK)
        status = append(journal, &record, error);
    if (status == LN_OK) {
        journal->size += record.size;
        journal->crc = crc;
    }
    free(record.bytes);
    return status;
}

/* ---- Start and end --------------------------------------------------------------------------- */

/* Replaces whatever is there by a journal of the task alone. */
static ln_status start(ln_journal *journal, const char *task, ln_error *error)
{
    ln_text record = {0};
    ln_text_add(&record, "%s\n", task);
    journal->crc = 0;
    ln_status status = seal_record(&record, &journal->crc, error);
    journal->size = record.size;
    if (status == LN_OK)
        return ln_text_write(&record, journal->path, error);
    free(record.bytes);
    return status;
}

static ln_status open_end(ln_journal *journal, ln_error *error)
{
    int file = open(journal->path, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (file < 0)
        return fail_write(journal, error);
    journal->file = file;
    if (journal->dropped && ftruncate(file, (off_t)journal->size) != 0)
        return fail_write(journal, error);
    return LN_OK;
}

ln_status ln_journal_open(ln_journal *journal, const char *path, const char *task, int resume,
                          ln_measure *measure, ln_outcomes *outcomes, size_t *done, ln_error *error)
{
    *journal = (ln_journal){.path = strdup(path)};
    *done = 0;
    if (!journal->path)
        return ln_fail_memory(error);
    ln_status status = LN_OK;
    if (resume && access(path, F_OK) == 0)
        status = read_old(journal, task, measure, outcomes, done, error);
    if (status == LN_OK && !journal->size)
        status = start(journal, task, error);
    return status == LN_OK ? open_end(journal, error) : status;
}

void ln_journal_close(ln_journal *journal)
{
    if (journal->file)
        close(journal->file);
    free(journal->path);
    *journal = (ln_journal){0};
}
