/* Any text as a list of numbers on the command line. A list that is accepted, printed, is accepted again. */
#include "fuzz.h"

#include "commands/lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEAST 11
#define MOST 255

static void print_and_read(const size_t *values, size_t count)
{
    char *text = NULL;
    size_t size, *again = malloc(count * sizeof *again);
    FILE *file = open_memstream(&text, &size);
    REQUIRE(file && again);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s%zu", i ? "," : "", values[i]);
    REQUIRE(fclose(file) == 0);
    REQUIRE(ln_list_count(text) == count && ln_list_parse(text, LEAST, MOST, again));
    REQUIRE(memcmp(again, values, count * sizeof *again) == 0);
    free(again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text((fuzz_part){data, size});
    size_t count = ln_list_count(text), *values = malloc(count * sizeof *values); /* exactly as many */
    REQUIRE(values && count >= 1);
    if (ln_list_parse(text, LEAST, MOST, values)) {
        for (size_t i = 0; i < count; i++)
            REQUIRE(values[i] >= LEAST && values[i] <= MOST);
        print_and_read(values, count);
    }
    free(values);
    free(text);
    return 0;
}
