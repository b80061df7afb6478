/* limitnet infer: pictures or packets -> classes. */
#include "cli/cli.h"

#include "cli/json.h"
#include "cli/receive.h"
#include "cli/send.h"
#include "cloud/bundle.h"
#include "cloud/decoder.h"
#include "cloud/picture.h"
#include "cloud/vision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "limitnet infer [--task classify] [--top K] [--json] [--model M] [--mtu BYTES]\n"
    "               [--max-bytes N] [--protect N] [--crop] [--loss P --seed S]\n"
    "               [--vision FILE.onnx] IMAGE|FILE.lnp...\n"
    "\n"
    "Says what pictures show after they crossed the link. A file whose name ends in .lnp holds\n"
    "packets. Any other file is a picture: it is encoded first, as 'limitnet encode' does with "
    "the\n"
    "same options, and the last packet is made to fit into --max-bytes; of a file of packets "
    "whole\n"
    "ones are taken as long as they fit.\n"
    "\n"
    "  --task classify  the classes of the whole picture; no other task in this version\n"
    "  --top K          how many classes (5)\n"
    "  --json           an object a line: "
    "{\"file\",\"bytes\",\"packets\",\"top\":[{\"class\",\"label\",\n"
    "                   \"score\"}]}; bytes and packets are those that arrived\n"
    "  --model M        a name in $LIMITNET_MODELS or models/, or a folder (pyramid-224)\n"
    "  --mtu BYTES, --max-bytes N, --protect N, --crop\n"
    "                   see 'limitnet help encode'; --protect is a third more than --loss if not given\n"
    "  --loss P, --seed S\n"
    "                   see 'limitnet help decode'\n"
    "\n"
    "the vision model\n"
    "  --vision FILE.onnx       N x classes logits from N pictures ($LIMITNET_VISION, else the "
    "one\n"
    "                           that the set-up made). FILE.vision beside it says how to feed it.\n"
    "  With any of the following FILE.vision is not read; the values shown hold for the others.\n"
    "  --vision-width 224, --vision-height 224\n"
    "  --vision-channels RGB    or BGR\n"
    "  --vision-layout NCHW     or NHWC\n"
    "  --vision-mean 127        of the scale 0..255; one number or three\n"
    "  --vision-divisor 128     an input is (x - mean) / divisor\n"
    "  --vision-labels FILE     the classes' names, one a line (none)\n";

#define VISION_SETTINGS 7
static const char *const vision_setting[VISION_SETTINGS] = {
    "--vision-width", "--vision-height",  "--vision-channels", "--vision-layout",
    "--vision-mean",  "--vision-divisor", "--vision-labels",
};

typedef struct infer_request {
    const char *model, *vision;
    const char *setting[VISION_SETTINGS]; /* of the vision model; null: not given */
    ln_vision_config config;              /* with these settings */
    int configured;                       /* there are some */
    const char *task;
    uint64_t top;
    int json;
    cli_sending sending;
    cli_link link;
} infer_request;

/* What all files are worked on with. */
typedef struct workshop {
    const infer_request *request;
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_vision *vision;
    ln_class *classes; /* of one picture: top of them */
    size_t top;
} workshop;

/* ---- Models ---------------------------------------------------------------------------------- */

/* Takes the vision model's settings from the command line, if there are some. */
static ln_status configure(infer_request *request, ln_error *error)
{
    ln_vision_config_default(&request->config);
    for (size_t i = 0; i < VISION_SETTINGS; i++) {
        if (!request->setting[i])
            continue;
        request->configured = 1;
        const char *key = vision_setting[i] + strlen("--vision-");
        ln_status status =
            ln_vision_config_set(&request->config, key, request->setting[i], vision_setting[i], error);
        if (status != LN_OK)
            return status;
    }
    return LN_OK;
}

static ln_status open_vision(workshop *shop, ln_error *error)
{
    const infer_request *request = shop->request;
    const char *path = request->vision ? request->vision : cli_default_vision();
    return ln_vision_open(&shop->vision, path, request->configured ? &request->config : NULL, 0, error);
}

static void close_workshop(workshop *shop)
{
    free(shop->classes);
    ln_vision_close(shop->vision);
    ln_decoder_close(shop->decoder);
    ln_bundle_close(&shop->bundle);
}

static ln_status open_workshop(workshop *shop, const infer_request *request, ln_error *error)
{
    *shop = (workshop){.request = request};
    ln_status status = ln_bundle_open(&shop->bundle, request->model, error);
    if (status == LN_OK)
        status = ln_decoder_open(&shop->decoder, &shop->bundle.model, shop->bundle.decoder_path, error);
    if (status == LN_OK)
        status = open_vision(shop, error);
    if (status != LN_OK)
        return status;
    size_t classes = ln_vision_classes(shop->vision);
    shop->top = request->top < classes ? (size_t)request->top : classes;
    shop->classes = calloc(shop->top, sizeof *shop->classes);
    return shop->classes ? LN_OK : ln_fail_memory(error);
}

/* ---- One file -------------------------------------------------------------------------------- */

static int holds_packets(const char *file)
{
    size_t length = strlen(file);
    return length >= 4 && !strcmp(file + length - 4, ".lnp");
}

static ln_status get_stream(const workshop *shop, const char *file, ln_stream *stream, ln_error *error)
{
    if (holds_packets(file))
        return ln_stream_read(stream, file, error);
    return cli_send(&shop->bundle.model, file, &shop->request->sending, stream, error);
}

static ln_status classify(workshop *shop, const ln_image *image, ln_error *error)
{
    const ln_model *model = &shop->bundle.model;
    ln_picture picture;
    ln_status status = ln_picture_make(&picture, model->width, model->height, error);
    if (status == LN_OK)
        status = ln_decoder_run(shop->decoder, &image, 1, picture.rgb, error);
    if (status == LN_OK)
        status =
            ln_vision_classify(shop->vision, &picture, 1, LN_FIT_STRETCH, shop->top, shop->classes, error);
    ln_picture_free(&picture);
    return status;
}

static void print_json(const workshop *shop, const char *file, const ln_traffic *used)
{
    fputs("{\"file\":", stdout);
    cli_json_string(stdout, file);
    printf(",\"bytes\":%llu,\"packets\":%llu,\"top\":[", (unsigned long long)used->bytes,
           (unsigned long long)used->packets);
    for (size_t i = 0; i < shop->top; i++) {
        printf("%s{\"class\":%u,\"label\":", i ? "," : "", shop->classes[i].index);
        cli_json_string(stdout, shop->classes[i].label);
        printf(",\"score\":%.4f}", (double)shop->classes[i].score);
    }
    puts("]}");
}

static void print_table(const workshop *shop, const char *file)
{
    printf("%s\n", file);
    for (size_t i = 0; i < shop->top; i++)
        printf("  %5.1f %%  %4u  %s\n", (double)shop->classes[i].score * 100, shop->classes[i].index,
               shop->classes[i].label);
}

static ln_status infer(workshop *shop, const char *file, ln_error *error)
{
    ln_stream stream;
    ln_status status = get_stream(shop, file, &stream, error);
    if (status != LN_OK)
        return status;
    cli_reception reception;
    status = cli_receive(&shop->bundle.model, &stream, &shop->request->link, file, &reception, error);
    if (status == LN_OK)
        status = classify(shop, reception.image, error);
    if (status == LN_OK) {
        cli_reception_note(&reception, &stream, file);
        if (shop->request->json)
            print_json(shop, file, &reception.used);
        else
            print_table(shop, file);
    }
    cli_reception_end(&reception);
    ln_stream_free(&stream);
    return status;
}

/* ---- Command --------------------------------------------------------------------------------- */

static int work(const infer_request *request, int files, char **file)
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
            code = cli_failed(&error); /* and on with the next file */
    close_workshop(&shop);
    return code;
}

static int run(int argc, char **argv)
{
    infer_request request = {
        .task = "classify", .top = 5, .sending = CLI_SENDING_DEFAULT, .link = CLI_LINK_DEFAULT};
    const cli_option options[] = {
        {"--task", CLI_TEXT, &request.task, 0, 0},
        {"--top", CLI_NUMBER, &request.top, 1, UINT32_MAX},
        {"--json", CLI_FLAG, &request.json, 0, 0},
        {"--model", CLI_TEXT, &request.model, 0, 0},
        {"--mtu", CLI_NUMBER, &request.sending.mtu, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD},
        {"--max-bytes", CLI_NUMBER, &request.link.max_bytes, LN_MIN_PAYLOAD, UINT64_MAX},
        {"--protect", CLI_NUMBER, &request.sending.protection, 0, LN_MOST_PROTECTION},
        {"--crop", CLI_FLAG, &request.sending.crop, 0, 0},
        {"--loss", CLI_SHARE, &request.link.loss, 0, 0},
        {"--seed", CLI_NUMBER, &request.link.seed, 0, UINT64_MAX},
        {"--vision", CLI_TEXT, &request.vision, 0, 0},
        {vision_setting[0], CLI_TEXT, &request.setting[0], 0, 0},
        {vision_setting[1], CLI_TEXT, &request.setting[1], 0, 0},
        {vision_setting[2], CLI_TEXT, &request.setting[2], 0, 0},
        {vision_setting[3], CLI_TEXT, &request.setting[3], 0, 0},
        {vision_setting[4], CLI_TEXT, &request.setting[4], 0, 0},
        {vision_setting[5], CLI_TEXT, &request.setting[5], 0, 0},
        {vision_setting[6], CLI_TEXT, &request.setting[6], 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (!operands)
        return cli_wrong_use("give pictures or files of packets");
    if (!strcmp(request.task, "detect"))
        return cli_wrong_use("--task detect is not available in this version, only classify");
    if (strcmp(request.task, "classify"))
        return cli_wrong_use("--task: '%s' is no task: give classify", request.task);
    ln_error error;
    if (configure(&request, &error) != LN_OK)
        return cli_wrong_use("%s", error.text);
    request.sending.max_bytes = request.link.max_bytes;
    cli_suit_loss(&request.sending, request.link.loss);
    return work(&request, operands, argv + 1);
}

const cli_command cli_infer = {"infer", "says what a picture or a file of packets shows", help, run};
