#include "cloud/file.h"

#include "cloud/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Reading --------------------------------------------------------------------------------- */

ln_status ln_file_read_open(FILE *file, const char *name, size_t most, uint8_t **bytes, size_t *size,
                            ln_error *error)
{
    *bytes = NULL;
    *size = 0;
    size_t room = 1 << 16, used = 0;
    uint8_t *memory = malloc(room);
    while (memory) {
        /* One byte stays free for the zero behind the file. */
        size_t got = fread(memory + used, 1, room - used - 1, file);
        used += got;
        if (got == 0 || used > most)
            break;
        if (used + 1 < room)
            continue;
        room *= 2;
        uint8_t *larger = realloc(memory, room);
        if (!larger)
            free(memory);
        memory = larger;
    }
    if (!memory)
        return ln_fail_memory(error);
    if (ferror(file) || used > most) {
        int cause = errno;
        free(memory);
        if (used > most)
            return ln_fail(error, LN_ERR_IO, "%s: the file is larger than %zu bytes, the most that is read",
                           name, most);
        return ln_fail_system(error, name, "cannot be read", cause);
    }
    memory[used] = 0;
    *bytes = memory;
    *size = used;
    return LN_OK;
}

ln_status ln_file_read(const char *path, size_t most, uint8_t **bytes, size_t *size, ln_error *error)
{
    *bytes = NULL;
    *size = 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return ln_fail_system(error, path, "cannot be opened", errno);
    ln_status status = ln_file_read_open(file, path, most, bytes, size, error);
    fclose(file);
    return status;
}

static void unify_line_ends(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != '\r' || from[1] != '\n')
            *to++ = *from == '\r' ? '\n' : *from;
    *to = 0;
}

ln_status ln_text_read(const char *path, size_t most, char **text, ln_error *error)
{
    *text = NULL;
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(path, most, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    if (size >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0))
        status = ln_fail(error, LN_ERR_IO, "%s: a text of UTF-16: save it as UTF-8", path);
    else if (memchr(bytes, 0, size))
        status = ln_fail(error, LN_ERR_IO, "%s: not a text: it has zero bytes", path);
    if (status != LN_OK) {
        free(bytes);
        return status;
    }
    *text = (char *)bytes;
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        memmove(bytes, bytes + 3, size - 2);
    unify_line_ends(*text);
    return LN_OK;
}

#define TEMPORARY_BYTES 40 /* of the end of a temporary file's name */
#define MOST_TEMPORARIES 1000

/* ---- Writing --------------------------------------------------------------------------------- */

static int write_all(int file, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t done = write(file, bytes, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return -1;
        bytes += done;
        size -= (size_t)done;
    }
    return 0;
}

static ln_status fail_write(const char *path, int cause, ln_error *error)
{
    return ln_fail_system(error, path, "cannot be written", cause);
}

ln_status ln_file_write_open(int file, const char *name, const uint8_t *bytes, size_t size, ln_error *error)
{
    return write_all(file, bytes, size) ? fail_write(name, errno, error) : LN_OK;
}

static ln_status write_directly(const char *path, const uint8_t *bytes, size_t size, ln_error *error)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return fail_write(path, errno, error);
    int failed = write_all(file, bytes, size), cause = errno;
    if (close(file) != 0 && !failed)
        failed = 1, cause = errno;
    return failed ? fail_write(path, cause, error) : LN_OK;
}

/* Makes a file with a name that no other has; `end` is where this name differs. Unlike mkstemp it gives the
 * file the rights of any new file. */
static int make_file(const char *name, char end[TEMPORARY_BYTES])
{
    int file = -1;
    for (unsigned i = 0; file < 0 && i < MOST_TEMPORARIES && (i == 0 || errno == EEXIST); i++) {
        snprintf(end, TEMPORARY_BYTES, ".%ld-%u", (long)getpid(), i);
        file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return file;
}

/* A file keeps its rights when it is replaced. */
static int copy_rights(const char *from, int to)
{
    struct stat info;
    return stat(from, &info) == 0 ? fchmod(to, info.st_mode & 0777) : 0;
}

static ln_status write_beside(const char *path, const uint8_t *bytes, size_t size, ln_error *error)
{
    size_t length = strlen(path);
    char *temporary = malloc(length + TEMPORARY_BYTES);
    if (!temporary)
        return ln_fail_memory(error);
    memcpy(temporary, path, length);

    int file = make_file(temporary, temporary + length), cause = errno, failed = file < 0;
    if (!failed) {
        failed = write_all(file, bytes, size) != 0 || copy_rights(path, file) != 0 || fsync(file) != 0;
        cause = errno;
        if (close(file) != 0 && !failed)
            failed = 1, cause = errno;
        if (!failed && rename(temporary, path) != 0)
            failed = 1, cause = errno;
        if (failed)
            unlink(temporary);
    }
    free(temporary);
    return failed ? fail_write(path, cause, error) : LN_OK;
}

ln_status ln_file_write(const char *path, const uint8_t *bytes, size_t size, ln_error *error)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return write_beside(path, bytes, size, error);
    if (!S_ISREG(info.st_mode))
        return write_directly(path, bytes, size, error);
    /* A symbolic link stays, and the file that it leads to is replaced. */
    char *real = realpath(path, NULL);
    if (!real)
        return fail_write(path, errno, error);
    ln_status status = write_beside(real, bytes, size, error);
    free(real);
    return status;
}

/* ---- Paths ----------------------------------------------------------------------------------- */

char *ln_path_join(const char *folder, const char *name)
{
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s", folder, name);
    return path;
}
