/* limitnet encode: picture -> packets. */
#include "cli/cli.h"

#include "cli/map_picture.h"
#include "host/send.h"
#include "cloud/error.h"
#include "host/saliency_map.h"
#include "host/shot.h"

#include <limitnet/cloud.h>

static const char help[] =
    "limitnet encode [--model M] [--mtu BYTES] [--max-bytes N] [--protect N] [--check]\n"
    "                [--crop] [--map MAP.png] IMAGE -o FILE.lnp\n"
    "\n"
    "Encodes a picture (JPEG, PNG, WebP, PPM or PGM) into packets, the most important first. The file\n"
    "holds the packets in the order of sending, each behind its length in two bytes.\n"
    "\n"
    "  --model M        a name in $LIMITNET_MODELS or models/, or a folder (default: pyramid-224)\n"
    "  --mtu BYTES      largest packet, 11 to 255 (default: 51); with --protect and --check, 13 or more\n"
    "  --max-bytes N    stop after N bytes of packets: headers and map count, the two-byte lengths do\n"
    "                   not. The last packet is made to fit if 11 bytes or more are left\n"
    "  --protect N      percentage of bytes for repair packets, 0 to 75 (default: 0), which restore as\n"
    "                   many lost ones; 40 suits a link that loses 30 % of the packets\n"
    "  --check          end each packet with a check of two bytes: for links that deliver damaged\n"
    "                   packets, such as raw LoRa and serial lines\n"
    "  --crop           keep the aspect ratio and cut off the edges that do not fit; without it, the\n"
    "                   picture is squeezed into the model's size\n"
    "  --map MAP.png    also write the map of the picture: its saliency before it is reduced to the\n"
    "                   levels that are sent, or its activity; bright is much\n"
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

static ln_status write_map(const ln_model *model, const char *image, int crop, const char *path,
                           ln_error *error)
{
    ln_picture picture;
    if (model->map == LN_MAP_NONE)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: model %s has no map: omit --map", image, model->name);
    ln_status status = ln_read_fitted(model, image, crop, &picture, error);
    if (status == LN_OK && model->map == LN_MAP_SALIENCY)
        status = write_saliency(model, &picture, path, error);
    else if (status == LN_OK)
        status = write_activity(model, &picture, path, error);
    ln_picture_free(&picture);
    return status;
}

/* map: null for none. */
static ln_status encode(const char *model, const char *image, const ln_sending *how, const char *map,
                        const char *output, ln_error *error)
{
    ln_bundle bundle;
    ln_status status = ln_bundle_open(&bundle, model, error);
    if (status != LN_OK)
        return status;
    ln_stream stream;
    status = ln_send_file(&bundle.model, image, how, &stream, error);
    if (status == LN_OK && map)
        status = write_map(&bundle.model, image, how->crop, map, error);
    if (status == LN_OK)
        status = ln_stream_write(&stream, output, error);
    if (status == LN_OK)
        cli_note("%s: %zu packets, %zu bytes", output, stream.packets, stream.packet_bytes);
    ln_stream_free(&stream);
    ln_bundle_close(&bundle);
    return status;
}

static int run(int argc, char **argv)
{
    const char *model = NULL, *map = NULL, *output = NULL;
    ln_sending how = LN_SENDING_DEFAULT;
    const cli_option options[] = {
        {"--model", CLI_TEXT, &model, 0, 0},
        {"--mtu", CLI_NUMBER, &how.mtu, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD},
        {"--max-bytes", CLI_NUMBER, &how.max_bytes, LN_MIN_PAYLOAD, UINT64_MAX},
        {"--protect", CLI_NUMBER, &how.protection, 0, LN_MOST_PROTECTION},
        {"--check", CLI_FLAG, &how.check, 0, 0},
        {"--crop", CLI_FLAG, &how.crop, 0, 0},
        {"--map", CLI_TEXT, &map, 0, 0},
        {"-o", CLI_TEXT, &output, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands != 1)
        return cli_wrong_use("give one picture, not %d", operands);
    if (!output)
        return cli_wrong_use("where to? Give -o FILE.lnp");
    ln_suit_loss(&how, 0);
    if (how.mtu < ln_least_mtu(&how))
        return cli_wrong_use("--mtu: with --protect and --check give %u bytes or more", ln_least_mtu(&how));
    ln_error error;
    return encode(model, argv[1], &how, map, output, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_encode = {"encode", "turns a picture into packets (.lnp)", help, run};
