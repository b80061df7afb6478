#include <limitnet/cloud.h>

#include "cloud/engine.h"
#include "cloud/error.h"
#include "cloud/file.h"
#include "cloud/onnx_metadata.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define MAX_INPUTS (2 * LN_MAX_STAGES + 1)
#define NAME_BYTES 12

/* One input of the network. The last one is the map, which is no stage's. */
typedef struct decoder_input {
    char name[NAME_BYTES];
    unsigned stage;
    unsigned channels, height, width;
    size_t size; /* numbers for one picture */
    float *data; /* of the current run */
} decoder_input;

struct ln_decoder {
    const ln_model *model;
    ln_engine *engine;
    decoder_input inputs[MAX_INPUTS]; /* latent0, known0, latent1, known1, ..., map */
    size_t input_count;
};

/* ---- Shapes ---------------------------------------------------------------------------------- */

static void add_input(ln_decoder *decoder, const char *name, unsigned channels, unsigned height,
                      unsigned width, unsigned stage)
{
    decoder_input *port = &decoder->inputs[decoder->input_count++];
    port->stage = stage;
    port->channels = channels;
    port->height = height;
    port->width = width;
    port->size = (size_t)channels * height * width;
    snprintf(port->name, sizeof port->name, "%s", name);
}

static void list_inputs(ln_decoder *decoder)
{
    const ln_model *model = decoder->model;
    unsigned k = 0;
    for (unsigned s = model->stages; s-- > 0;) {
        const ln_layer *stage = &model->stage[s];
        unsigned channels = stage->outputs - stage->pass;
        if (!channels)
            continue;
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "latent%u", k);
        add_input(decoder, name, channels, stage->height, stage->width, s);
        snprintf(name, sizeof name, "known%u", k);
        add_input(decoder, name, channels, stage->height, stage->width, s);
        k++;
    }
    add_input(decoder, "map", 1, LN_MAP_SIDE, LN_MAP_SIDE, 0);
}

static ln_port expected(const char *name, unsigned channels, unsigned height, unsigned width)
{
    return (ln_port){name, 4, {LN_ANY_SIZE, (long)channels, (long)height, (long)width}};
}

static ln_status check_shapes(const ln_decoder *decoder, ln_error *error)
{
    const ln_model *model = decoder->model;
    ln_port inputs[MAX_INPUTS];
    for (size_t i = 0; i < decoder->input_count; i++) {
        const decoder_input *port = &decoder->inputs[i];
        inputs[i] = expected(port->name, port->channels, port->height, port->width);
    }
    ln_port picture = expected("picture", 3, model->height, model->width);
    ln_error why;
    if (ln_engine_check(decoder->engine, inputs, decoder->input_count, &picture, 1, &why) == LN_OK)
        return LN_OK;
    return ln_fail(error, why.status, "the decoder does not fit the model %s: %s", model->name, why.text);
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static void fill_stage(decoder_input *latent, decoder_input *known, const ln_image *image, size_t picture)
{
    const ln_model *model = ln_image_model(image);
    unsigned places = latent->height * latent->width;
    unsigned first = model->stage[latent->stage].first_channel;
    float *value = latent->data + picture * latent->size;
    float *share = known->data + picture * known->size;
    for (unsigned c = first; c < first + latent->channels; c++) {
        float planes = model->channel[c].planes;
        for (unsigned p = 0; p < places; p++) {
            *value++ = (float)ln_image_value(image, c, p) / 256;
            *share++ = (float)ln_image_known(image, c, p) / planes;
        }
    }
}

static void fill(ln_decoder *decoder, const ln_image *image, size_t picture)
{
    decoder_input *map = &decoder->inputs[decoder->input_count - 1];
    for (decoder_input *port = decoder->inputs; port < map; port += 2)
        fill_stage(port, port + 1, image, picture);
    const uint8_t *levels = ln_image_map(image);
    for (unsigned i = 0; levels && i < LN_MAP_CELLS; i++)
        map->data[picture * map->size + i] = (float)levels[i] / (float)(decoder->model->map_levels - 1);
}

static uint8_t byte_of(float share)
{
    if (!(share > 0)) /* also for a NaN */
        return 0;
    return share < 1 ? (uint8_t)lrintf(share * 255) : 255;
}

/* Planes of red, green and blue become pixels. */
static void interleave(const float *planes, size_t pixels, uint8_t *rgb)
{
    for (size_t i = 0; i < pixels; i++)
        for (size_t c = 0; c < 3; c++)
            *rgb++ = byte_of(planes[c * pixels + i]);
}

static ln_status run(ln_decoder *decoder, const ln_image *const *images, size_t count, uint8_t *rgb,
                     ln_error *error)
{
    for (size_t i = 0; i < count; i++)
        if (images[i])
            fill(decoder, images[i], i);

    ln_tensor inputs[MAX_INPUTS];
    for (size_t i = 0; i < decoder->input_count; i++) {
        const decoder_input *port = &decoder->inputs[i];
        inputs[i] =
            (ln_tensor){port->name, 4, {count, port->channels, port->height, port->width}, port->data};
    }
    ln_tensor picture = {.name = "picture"};
    ln_status status = ln_engine_run(decoder->engine, inputs, decoder->input_count, &picture, 1, error);
    if (status != LN_OK)
        return status;

    size_t pixels = (size_t)decoder->model->width * decoder->model->height;
    for (size_t i = 0; i < count; i++)
        interleave(picture.data + i * 3 * pixels, pixels, rgb + i * 3 * pixels);
    return LN_OK;
}

ln_status ln_decoder_run(ln_decoder *decoder, const ln_image *const *images, size_t count, uint8_t *rgb,
                         ln_error *error)
{
    if (!decoder || !images || !rgb)
        return ln_fail_null(error, __func__);
    if (!count)
        return ln_fail(error, LN_ERR_ARGUMENT, "there is no picture to decode");
    for (size_t i = 0; i < count; i++)
        if (images[i] && ln_image_model(images[i])->checksum != decoder->model->checksum)
            return ln_fail(error, LN_ERR_MISMATCH,
                           "the picture was received with another model than the decoder's");

    ln_status status = LN_OK;
    for (size_t i = 0; i < decoder->input_count; i++) {
        decoder->inputs[i].data = calloc(count * decoder->inputs[i].size, sizeof(float));
        if (!decoder->inputs[i].data)
            status = ln_fail_memory(error);
    }
    if (status == LN_OK)
        status = run(decoder, images, count, rgb, error);
    for (size_t i = 0; i < decoder->input_count; i++)
        free(decoder->inputs[i].data);
    return status;
}

/* ---- Opening and closing --------------------------------------------------------------------- */

#define MOST_FILE_BYTES ((size_t)1 << 30)

/* Whether the file is whole, as far as it says so, and the decoder of this model. */
static ln_status check_metadata(const ln_model *model, const uint8_t *bytes, size_t size, const char *path,
                                ln_error *error)
{
    ln_metadata entry;
    uint32_t number;
    if (ln_onnx_metadata(bytes, size, "limitnet.crc32", &entry) &&
        (entry.end != size || !ln_metadata_number(&entry, &number) ||
         number != crc32_z(0, bytes, entry.begin)))
        return ln_fail(error, LN_ERR_IO, "%s: damaged: copy or export it again", path);
    if (!ln_onnx_metadata(bytes, size, "limitnet.encoder", &entry) || !ln_metadata_number(&entry, &number))
        return ln_fail(error, LN_ERR_MISMATCH,
                       "%s: does not name the model that it belongs to (limitnet.encoder): export it again",
                       path);
    if (number != model->checksum)
        return ln_fail(
            error, LN_ERR_MISMATCH,
            "%s: the decoder of another model (checksum %08lx) than %s (%08lx): use the files of one "
            "export together",
            path, (unsigned long)number, model->name, (unsigned long)model->checksum);
    return LN_OK;
}

static ln_status check_file(const ln_model *model, const char *path, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_file_read(path, MOST_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    status = check_metadata(model, bytes, size, path, error);
    free(bytes);
    return status;
}

ln_status ln_decoder_open(ln_decoder **decoder, const ln_model *model, const char *path, unsigned threads,
                          ln_error *error)
{
    if (!decoder)
        return ln_fail_null(error, __func__);
    *decoder = NULL;
    if (!model || !path)
        return ln_fail_null(error, __func__);
    ln_decoder *d = calloc(1, sizeof *d);
    if (!d)
        return ln_fail_memory(error);
    d->model = model;
    list_inputs(d);
    ln_status status = check_file(model, path, error);
    if (status == LN_OK)
        status = ln_engine_open(&d->engine, path, NULL, threads, error);
    if (status == LN_OK)
        status = check_shapes(d, error);
    if (status != LN_OK) {
        ln_decoder_close(d);
        return status;
    }
    *decoder = d;
    return LN_OK;
}

void ln_decoder_close(ln_decoder *decoder)
{
    if (!decoder)
        return;
    ln_engine_close(decoder->engine);
    free(decoder);
}
