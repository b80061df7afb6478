/* What libFuzzer, or main.c instead of it, calls. */
#ifndef FUZZ_H
#define FUZZ_H

#include <limitnet/core.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
