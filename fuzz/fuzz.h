/* The function that libFuzzer calls, or main.c in its place. */
#ifndef FUZZ_H
#define FUZZ_H

#include <limitnet/core.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
