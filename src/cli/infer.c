/* limitnet infer: pictures or packets -> classes or objects. */
#include "cli/cli.h"

#include "cli/infer_files.h"
#include "cli/io.h"
#include "cli/vision.h"

#include <limitnet/cloud.h>

#include <string.h>

static const char help[] =
    "limitnet infer [--task classify|detect] [--top K] [--json] [--model M] [--mtu BYTES]\n"
    "               [--max-bytes N] [--protect N] [--check] [--crop] [--as-stored]\n"
    "               [--loss P --seed S]\n"
    "               [--vision FILE.onnx] [-v] [-o OUT.png] IMAGE|FILE.lnp...\n"
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
    "  --model M        a name among the models, or a folder (default: the model that packets name, and\n"
    "                   pyramid-224; with --task detect pyramid-224-detect, another decoder of the same\n"
    "                   packets)\n"
    "  -v               say which model file is used\n"
    "  --mtu BYTES, --max-bytes N, --protect N, --check, --crop, --as-stored\n"
    "                   as in 'limitnet help encode'; without --protect, the percentage suits --loss: 40\n"
    "                   for 0.3\n"
    "  --loss P, --seed S\n"
    "                   as in 'limitnet help decode'\n"
    "\n"
    "the vision model\n"
    "  --vision FILE.onnx       an ONNX or TensorFlow Lite model (.tflite). FILE.vision beside it says\n"
    "                           how to feed it: lines 'key = value' for the options below without\n"
    "                           --vision-, and 'task = classify' or 'detect'. The default is\n"
    "                           $LIMITNET_VISION, or else the model that the set-up made; then one that\n"
    "                           --model brings looks at pictures of few bytes, or at all of them,\n"
    "                           as its settings say. 'limitnet model info FILE.onnx' says how a model\n"
    "                           is understood\n"
    "\n"
    "With any of the following options FILE.vision is not read; options not given have the values shown.\n"
    "\n"
    "  --vision-width 224, --vision-height 224\n"
    "                           pixels of the model's input\n"
    "  --vision-channels RGB    or BGR, or grey, of one channel\n"
    "  --vision-layout NCHW     or NHWC: the order of the input's dimensions\n"
    "  --vision-mean 127        on the scale 0 to 255; one number or three\n"
    "  --vision-divisor 128     an input is (x - mean) / divisor\n"
    "  --vision-labels FILE     names of the classes, one a line (default: none)\n"
    "  --vision-output KIND     what the model gives (default: the model tells; refused if not sure).\n"
    "                           Classifiers: logits, or probabilities (softmax or sigmoid inside).\n"
    "                           Detectors: yolov5, N x boxes x (5 + classes); yolov8 (also YOLO11),\n"
    "                           N x (4 + classes) x boxes; yolov8-turned, N x boxes x (4 + classes);\n"
    "                           yolov10, N x boxes x 6 after suppression; corners-scores or\n"
    "                           centres-scores, two outputs: N x boxes x 4, N x boxes x classes; ssd,\n"
    "                           four as of TensorFlow: boxes, classes, scores, count; its first label\n"
    "                           is that of class 0, also where classes begin with 1 ('background')\n"
    "  --vision-boxes pixels    of the model's input; or shares, of its sides\n"
    "  --vision-score 0.25      objects below this score are left out\n"
    "  --vision-overlap 0.45    of two boxes of a class that overlap more than this, the better one stays\n";

#define VISION_SETTINGS 11
static const char *const vision_setting[VISION_SETTINGS] = {
    "--vision-width", "--vision-height",  "--vision-channels", "--vision-layout",
    "--vision-mean",  "--vision-divisor", "--vision-labels",   "--vision-boxes",
    "--vision-score", "--vision-overlap", "--vision-output",
};

/* Takes the vision model's settings from the command line, if there are some. */
static ln_status configure(cli_infer_request *request, ln_vision_config *config,
                           const char *const setting[VISION_SETTINGS], ln_error *error)
{
    ln_vision_config_default(config);
    config->task = request->task;
    for (size_t i = 0; i < VISION_SETTINGS; i++) {
        if (!setting[i])
            continue;
        request->config = config;
        const char *key = vision_setting[i] + strlen("--vision-");
        ln_status status = ln_vision_config_set(config, key, setting[i], vision_setting[i], error);
        if (status != LN_OK)
            return status;
    }
    return LN_OK;
}

/* Which options and files go together. */
static int check(const cli_infer_request *request, int operands, char **operand)
{
    int detects = request->task == LN_TASK_DETECT;
    if (!operands)
        return cli_wrong_use("give pictures or files of packets");
    if (request->vision && cli_is_standard(request->vision))
        return cli_wrong_use("--vision: its settings are beside it: give a file, not standard input");
    if (detects && request->top)
        return cli_wrong_use("--top is about classes: omit it with --task detect");
    if (request->output && !detects)
        return cli_wrong_use("-o draws objects: give --task detect, or use 'limitnet decode'");
    if (request->output && operands > 1)
        return cli_wrong_use("-o takes one picture or file of packets, not %d", operands);
    if (request->output && strcmp(request->output, operand[0]) == 0 && !cli_is_standard(operand[0]))
        return cli_wrong_use("-o would overwrite %s: name another file", operand[0]);
    if (request->output && cli_check_outputs(request->output, ".png", NULL) != CLI_DONE)
        return CLI_WRONG_USE;
    return cli_check_standard(operands, operand);
}

static int run(int argc, char **argv)
{
    const char *task = "classify";
    const char *setting[VISION_SETTINGS] = {0};
    ln_vision_config config;
    cli_infer_request request = {.sending = LN_SENDING_DEFAULT, .link = CLI_LINK_DEFAULT};
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
        {vision_setting[0], CLI_TEXT, &setting[0], 0, 0},
        {vision_setting[1], CLI_TEXT, &setting[1], 0, 0},
        {vision_setting[2], CLI_TEXT, &setting[2], 0, 0},
        {vision_setting[3], CLI_TEXT, &setting[3], 0, 0},
        {vision_setting[4], CLI_TEXT, &setting[4], 0, 0},
        {vision_setting[5], CLI_TEXT, &setting[5], 0, 0},
        {vision_setting[6], CLI_TEXT, &setting[6], 0, 0},
        {vision_setting[7], CLI_TEXT, &setting[7], 0, 0},
        {vision_setting[8], CLI_TEXT, &setting[8], 0, 0},
        {vision_setting[9], CLI_TEXT, &setting[9], 0, 0},
        {vision_setting[10], CLI_TEXT, &setting[10], 0, 0},
        {"-v", CLI_FLAG, &request.verbose, 0, 0},
        {"-o", CLI_TEXT, &request.output, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0 || !cli_parse_task(task, &request.task) ||
        check(&request, operands, argv + 1) != CLI_DONE)
        return CLI_WRONG_USE;
    ln_error error;
    if (configure(&request, &config, setting, &error) != LN_OK)
        return cli_wrong_use("%s", error.text);
    request.sending.max_bytes = request.link.max_bytes;
    ln_suit_loss(&request.sending, request.link.loss);
    if (request.sending.mtu < ln_least_mtu(&request.sending) ||
        request.sending.max_bytes < ln_least_mtu(&request.sending))
        return cli_wrong_use("--mtu, --max-bytes: with --protect and --check give %u bytes or more",
                             ln_least_mtu(&request.sending));
    return cli_infer_files(&request, operands, argv + 1);
}

const cli_command cli_infer = {"infer", "says what a picture or a file of packets shows", help, run};
