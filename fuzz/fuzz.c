#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fuzz_fail(const char *file, int line, const char *text)
{
    fprintf(stderr, "%s:%d: not true: %s\n", file, line, text);
    abort();
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

fuzz_part fuzz_take(fuzz_part *rest)
{
    static const char line[] = "\n%%\n";
    const size_t length = sizeof line - 1;
    for (size_t at = 0; at + length <= rest->size; at++)
        if (memcmp(rest->bytes + at, line, length) == 0) {
            fuzz_part part = {rest->bytes, at};
            *rest = (fuzz_part){rest->bytes + at + length, rest->size - at - length};
            return part;
        }
    fuzz_part part = *rest;
    *rest = (fuzz_part){part.bytes + part.size, 0};
    return part;
}

uint8_t fuzz_byte(fuzz_part *rest)
{
    if (!rest->size)
        return 0;
    rest->size--;
    return *rest->bytes++;
}

uint8_t *fuzz_copy(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    REQUIRE(copy != NULL);
    if (size)
        memcpy(copy, bytes, size);
    return copy;
}

char *fuzz_text(fuzz_part part)
{
    char *text = malloc(part.size + 1);
    REQUIRE(text != NULL);
    if (part.size)
        memcpy(text, part.bytes, part.size);
    text[part.size] = 0;
    return text;
}

uint8_t *fuzz_load(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    REQUIRE(fseek(file, 0, SEEK_END) == 0 && ftell(file) >= 0);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size ? *size : 1);
    REQUIRE(bytes && fread(bytes, 1, *size, file) == *size);
    fclose(file);
    return bytes;
}

void fuzz_seal(uint8_t *file, size_t size)
{
    uint32_t crc = 0xffffffffu;
    for (unsigned i = 0; i < 4; i++)
        file[4 + i] = (uint8_t)(size >> 8 * i);
    for (size_t i = 0; i < size - 4; i++) {
        crc ^= file[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    for (unsigned i = 0; i < 4; i++)
        file[size - 4 + i] = (uint8_t)(~crc >> 8 * i);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static char folder[1024];

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* In memory where there is such a place: the targets write many files. */
static void make_folder(void)
{
    const char *parent = getenv("TMPDIR"), *memory = "/dev/shm";
    if (!parent || !*parent)
        parent = access(memory, W_OK) == 0 ? memory : "/tmp";
    snprintf(folder, sizeof folder, "%s/limitnet-fuzz-XXXXXX", parent);
    REQUIRE(mkdtemp(folder) != NULL);
    atexit(remove_folder);
}

const char *fuzz_path(const char *name)
{
    static char paths[8][1200];
    static unsigned next;
    char *path = paths[next++ % 8];
    if (!folder[0])
        make_folder();
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

const char *fuzz_write(const char *name, const void *bytes, size_t size)
{
    const char *path = fuzz_path(name);
    FILE *file = fopen(path, "wb");
    REQUIRE(file != NULL);
    REQUIRE(size == 0 || fwrite(bytes, 1, size, file) == size);
    REQUIRE(fclose(file) == 0);
    return path;
}

int fuzz_file_is(const char *path, const void *bytes, size_t size)
{
    size_t is;
    uint8_t *file = fuzz_load(path, &is);
    int same = is == size && (!size || memcmp(file, bytes, size) == 0);
    free(file);
    return same;
}
