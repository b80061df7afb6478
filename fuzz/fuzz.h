/* What the fuzz targets share. A target is a file fuzz_NAME.c with the function that libFuzzer calls, or
 * main.c in its place. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a message if something is not as it must be. */
#define REQUIRE(truth) ((truth) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #truth))
_Noreturn void fuzz_fail(const char *file, int line, const char *text);

/* Some bytes of an input. */
typedef struct fuzz_part {
    const uint8_t *bytes;
    size_t size;
} fuzz_part;

/* Takes what stands before the next line "%%", for inputs that stand for several files, and moves `rest`
 * behind that line. Takes all if there is no such line. */
fuzz_part fuzz_take(fuzz_part *rest);

/* Takes a byte; 0 at the end. */
uint8_t fuzz_byte(fuzz_part *rest);

/* A copy that is exactly as large, so that the sanitizers see what is read behind it; to be freed. */
uint8_t *fuzz_copy(const uint8_t *bytes, size_t size);

/* The same as a string: it ends at its first zero byte. */
char *fuzz_text(fuzz_part part);

/* A whole file of the repository, such as a model. Run the targets in its root. To be freed. */
uint8_t *fuzz_load(const char *path, size_t *size);

/* Corrects size and CRC of a model file of at least 12 bytes. Otherwise only their checks would be tested. */
void fuzz_seal(uint8_t *file, size_t size);

/* ---- Files ----------------------------------------------------------------------------------- */

/* The path of a file in a folder of this process, which is removed when it ends. Valid until the next call
 * but seven. */
const char *fuzz_path(const char *name);

/* Writes such a file, and returns its path. */
const char *fuzz_write(const char *name, const void *bytes, size_t size);

/* Whether a file has these bytes. */
int fuzz_file_is(const char *path, const void *bytes, size_t size);

#endif
