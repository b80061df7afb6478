/* limitnet infer: pictures or packets -> classes or objects. */
#include "cli/cli.h"

#include "cli/draw.h"
#include "cli/io.h"
#include "cli/print.h"
#include "cli/receive.h"
#include "host/send.h"
#include "cli/vision.h"
#include "cloud/error.h"
#include "cloud/picture.h"
#include "cloud/stream.h"

#include <limitnet/cloud.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char help[] =
    "limitnet infer [--task classify|detect] [--top K] [--json] [--model M] [--mtu BYTES]\n"
    "               [--max-bytes N] [--protect N] [--check] [--crop] [--as-stored]\n"
    "               [--loss P --seed S]\n"
    "               [--vision FILE.onnx] [-o OUT.png] IMAGE|FILE.lnp...\n"
    "\n"
    "Says what pictures show after they crossed the link. Of a file of packets, whatever its name, as\n"
    "many whole ones are taken as fit into --max-bytes. Any other file is a picture: it is encoded first,\n"
    "as 'limitnet encode' does with the same options, and its last packet is made to fit into\n"
    "--max-bytes. The name - stands for standard input or standard output.\n"
    "\n"
    "  --task classify  the classes of the whole picture (default)\n"
    "  --task detect    objects and their boxes; 'make detector' fetches a vision model for it\n"
    "  --top K          number of classes (default: 5)\n"
    "  --json           print one JSON object a line: {\"file\",\"bytes\",\"packets\",\"top\":[{\"class\",\n"
    "                   \"label\",\"score\"}]}; bytes and packets are those that arrived. With --task\n"
    "                   detect, \"objects\":[{\"class\",\"label\",\"score\",\"box\":[x,y,width,height]}] in\n"
    "                   place of \"top\"; boxes in pixels of the received picture, from its top left\n"
    "                   corner\n"
    "  -o OUT.png       with --task detect and one file: write the received picture with the boxes. With\n"
    "                   -o -, what was found goes to standard error\n"
    "  --model M        a name in $LIMITNET_MODELS or models/, or a folder (default: pyramid-224; with\n"
    "                   --task detect pyramid-224-detect, another decoder of the same packets)\n"
    "  --mtu BYTES, --max-bytes N, --protect N, --check, --crop, --as-stored\n"
    "                   as in 'limitnet help encode'; without --protect, the percentage is a third more\n"
    "                   than --loss\n"
    "  --loss P, --seed S\n"
    "                   as in 'limitnet help decode'\n"
    "\n"
    "the vision model\n"
    "  --vision FILE.onnx       an ONNX or TensorFlow Lite model (.tflite). FILE.vision beside it says\n"
    "                           how to feed it: lines 'key = value' for the options below without\n"
    "                           --vision-, and 'task = classify' or 'detect'. The default is\n"
    "                           $LIMITNET_VISION, or else the model that the set-up made. 'limitnet model\n"
    "                           info FILE.onnx' says how a model is understood\n"
    "\n"
    "With any of the following options FILE.vision is not read; options not given have the values shown.\n"
    "\n"
    "  --vision-width 224, --vision-height 224\n"
    "                           pixels of the model's input\n"
    "  --vision-channels RGB    or BGR\n"
    "  --vision-layout NCHW     or NHWC: the order of the input's dimensions\n"
    "  --vision-mean 127        on the scale 0 to 255; one number or three\n"
    "  --vision-divisor 128     an input is (x - mean) / divisor\n"
    "  --vision-labels FILE     names of the classes, one a line (default: none)\n"
    "  --vision-output KIND     what the model gives (default: the model tells; refused if not sure).\n"
    "                           Classifiers: logits, or probabilities (softmax or sigmoid inside).\n"
    "                           Detectors: yolov5, N x boxes x (5 + classes); yolov8 (also YOLO11),\n"
    "                           N x (4 + classes) x boxes; yolov8-turned, N x boxes x (4 + classes);\n"
    "                           yolov10, N x boxes x 6 after suppression; corners-scores or\n"
    "                           centres-scores, two outputs: N x boxes x 4, N x boxes x classes\n"
    "  --vision-boxes pixels    of the model's input; or shares, of its sides\n"
    "  --vision-score 0.25      objects below this score are left out\n"
    "  --vision-overlap 0.45    of two boxes of a class that overlap more than this, the better one stays\n";

#define DEFAULT_TOP 5

#define VISION_SETTINGS 11
static const char *const vision_setting[VISION_SETTINGS] = {
    "--vision-width", "--vision-height",  "--vision-channels", "--vision-layout",
    "--vision-mean",  "--vision-divisor", "--vision-labels",   "--vision-boxes",
    "--vision-score", "--vision-overlap", "--vision-output",
};

typedef struct infer_request {
    const char *model, *vision, *output;
    const char *setting[VISION_SETTINGS]; /* of the vision model; null: not given */
    ln_vision_config config;              /* with these settings */
    int configured;                       /* there are some */
    ln_task task;
    uint64_t top; /* 0: not given */
    int json, as_stored;
    ln_sending sending;
    cli_link link;
} infer_request;

/* What is opened once for all files. */
typedef struct workshop {
    const infer_request *request;
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_vision *vision;
    ln_class *classes; /* of one picture: top of them */
    size_t top;
    ln_object *objects; /* of one picture: LN_MAX_OBJECTS of them */
} workshop;

/* ---- Models ---------------------------------------------------------------------------------- */

/* Takes the vision model's settings from the command line, if there are some. */
static ln_status configure(infer_request *request, ln_error *error)
{
    ln_vision_config_default(&request->config);
    request->config.task = request->task;
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

/* The vision model, and room for what it finds. */
static ln_status open_vision(workshop *shop, ln_error *error)
{
    const infer_request *request = shop->request;
    ln_status status = cli_open_vision(&shop->vision, request->vision, request->task,
                                       request->configured ? &request->config : NULL, error);
    if (status != LN_OK)
        return status;
    size_t classes = ln_vision_classes(shop->vision), top = request->top ? (size_t)request->top : DEFAULT_TOP;
    shop->top = top < classes ? top : classes;
    shop->classes = calloc(shop->top, sizeof *shop->classes);
    shop->objects = calloc(LN_MAX_OBJECTS, sizeof *shop->objects);
    return shop->classes && shop->objects ? LN_OK : ln_fail_memory(error);
}

static void close_workshop(workshop *shop)
{
    free(shop->objects);
    free(shop->classes);
    ln_vision_close(shop->vision);
    ln_decoder_close(shop->decoder);
    ln_bundle_close(&shop->bundle);
}

static ln_status open_workshop(workshop *shop, const infer_request *request, ln_error *error)
{
    *shop = (workshop){.request = request};
    ln_status status = ln_bundle_open(&shop->bundle, cli_model_for(request->model, request->task), error);
    if (status == LN_OK)
        status = ln_decoder_open(&shop->decoder, &shop->bundle.model, shop->bundle.decoder_path, 0, error);
    return status == LN_OK ? open_vision(shop, error) : status;
}

/* ---- One file -------------------------------------------------------------------------------- */

static ln_status send(const workshop *shop, const ln_picture *picture, ln_stream *stream, ln_error *error)
{
    return ln_send_picture(&shop->bundle.model, picture, &shop->request->sending, stream, error);
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

static ln_status look(workshop *shop, const ln_picture *picture, cli_sight *sight, ln_error *error)
{
    sight->task = shop->request->task;
    sight->classes = shop->classes;
    sight->objects = shop->objects;
    if (sight->task == LN_TASK_DETECT)
        return ln_vision_detect(shop->vision, picture, 1, NULL, shop->objects, &sight->count, error);
    sight->count = shop->top;
    return ln_vision_classify(shop->vision, picture, 1, LN_FIT_STRETCH, shop->top, shop->classes, error);
}

static ln_status draw(ln_picture *picture, const cli_sight *sight, const char *output, ln_error *error)
{
    cli_draw_objects(picture, sight->objects, sight->count);
    return cli_write_png(picture, output, error);
}

/* What the picture shows, as far as it was received. */
static ln_status examine(workshop *shop, const ln_image *image, cli_sight *sight, ln_error *error)
{
    const ln_model *model = &shop->bundle.model;
    ln_picture picture;
    ln_status status = ln_picture_make(&picture, model->width, model->height, error);
    if (status == LN_OK)
        status = ln_decoder_run(shop->decoder, &image, 1, picture.rgb, error);
    if (status == LN_OK)
        status = look(shop, &picture, sight, error);
    if (status == LN_OK && shop->request->output)
        status = draw(&picture, sight, shop->request->output, error);
    ln_picture_free(&picture);
    return status;
}

/* A picture on standard output must not be mixed with text. */
static void print(const infer_request *request, const cli_sight *sight)
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
    cli_reception reception;
    cli_sight sight = {.file = file};
    const char *name = cli_input_name(file);
    status = cli_receive(&shop->bundle.model, &stream, &shop->request->link, name, &reception, error);
    if (status == LN_OK)
        status = examine(shop, reception.image, &sight, error);
    if (status == LN_OK) {
        cli_reception_note(&reception, &stream, name);
        sight.used = reception.used;
        print(shop->request, &sight);
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
            code = cli_failed(&error); /* and go on with the next file */
    close_workshop(&shop);
    return code;
}

static int count_standard(int operands, char **operand)
{
    int count = 0;
    for (int i = 0; i < operands; i++)
        count += cli_is_standard(operand[i]);
    return count;
}

/* Which options and files go together. */
static int check(const infer_request *request, int operands, char **operand)
{
    int detects = request->task == LN_TASK_DETECT;
    if (!operands)
        return cli_wrong_use("give pictures or files of packets");
    if (detects && request->top)
        return cli_wrong_use("--top is about classes: omit it with --task detect");
    if (request->output && !detects)
        return cli_wrong_use("-o draws objects: give --task detect, or use 'limitnet decode'");
    if (request->output && operands > 1)
        return cli_wrong_use("-o takes one picture or file of packets, not %d", operands);
    if (count_standard(operands, operand) > 1)
        return cli_wrong_use("standard input can be read only once: give - once");
    return CLI_DONE;
}

static int run(int argc, char **argv)
{
    const char *task = "classify";
    infer_request request = {.sending = LN_SENDING_DEFAULT, .link = CLI_LINK_DEFAULT};
    const cli_option options[] = {
        {"--task", CLI_TEXT, &task, 0, 0},
        {"--top", CLI_NUMBER, &request.top, 1, UINT32_MAX},
        {"--json", CLI_FLAG, &request.json, 0, 0},
        {"--model", CLI_TEXT, &request.model, 0, 0},
        {"--mtu", CLI_NUMBER, &request.sending.mtu, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD},
        {"--max-bytes", CLI_NUMBER, &request.link.max_bytes, LN_MIN_PAYLOAD, UINT64_MAX},
        {"--protect", CLI_NUMBER, &request.sending.protection, 0, LN_MOST_PROTECTION},
        {"--check", CLI_FLAG, &request.sending.check, 0, 0},
        {"--crop", CLI_FLAG, &request.sending.crop, 0, 0},
        {"--as-stored", CLI_FLAG, &request.as_stored, 0, 0},
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
        {vision_setting[7], CLI_TEXT, &request.setting[7], 0, 0},
        {vision_setting[8], CLI_TEXT, &request.setting[8], 0, 0},
        {vision_setting[9], CLI_TEXT, &request.setting[9], 0, 0},
        {vision_setting[10], CLI_TEXT, &request.setting[10], 0, 0},
        {"-o", CLI_TEXT, &request.output, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0 || !cli_parse_task(task, &request.task) ||
        check(&request, operands, argv + 1) != CLI_DONE)
        return CLI_WRONG_USE;
    ln_error error;
    if (configure(&request, &error) != LN_OK)
        return cli_wrong_use("%s", error.text);
    request.sending.max_bytes = request.link.max_bytes;
    ln_suit_loss(&request.sending, request.link.loss);
    if (request.sending.mtu < ln_least_mtu(&request.sending))
        return cli_wrong_use("--mtu: with --protect and --check give %u bytes or more",
                             ln_least_mtu(&request.sending));
    return work(&request, operands, argv + 1);
}

const cli_command cli_infer = {"infer", "says what a picture or a file of packets shows", help, run};
