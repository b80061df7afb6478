/* limitnet decode: packets -> picture. */
#include "cli/cli.h"

#include "cli/io.h"
#include "cli/map_picture.h"
#include "cli/receive.h"
#include "cloud/error.h"
#include "cloud/stream.h"

#include <limitnet/cloud.h>

static const char help[] =
    "limitnet decode [--model M] [--max-bytes N] [--loss P --seed S] [--map MAP.png]\n"
    "                [-v] FILE.lnp -o OUT.png\n"
    "\n"
    "Makes a picture for people from packets, whichever of them are missing: by the model's decoder for\n"
    "eyes (eyes.onnx), if it has one. The name - stands for standard input or standard output.\n"
    "\n"
    "  --model M        the model that encoded them: a name among the models, or a folder (default:\n"
    "                   the model that the file names, pyramid-224 first)\n"
    "  --max-bytes N    take the first packets only: as many whole ones as fit into N bytes (the\n"
    "                   two-byte lengths in the file do not count)\n"
    "  --loss P         lose each packet with this probability, 0 to 1 (default: 0)\n"
    "  --seed S         seed of the losses: the same seed loses the same packets on every machine\n"
    "                   (default: 1)\n"
    "  --map MAP.png    also write the map that was received; salient or active places are bright\n"
    "  -v               say which model file is used\n"
    "  -o OUT.png       the file to write\n";

static ln_status decode_picture(const ln_bundle *bundle, const ln_image *image, ln_picture *picture,
                                ln_error *error)
{
    const ln_model *model = &bundle->model;
    ln_decoder *decoder;
    ln_status status = ln_decoder_open(&decoder, model, bundle->eyes_path, 0, error);
    if (status != LN_OK)
        return status;
    status = ln_picture_make(picture, model->width, model->height, error);
    if (status == LN_OK)
        status = ln_decoder_run(decoder, &image, 1, picture->rgb, error);
    ln_decoder_close(decoder);
    return status;
}

/* image: null when nothing arrived. */
static ln_status write_map(const ln_model *model, const ln_image *image, const char *input, const char *path,
                           ln_error *error)
{
    const uint8_t *levels = image ? ln_image_map(image) : NULL;
    if (model->map == LN_MAP_NONE)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: model %s sends no map: omit --map", input, model->name);
    if (!levels)
        return ln_fail(error, LN_ERR_PACKET, "%s: the map did not arrive, so %s is not written", input,
                       cli_output_name(path));
    return cli_write_map(model, levels, LN_MAP_SIDE, LN_MAP_SIDE, model->map_levels - 1u, path, error);
}

typedef struct decode_request {
    const char *model, *input, *output;
    const char *map; /* null for none */
    cli_link link;
    int verbose;
} decode_request;

static ln_status decode_stream(const ln_bundle *bundle, const ln_stream *stream,
                               const decode_request *request, ln_error *error)
{
    const char *input = cli_input_name(request->input);
    cli_reception reception;
    ln_picture picture = {0};
    ln_status status = cli_receive(&bundle->model, stream, &request->link, input, &reception, error);
    if (status == LN_OK)
        status = decode_picture(bundle, reception.image, &picture, error);
    if (status == LN_OK && request->map)
        status = write_map(&bundle->model, reception.image, input, request->map, error);
    if (status == LN_OK)
        status = cli_write_png(&picture, request->output, error);
    if (status == LN_OK)
        cli_reception_note(&reception, stream, input);
    ln_picture_free(&picture);
    cli_reception_end(&reception);
    return status;
}

static ln_status decode(const decode_request *request, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_stream stream = {0};
    ln_bundle bundle = {0};
    ln_status status = cli_read(request->input, LN_STREAM_FILE_BYTES, &bytes, &size, error);
    if (status == LN_OK)
        status = ln_stream_take(&stream, bytes, size, cli_input_name(request->input), error);
    if (status == LN_OK)
        status = cli_open_model(&bundle, request->model, &stream, error);
    if (status == LN_OK) {
        cli_note_model(request->verbose, &bundle);
        status = decode_stream(&bundle, &stream, request, error);
    }
    ln_bundle_close(&bundle);
    ln_stream_free(&stream);
    return status;
}

static int run(int argc, char **argv)
{
    decode_request request = {.link = CLI_LINK_DEFAULT};
    cli_link *link = &request.link;
    const cli_option options[] = {
        {"--model", CLI_TEXT, &request.model, 0, 0},
        {"--max-bytes", CLI_NUMBER, &link->max_bytes, 0, UINT64_MAX},
        {"--loss", CLI_SHARE, &link->loss, 0, 0},
        {"--seed", CLI_NUMBER, &link->seed, 0, UINT64_MAX},
        {"--map", CLI_TEXT, &request.map, 0, 0},
        {"-v", CLI_FLAG, &request.verbose, 0, 0},
        {"-o", CLI_TEXT, &request.output, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands != 1)
        return cli_wrong_use("give one file of packets, not %d", operands);
    if (!request.output)
        return cli_wrong_use("where to? Give -o OUT.png");
    if (cli_check_outputs(request.output, ".png", request.map) != CLI_DONE)
        return CLI_WRONG_USE;
    request.input = argv[1];
    ln_error error;
    return decode(&request, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_decode = {"decode", "turns packets into a picture (PNG)", help, run};
