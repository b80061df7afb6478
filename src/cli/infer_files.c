#include "cli/infer_files.h"

#include "cli/cli.h"
#include "cli/draw.h"
#include "cli/io.h"
#include "cli/print.h"
#include "cli/vision.h"
#include "cloud/error.h"
#include "cloud/picture.h"
#include "cloud/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_TOP 5

/* A model with its decoder and the vision model that looks at its pictures. */
typedef struct models {
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_vision *vision;
    ln_class *classes; /* of one picture: top of them */
    size_t top;
    ln_object *objects; /* of one picture: LN_MAX_OBJECTS of them */
} models;

/* What is opened once for all files. */
typedef struct workshop {
    const cli_infer_request *request;
    models usual; /* those of the command line */
    models named; /* those of the last packets that named others; empty before */
} workshop;

/* ---- Models ---------------------------------------------------------------------------------- */

/* The vision model, and room for what it finds. */
static ln_status open_vision(models *m, const cli_infer_request *request, ln_error *error)
{
    ln_vision_choice choice = cli_vision_choice(request->vision, request->task);
    choice.own |= request->config != NULL; /* somebody who says how a model is fed means that model */
    ln_status status =
        cli_open_vision(&m->vision, &choice, &m->bundle, request->task, request->config, error);
    if (status != LN_OK)
        return status;
    size_t classes = ln_vision_classes(m->vision), top = request->top ? (size_t)request->top : DEFAULT_TOP;
    m->top = top < classes ? top : classes;
    m->classes = calloc(m->top, sizeof *m->classes);
    m->objects = calloc(LN_MAX_OBJECTS, sizeof *m->objects);
    return m->classes && m->objects ? LN_OK : ln_fail_memory(error);
}

static void close_models(models *m)
{
    free(m->objects);
    free(m->classes);
    ln_vision_close(m->vision);
    ln_decoder_close(m->decoder);
    ln_bundle_close(&m->bundle);
    *m = (models){0};
}

/* Opens what belongs to a bundle that was opened just now. After an error nothing is left open. */
static ln_status open_models(models *m, const cli_infer_request *request, ln_error *error)
{
    cli_note_model(request->verbose, &m->bundle);
    ln_status status = ln_decoder_open(&m->decoder, &m->bundle.model, m->bundle.decoder_path, 0, error);
    if (status == LN_OK)
        status = open_vision(m, request, error);
    if (status != LN_OK)
        close_models(m);
    return status;
}

static ln_status open_workshop(workshop *shop, const cli_infer_request *request, ln_error *error)
{
    *shop = (workshop){.request = request};
    const char *model = cli_model_for(request->model, request->task);
    ln_status status = ln_bundle_open(&shop->usual.bundle, model, error);
    return status == LN_OK ? open_models(&shop->usual, request, error) : status;
}

static void close_workshop(workshop *shop)
{
    close_models(&shop->named);
    close_models(&shop->usual);
}

/* The models for packets: those that they name, unless the command line does. */
static ln_status models_for(models **found, workshop *shop, const ln_stream *stream, ln_error *error)
{
    *found = &shop->usual;
    if (shop->request->model || stream->checksum == shop->usual.bundle.model.checksum)
        return LN_OK;
    *found = &shop->named;
    if (shop->named.decoder && stream->checksum == shop->named.bundle.model.checksum)
        return LN_OK;
    close_models(&shop->named);
    ln_status status = ln_bundle_find(&shop->named.bundle, stream->checksum, error);
    return status == LN_OK ? open_models(&shop->named, shop->request, error) : status;
}

/* ---- One file -------------------------------------------------------------------------------- */

static ln_status send(const workshop *shop, const ln_picture *picture, ln_stream *stream, ln_error *error)
{
    return ln_send_picture(&shop->usual.bundle.model, picture, &shop->request->sending, stream, error);
}

/* Whether a file is one of packets: its content says so, or its name does, so that a damaged one is called by
 * its right name. Memory cards write names in capitals. */
static int holds_packets(const char *file, const uint8_t *bytes, size_t size)
{
    size_t length = strlen(file);
    return ln_stream_begins(bytes, size) || (length >= 4 && strcasecmp(file + length - 4, ".lnp") == 0);
}

/* The packets that a file holds, or that its picture becomes. */
static ln_status get_stream(const workshop *shop, const char *file, ln_stream *stream, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    *stream = (ln_stream){0};
    ln_status status = cli_read(file, LN_PICTURE_FILE_BYTES, &bytes, &size, error);
    if (status != LN_OK)
        return status;
    if (holds_packets(file, bytes, size))
        return ln_stream_take(stream, bytes, size, cli_input_name(file), error);
    ln_picture picture;
    status = cli_decode_picture(&picture, bytes, size, file, shop->request->as_stored, error);
    free(bytes);
    if (status == LN_OK)
        status = send(shop, &picture, stream, error);
    ln_picture_free(&picture);
    return status;
}

static ln_status look(models *m, const ln_picture *picture, uint64_t bytes, cli_sight *sight, ln_error *error)
{
    ln_vision *vision = ln_vision_for(m->vision, bytes);
    sight->classes = m->classes;
    sight->objects = m->objects;
    if (sight->task == LN_TASK_DETECT)
        return ln_vision_detect(vision, picture, 1, NULL, m->objects, &sight->count, error);
    sight->count = m->top;
    return ln_vision_classify(vision, picture, 1, LN_FIT_STRETCH, m->top, m->classes, error);
}

static ln_status draw(ln_picture *picture, const cli_sight *sight, const char *output, ln_error *error)
{
    cli_draw_objects(picture, sight->objects, sight->count);
    return cli_write_png(picture, output, error);
}

/* What the picture shows, as far as it was received; drawn into the file `output` if that is not null. */
static ln_status examine(models *m, const ln_image *image, const char *output, cli_sight *sight,
                         ln_error *error)
{
    ln_picture picture;
    ln_image_info info;
    ln_image_get_info(image, &info);
    ln_status status = ln_picture_make(&picture, m->bundle.model.width, m->bundle.model.height, error);
    if (status == LN_OK)
        status = ln_decoder_run(m->decoder, &image, 1, picture.rgb, error);
    if (status == LN_OK)
        status = look(m, &picture, info.traffic.accepted.bytes, sight, error);
    if (status == LN_OK && output)
        status = draw(&picture, sight, output, error);
    ln_picture_free(&picture);
    return status;
}

/* A picture on standard output must not be mixed with text. */
static void print(const cli_infer_request *request, const cli_sight *sight)
{
    FILE *out = request->output && cli_is_standard(request->output) ? stderr : stdout;
    if (request->json)
        cli_print_json(out, sight);
    else
        cli_print_table(out, sight);
}

static ln_status infer(workshop *shop, const char *file, ln_error *error)
{
    ln_stream stream;
    ln_status status = get_stream(shop, file, &stream, error);
    if (status != LN_OK)
        return status;
    models *m;
    cli_reception reception = {0};
    cli_sight sight = {.file = file, .task = shop->request->task};
    const char *name = cli_input_name(file);
    status = models_for(&m, shop, &stream, error);
    if (status == LN_OK)
        status = cli_receive(&m->bundle.model, &stream, &shop->request->link, name, &reception, error);
    if (status == LN_OK)
        status = examine(m, reception.image, shop->request->output, &sight, error);
    if (status == LN_OK) {
        cli_reception_note(&reception, &stream, name);
        sight.used = reception.used;
        print(shop->request, &sight);
    }
    cli_reception_end(&reception);
    ln_stream_free(&stream);
    return status;
}

/* ---- All files ------------------------------------------------------------------------------- */

int cli_infer_files(const cli_infer_request *request, int files, char **file)
{
    ln_error error;
    workshop shop;
    int code = CLI_DONE;
    if (open_workshop(&shop, request, &error) != LN_OK) {
        code = error.status == LN_ERR_ARGUMENT ? cli_wrong_use("%s", error.text) : cli_failed(&error);
        files = 0;
    }
    for (int i = 0; i < files; i++)
        if (infer(&shop, file[i], &error) != LN_OK)
            code = cli_failed(&error); /* and go on with the next file */
    close_workshop(&shop);
    return code;
}
