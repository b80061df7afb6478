/* A text that grows. */
#ifndef LN_CLOUD_TEXT_H
#define LN_CLOUD_TEXT_H

#include "cloud/error.h"

#include <stddef.h>

/* Begins all zero; `bytes` is the owner's to free(). */
typedef struct ln_text {
    char *bytes; /* a string; null as long as nothing was added */
    size_t size; /* its length */
    size_t room;
    int failed; /* 1: memory was short, so something is missing (streams of open_memstream forget that) */
} ln_text;

/* Adds what a printf format makes. */
__attribute__((format(printf, 2, 3))) void ln_text_add(ln_text *text, const char *format, ...);

/* Whether everything was added. Errors: LN_ERR_MEMORY. */
ln_status ln_text_check(const ln_text *text, ln_error *error);

/* Writes the text as ln_file_write does, if everything was added, and frees it in any case. Errors: those of
 * both. */
ln_status ln_text_write(ln_text *text, const char *path, ln_error *error);

#endif
