/* For compilers without libFuzzer: tries the given files, and RUNS random changes of them in all.
 *
 *     fuzz_packet RUNS FILE... */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 65536u

static unsigned below(unsigned limit)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33) % limit;
}

/* Sets a few bytes, and sometimes shortens or lengthens the data. */
static size_t change(uint8_t *bytes, size_t size)
{
    static const uint8_t favourites[] = {0, 1, 2, 127, 128, 254, 255};
    for (unsigned n = 1 + below(6); n > 0 && size > 0; n--)
        bytes[below((unsigned)size)] = below(2) ? favourites[below(sizeof favourites)] : (uint8_t)below(256);
    if (below(4) == 0)
        size = below((unsigned)size + 1);
    else if (below(4) == 0 && size + 16 <= MOST)
        for (unsigned n = below(16); n > 0; n--)
            bytes[size++] = (uint8_t)below(256);
    return size;
}

int main(int argc, char **argv)
{
    static uint8_t changed[MOST];
    unsigned long runs = argc > 2 ? strtoul(argv[1], NULL, 10) / (unsigned long)(argc - 2) : 0;
    for (int i = 2; i < argc; i++) {
        size_t size;
        uint8_t *original = fuzz_load(argv[i], &size);
        LLVMFuzzerTestOneInput(original, size);
        for (unsigned long run = 0; run < runs && size <= MOST; run++) {
            memcpy(changed, original, size);
            LLVMFuzzerTestOneInput(changed, change(changed, size));
        }
        free(original);
    }
    return 0;
}
