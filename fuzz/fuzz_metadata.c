/* Any bytes as a file of a network that is asked for its metadata, and for what the runtime does not tell. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#include "cloud/network_file.h"
#include "cloud/onnx_metadata.h"

static void read_metadata(const uint8_t *file, size_t size)
{
    ln_metadata entry;
    uint32_t number;
    if (!ln_onnx_metadata(file, size, "limitnet.encoder", &entry))
        return;
    if (entry.begin >= entry.end || entry.end > size || entry.value < file + entry.begin ||
        entry.value + entry.length > file + entry.end)
        abort();
    ln_metadata_number(&entry, &number);
}

static void read_network(const uint8_t *file, size_t size)
{
    const char *name;
    float scale;
    int zero;
    size_t length = ln_onnx_weights_file(file, size, &name);
    if (length && ((const uint8_t *)name < file || (const uint8_t *)name + length > file + size))
        abort();
    ln_onnx_ending(file, size, "y");
    ln_tflite_ending(file, size, "scores");
    if (ln_tflite_scale(file, size, "image", &scale, &zero) && !(scale > 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *file = malloc(size ? size : 1); /* exactly its size, for the sanitizers */
    if (!file)
        abort();
    memcpy(file, data, size);
    read_metadata(file, size);
    read_network(file, size);
    free(file);
    return 0;
}
