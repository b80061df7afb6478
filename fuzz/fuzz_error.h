/* What holds of every error for people (limitnet/cloud.h). */
#ifndef FUZZ_ERROR_H
#define FUZZ_ERROR_H

#include "fuzz.h"

#include "cloud/error.h"

#include <string.h>

#define FUZZ_UNTOUCHED                                                                                       \
    {                                                                                                        \
        LN_END, "untouched"                                                                                  \
    }

/* A function that failed filled the error with one line and its status; one that did not left it alone. */
static inline void fuzz_check_error(ln_status status, const ln_error *error)
{
    if (status == LN_OK) {
        REQUIRE(error->status == LN_END && strcmp(error->text, "untouched") == 0);
        return;
    }
    REQUIRE(error->status == status && error->text[0]);
    for (const char *c = error->text; *c; c++)
        REQUIRE((unsigned char)*c >= ' ');
}

#endif
