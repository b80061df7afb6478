/* Any bytes as the file of a network, as far as we read it ourselves: what it is, where its weights are, how
 * its outputs come about, its metadata. A second part of the input is what the inference runtime says. */
#include "fuzz_error.h"

#include "cloud/engine_model.h"
#include "cloud/onnx_metadata.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- In place of the inference runtime, which refuses every file ------------------------------ */

static fuzz_part reason;

ov_status_e ov_core_read_model(const ov_core_t *core, const char *path, const char *weights,
                               ov_model_t **model)
{
    (void)core, (void)path, (void)weights, (void)model;
    return GENERAL_ERROR;
}

ov_status_e ov_core_read_model_from_memory_buffer(const ov_core_t *core, const char *bytes, const size_t size,
                                                  const ov_tensor_t *weights, ov_model_t **model)
{
    (void)core, (void)bytes, (void)size, (void)weights, (void)model;
    return GENERAL_ERROR;
}

const char *ov_get_last_err_msg(void); /* their header lacks the `void` */

const char *ov_get_last_err_msg(void)
{
    return reason.size ? fuzz_text(reason) : NULL;
}

void ov_free(const char *text)
{
    free((char *)(uintptr_t)text);
}

/* ---- Checks ---------------------------------------------------------------------------------- */

static void read_metadata(const uint8_t *file, size_t size)
{
    ln_metadata entry;
    uint32_t number;
    if (!ln_onnx_metadata(file, size, "limitnet.encoder", &entry))
        return;
    REQUIRE(entry.begin < entry.end && entry.end <= size && entry.value >= file + entry.begin);
    REQUIRE(entry.value + entry.length <= file + entry.end);
    if (ln_metadata_number(&entry, &number))
        REQUIRE(entry.length == 8);
}

static void read_network(const uint8_t *file, size_t size)
{
    const char *name;
    float scale;
    int zero;
    size_t length = ln_onnx_weights_file(file, size, &name);
    if (length)
        REQUIRE((const uint8_t *)name >= file && (const uint8_t *)name + length <= file + size);
    REQUIRE(ln_onnx_ending(file, size, "y") <= LN_ENDS_SIGMOID);
    REQUIRE(ln_tflite_ending(file, size, "scores") <= LN_ENDS_SIGMOID);
    if (ln_tflite_scale(file, size, "image", &scale, &zero))
        REQUIRE(scale > 0);
}

static void open_network(const uint8_t *file, size_t size)
{
    ln_error error = FUZZ_UNTOUCHED;
    ln_source from = {0};
    ln_engine engine = {.path = (char *)(uintptr_t)fuzz_write("network.onnx", file, size)};
    ln_status status = ln_engine_read(&engine, &from, &error);
    REQUIRE(status == LN_ERR_IO);
    fuzz_check_error(status, &error);
    free(from.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_part rest = {data, size};
    const fuzz_part part = fuzz_take(&rest);
    uint8_t *file = fuzz_copy(part.bytes, part.size);
    reason = rest;
    read_metadata(file, part.size);
    read_network(file, part.size);
    open_network(file, part.size);
    free(file);
    return 0;
}
