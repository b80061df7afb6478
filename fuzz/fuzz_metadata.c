/* Any bytes as an ONNX file whose metadata is asked for. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "cloud/onnx_metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = malloc(size ? size : 1); /* exactly its size, for the sanitizers */
    ln_metadata entry;
    uint32_t number;
    if (!file)
        abort();
    memcpy(file, data, size);
    if (ln_onnx_metadata(file, size, "limitnet.encoder", &entry)) {
        if (entry.begin >= entry.end || entry.end > size || entry.value < file + entry.begin ||
            entry.value + entry.length > file + entry.end)
            abort();
        ln_metadata_number(&entry, &number);
    }
    free(file);
    return 0;
}
