/* Any bytes as a folder with a model, in two parts: the model file and its decoder. It is found by its path,
 * its name and its checksum, and is then the same; pixels come of a decoder that opens. */
#include "fuzz_error.h"

#include "cloud/bundle.h"
#include "fake_engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *folder;

static void make_folder(void)
{
    folder = strdup(fuzz_path("models/any"));
    REQUIRE(mkdir(fuzz_path("models"), 0700) == 0 && mkdir(folder, 0700) == 0);
    fuzz_write("models/stranger", "", 0);
    REQUIRE(setenv("LIMITNET_MODELS", fuzz_path("models"), 1) == 0);
}

static int is_same(const ln_bundle *a, const ln_bundle *b)
{
    return a->model.checksum == b->model.checksum && a->model.size == b->model.size &&
           memcmp(a->bytes, b->bytes, a->model.size) == 0;
}

static void check_empty(const ln_bundle *bundle)
{
    REQUIRE(!bundle->bytes && !bundle->encoder_path && !bundle->decoder_path && !bundle->eyes_path &&
            !bundle->vision_path && !bundle->model.bytes);
}

static ln_status open_bundle(ln_bundle *bundle, const char *name)
{
    ln_error error = FUZZ_UNTOUCHED;
    ln_status status = ln_bundle_open(bundle, name, &error);
    fuzz_check_error(status, &error);
    if (status != LN_OK)
        check_empty(bundle);
    return status;
}

static void find_by_checksum(const ln_bundle *bundle)
{
    ln_bundle found;
    REQUIRE(ln_bundle_find(&found, bundle->model.checksum, NULL) == LN_OK && is_same(bundle, &found));
    ln_bundle_close(&found);
    REQUIRE(ln_bundle_find(&found, ~bundle->model.checksum, NULL) == LN_ERR_IO);
    check_empty(&found);
}

/* By its file, its name, and from memory. */
static void open_otherwise(const ln_bundle *bundle, const uint8_t *bytes, size_t size)
{
    ln_bundle other;
    REQUIRE(open_bundle(&other, bundle->encoder_path) == LN_OK && is_same(bundle, &other));
    REQUIRE(strcmp(other.decoder_path, bundle->decoder_path) == 0);
    REQUIRE(strcmp(other.eyes_path, bundle->decoder_path) == 0);
    ln_bundle_close(&other);
    REQUIRE(open_bundle(&other, "any") == LN_OK && is_same(bundle, &other));
    ln_bundle_close(&other);
    REQUIRE(ln_bundle_take(&other, fuzz_copy(bytes, size), size, "memory", NULL) == LN_OK);
    REQUIRE(is_same(bundle, &other));
    ln_bundle_close(&other);
}

static void decode(const ln_bundle *bundle)
{
    ln_decoder *decoder;
    ln_error error = FUZZ_UNTOUCHED;
    ln_status status = ln_decoder_open(&decoder, &bundle->model, bundle->decoder_path, 1, &error);
    fuzz_check_error(status, &error);
    REQUIRE((status == LN_OK) == (decoder != NULL));
    ln_decoder_close(decoder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char ports[] = "in latent0 ?\nin known0 ?\nin map ?\nout picture ?x3x8x8\n";
    if (!folder)
        make_folder();
    fuzz_part rest = {data, size};
    const fuzz_part encoder = fuzz_take(&rest);
    uint8_t *bytes = fuzz_copy(encoder.bytes, encoder.size);
    if (encoder.size >= 12 && encoder.bytes[0] == 'L')
        fuzz_seal(bytes, encoder.size);
    fuzz_write("models/any/encoder.lnm", bytes, encoder.size);
    fuzz_write("models/any/decoder.onnx", rest.bytes, rest.size);
    fake_engine_set((fuzz_part){(const uint8_t *)ports, sizeof ports - 1}, (fuzz_part){NULL, 0});
    ln_bundle bundle;
    if (open_bundle(&bundle, folder) == LN_OK) {
        find_by_checksum(&bundle);
        open_otherwise(&bundle, bytes, encoder.size);
        decode(&bundle);
        ln_bundle_close(&bundle);
    }
    free(bytes);
    return 0;
}
