/* limitnet encode: picture -> packets. */
#include "cli/cli.h"

#include "cli/io.h"
#include "cli/map_picture.h"
#include "host/send.h"
#include "cloud/error.h"
#include "cloud/stream.h"
#include "host/saliency_map.h"
#include "host/shot.h"

#include <limitnet/cloud.h>

#include <stdlib.h>

static const char help[] =
    "limitnet encode [--model M] [--mtu BYTES] [--max-bytes N] [--protect N] [--check]\n"
    "                [--crop] [--as-stored] [--map MAP.png] [-v] IMAGE -o FILE.lnp\n"
    "\n"
    "Encodes a picture (JPEG, PNG, WebP, PPM or PGM) into packets, the most important first. The file\n"
    "holds the packets in the order of sending, each behind its length in two bytes. The name - stands\n"
    "for standard input or standard output.\n"
    "\n"
    "  --model M        a name among the models, or a folder (default: pyramid-224)\n"
    "  --mtu BYTES      largest packet, 11 to 255 (default: 51); with --protect and --check, 13 or more\n"
    "  --max-bytes N    stop after N bytes of packets: headers and map count, the two-byte lengths do\n"
    "                   not. The last packet is made to fit if 11 bytes or more are left\n"
    "  --protect N      percentage of bytes for repair packets, 0 to 80 (default: 0); they restore as\n"
    "                   many lost bytes; 40 suits a link that loses 30 % of the packets\n"
    "  --check          end each packet with a check of two bytes: for links that deliver damaged\n"
    "                   packets, such as raw LoRa and serial lines\n"
    "  --crop           keep the aspect ratio and cut off the edges that do not fit; without it, the\n"
    "                   picture is squeezed into the model's size\n"
    "  --as-stored      do not turn the picture as its EXIF orientation says\n"
    "  --map MAP.png    also write the map of the picture: its saliency before it is reduced to the\n"
    "                   levels that are sent, or its activity; bright is much\n"
    "  -v               say which model file is used\n"
    "  -o FILE.lnp      the file to write\n";

static ln_status write_saliency(const ln_model *model, const ln_picture *picture, const char *path,
                                ln_error *error)
{
    ln_saliency_map map;
    ln_status status = ln_saliency_map_make(&map, model, picture, error);
    if (status == LN_OK)
        status = cli_write_map(model, map.places, map.width, map.height, 255, path, error);
    ln_saliency_map_free(&map);
    return status;
}

static ln_status write_activity(const ln_model *model, const ln_picture *picture, const char *path,
                                ln_error *error)
{
    ln_shot shot;
    ln_status status = ln_shot_take(&shot, model, picture, 0, 0, error);
    if (status == LN_OK)
        status = cli_write_map(model, ln_camera_map(shot.camera), LN_MAP_SIDE, LN_MAP_SIDE,
                               model->map_levels - 1u, path, error);
    ln_shot_free(&shot);
    return status;
}

typedef struct encode_request {
    const char *model, *image, *output;
    const char *map; /* null for none */
    int as_stored, verbose;
    ln_sending how;
} encode_request;

static ln_status write_map(const ln_model *model, const ln_picture *original, const encode_request *request,
                           ln_error *error)
{
    ln_picture picture;
    if (model->map == LN_MAP_NONE)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: model %s has no map: omit --map",
                       cli_input_name(request->image), model->name);
    ln_status status = ln_fit_picture(model, original, request->how.crop, &picture, error);
    if (status == LN_OK && model->map == LN_MAP_SALIENCY)
        status = write_saliency(model, &picture, request->map, error);
    else if (status == LN_OK)
        status = write_activity(model, &picture, request->map, error);
    ln_picture_free(&picture);
    return status;
}

static ln_status write_stream(const ln_stream *stream, const char *output, ln_error *error)
{
    uint8_t *bytes;
    size_t size;
    ln_status status = ln_stream_encode(stream, &bytes, &size, error);
    if (status == LN_OK)
        status = cli_write(output, bytes, size, error);
    if (status == LN_OK)
        cli_note("%s: %zu packets, %zu bytes", cli_output_name(output), stream->packets,
                 stream->packet_bytes);
    free(bytes);
    return status;
}

static ln_status encode(const encode_request *request, ln_error *error)
{
    ln_bundle bundle;
    ln_picture picture = {0};
    ln_stream stream = {0};
    ln_status status = ln_bundle_open(&bundle, request->model, error);
    if (status == LN_OK) {
        cli_note_model(request->verbose, &bundle);
        status = cli_read_picture(&picture, request->image, request->as_stored, error);
    }
    if (status == LN_OK)
        status = ln_send_picture(&bundle.model, &picture, &request->how, &stream, error);
    if (status == LN_OK && request->map)
        status = write_map(&bundle.model, &picture, request, error);
    if (status == LN_OK)
        status = write_stream(&stream, request->output, error);
    ln_stream_free(&stream);
    ln_picture_free(&picture);
    ln_bundle_close(&bundle);
    return status;
}

static int run(int argc, char **argv)
{
    encode_request request = {.how = LN_SENDING_DEFAULT};
    ln_sending *how = &request.how;
    const cli_option options[] = {
        {"--model", CLI_TEXT, &request.model, 0, 0},
        {"--mtu", CLI_NUMBER, &how->mtu, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD},
        {"--max-bytes", CLI_NUMBER, &how->max_bytes, LN_MIN_PAYLOAD, UINT64_MAX},
        {"--protect", CLI_NUMBER, &how->protection, 0, LN_MOST_PROTECTION},
        {"--check", CLI_FLAG, &how->check, 0, 0},
        {"--crop", CLI_FLAG, &how->crop, 0, 0},
        {"--as-stored", CLI_FLAG, &request.as_stored, 0, 0},
        {"--map", CLI_TEXT, &request.map, 0, 0},
        {"-v", CLI_FLAG, &request.verbose, 0, 0},
        {"-o", CLI_TEXT, &request.output, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands != 1)
        return cli_wrong_use("give one picture, not %d", operands);
    if (!request.output)
        return cli_wrong_use("where to? Give -o FILE.lnp");
    if (cli_check_outputs(request.output, ".lnp", request.map) != CLI_DONE)
        return CLI_WRONG_USE;
    ln_suit_loss(how, 0);
    if (how->mtu < ln_least_mtu(how) || how->max_bytes < ln_least_mtu(how))
        return cli_wrong_use("--mtu, --max-bytes: with --protect and --check give %u bytes or more",
                             ln_least_mtu(how));
    request.image = argv[1];
    ln_error error;
    return encode(&request, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_encode = {"encode", "turns a picture into packets (.lnp)", help, run};
