/* limitnet-lab eval: accuracy against bytes. */
#include "cli/cli.h"

#include "commands/progress.h"
#include "host/send.h"
#include "cli/vision.h"
#include "cloud/error.h"
#include "eval/eval.h"
#include "measures/measure_classify.h"
#include "measures/measure_detect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "limitnet-lab eval [--task classify|detect] --images DIR --labels CSV|DIR\n"
    "                  --codec NAME[,NAME...] --bytes N[,N...] [--model M] [--mtu BYTES]\n"
    "              [--protect N] [--loss P --seed S] [--limit N] [--vision FILE.onnx]\n"
    "              [--resume] -o OUT.csv\n"
    "\n"
    "Says how often the vision model still recognises pictures that were sent within so many\n"
    "bytes. Pictures are squeezed into the codec's size as 'limitnet encode' does.\n"
    "\n"
    "  --task classify  what the whole picture shows (this one if none is given)\n"
    "  --task detect    objects and where they are; 'make detector' gets a vision model for it\n"
    "  --images DIR     the pictures: JPEG, PNG, WebP, PPM or PGM\n"
    "  --labels CSV     what they show. The first line names the columns: 'file' is a path inside\n"
    "                   DIR, 'class_index' counts the vision model's classes from 0; others are\n"
    "                   ignored\n"
    "  --labels DIR     with --task detect: for NAME.jpg of --images a text NAME.txt, an object a\n"
    "                   line: class, centre x and y, width, height, all but the class as shares\n"
    "                   of the picture's sides; a picture without such a file shows no objects\n"
    "  --codec NAME     limitnet    the model of --model\n"
    "                   limitnet:M  the model M, so that several can be compared\n"
    "                   original    the picture of 224x224 as it is, whatever --bytes says\n"
    "                   jpeg, webp, avif, jxl, shrink+webp, shrink+jpeg    whole files; the last\n"
    "                               two of a smaller picture, which is enlarged again\n"
    "                   pjpeg, jpeg2000    files that are also cut\n"
    "                   webp-bare   and so on: bytes that are the same in every file do not count\n"
    "                   webp:32     and so on: pictures of 32x32, of which a file is made as they\n"
    "                               are; shrink+webp:96: always shrunk to 96x96\n"
    "                   learned:P   a learned peer: a name in peers/ of the same places as models,\n"
    "                               or a folder\n"
    "  --bytes N        budgets for a picture, 11 or more. There are two ways to keep one, and a\n"
    "                   codec that has both shows both: 'cut', where one stream, made without\n"
    "                   knowing it, is cut there (limitnet's last packet is made to fit if 11\n"
    "                   bytes are left), and 'fit', where the sender knew it and chose the best\n"
    "                   file that fits. Nothing is recognised where no file fits or a cut cannot\n"
    "                   be decoded.\n"
    "  --model M        a name in $LIMITNET_MODELS or models/, or a folder (pyramid-224;\n"
    "                   pyramid-224-detect for --task detect: another decoder)\n"
    "  --mtu BYTES      largest packet, 11 to 242 (51)\n"
    "  --protect N      how many of a hundred packets are repair packets, each of which brings back\n"
    "                   any one lost packet, 0 to 75 (a third more than --loss)\n"
    "  --loss P         lose each packet with this probability, 0 to 1 (0); it was sent all the\n"
    "                   same, so its bytes count\n"
    "  --seed S         of the losses (1)\n"
    "  --limit N        only the first N rows of the labels; with --task detect, pictures by name\n"
    "  --vision FILE.onnx\n"
    "                   a model for the task, with FILE.vision beside it ($LIMITNET_VISION, else\n"
    "                   the one that the set-up made)\n"
    "  --resume         go on where a run with the same options was stopped: OUT.csv.journal\n"
    "                   has what it did\n"
    "  -o OUT.csv       rows codec,param,bytes,top1,top5,n: the codec, the budget or -, the mean\n"
    "                   of the bytes that were sent for a picture (headers and map included), the\n"
    "                   share of pictures whose class came out first and among the first five,\n"
    "                   and the number of pictures; then way,top1_low,top1_high,top5_low,top5_high:\n"
    "                   cut, fit or -, and intervals of 95 % (bootstrap over the pictures).\n"
    "                   With --task detect codec,param,bytes,map50,n,way,map50_low,map50_high:\n"
    "                   COCO's mean average precision at an overlap of 0.5\n"
    "\n"
    "A picture that cannot be read is left out and named at the end.\n";

typedef struct eval_request {
    const char *images, *labels, *codecs, *bytes, *vision, *output;
    ln_task task;
    ln_sending sending;
    ln_codec_settings settings;
    uint64_t limit;
    int resume;
} eval_request;

/* What all pictures are worked on with. */
typedef struct workshop {
    char *names;      /* the codecs', cut into one each */
    ln_codec *codecs; /* as many as commas, and one */
    size_t codec_count;
    size_t *budgets;
    size_t budget_count;
    ln_vision *vision;
    ln_labels labels; /* of the task classify */
    ln_scenes scenes; /* of the task detect */
    ln_measure measure;
    ln_point *points;
} workshop;

/* ---- Lists ----------------------------------------------------------------------------------- */

static size_t parts_of(const char *list)
{
    size_t count = 1;
    for (; *list; list++)
        count += *list == ',';
    return count;
}

/* Digits up to a comma or the end. */
static int parse_budget(const char **at, size_t *budget)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(*at, &end, 10);
    int good = **at >= '0' && **at <= '9' && !errno && (*end == ',' || !*end);
    *budget = number;
    *at = *end ? end + 1 : end;
    return good && number >= LN_MIN_PAYLOAD;
}

static ln_status parse_budgets(workshop *shop, const char *list, ln_error *error)
{
    size_t count = parts_of(list);
    const char *at = list;
    shop->budgets = calloc(count, sizeof *shop->budgets);
    if (!shop->budgets)
        return ln_fail_memory(error);
    for (; shop->budget_count < count; shop->budget_count++)
        if (!parse_budget(&at, &shop->budgets[shop->budget_count]))
            return ln_fail(error, LN_ERR_ARGUMENT,
                           "--bytes: '%s' is not a list of whole numbers from %d on, such as "
                           "300,1000",
                           list, LN_MIN_PAYLOAD);
    return LN_OK;
}

static ln_status open_codecs(workshop *shop, const eval_request *request, ln_error *error)
{
    size_t count = parts_of(request->codecs);
    shop->names = strdup(request->codecs);
    shop->codecs = calloc(count, sizeof *shop->codecs);
    if (!shop->names || !shop->codecs)
        return ln_fail_memory(error);
    for (char *name = shop->names; shop->codec_count < count; shop->codec_count++) {
        ln_codec *codec = &shop->codecs[shop->codec_count];
        char *end = name + strcspn(name, ",");
        *end = 0;
        ln_status status = ln_codec_open(codec, name, &request->settings, error);
        if (status != LN_OK)
            return status;
        name = end + 1;
    }
    return LN_OK;
}

static ln_status check_budgets(const workshop *shop, ln_error *error)
{
    for (size_t i = 0; i < shop->codec_count && !shop->budget_count; i++)
        if (shop->codecs[i].ways)
            return ln_fail(error, LN_ERR_ARGUMENT, "how many bytes for %s? Give --bytes N",
                           shop->codecs[i].name);
    return LN_OK;
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* What the pictures show, and the measure that needs it. */
static ln_status open_measure(workshop *shop, const eval_request *request, ln_error *error)
{
    size_t classes = ln_vision_classes(shop->vision);
    const char *images = request->images, *labels = request->labels;
    ln_status status;
    if (request->task == LN_TASK_DETECT) {
        status = ln_scenes_read(&shop->scenes, images, labels, classes, request->limit, error);
        shop->measure = ln_measure_detect(shop->vision, &shop->scenes);
    } else {
        status = ln_labels_read(&shop->labels, labels, images, classes, request->limit, error);
        shop->measure = ln_measure_classify(shop->vision, &shop->labels);
    }
    return status;
}

static ln_eval_task task_of(workshop *shop)
{
    return (ln_eval_task){
        .measure = &shop->measure,
        .codecs = shop->codecs,
        .codec_count = shop->codec_count,
        .budgets = shop->budgets,
        .budget_count = shop->budget_count,
    };
}

static ln_status open_workshop(workshop *shop, const eval_request *request, ln_error *error)
{
    *shop = (workshop){0};
    ln_status status = LN_OK;
    if (request->bytes)
        status = parse_budgets(shop, request->bytes, error);
    if (status == LN_OK)
        status = cli_check_output(request->output, error);
    if (status == LN_OK)
        status = open_codecs(shop, request, error);
    if (status == LN_OK)
        status = check_budgets(shop, error);
    if (status == LN_OK)
        status = cli_open_vision(&shop->vision, request->vision, request->task, NULL, error);
    if (status == LN_OK)
        status = open_measure(shop, request, error);
    if (status != LN_OK)
        return status;
    ln_eval_task task = task_of(shop);
    shop->points = calloc(ln_eval_points(&task), sizeof *shop->points);
    return shop->points ? LN_OK : ln_fail_memory(error);
}

static void close_workshop(workshop *shop)
{
    free(shop->points);
    ln_labels_free(&shop->labels);
    ln_scenes_free(&shop->scenes);
    ln_vision_close(shop->vision);
    for (size_t i = 0; i < shop->codec_count; i++)
        ln_codec_close(&shop->codecs[i]);
    free(shop->codecs);
    free(shop->names);
    free(shop->budgets);
}

/* ---- Command --------------------------------------------------------------------------------- */

/* What a journal of this run is known by: every option that changes an outcome, and when the files
 * were written that decide it. */
static char *name_of(const workshop *shop, const eval_request *request)
{
    const ln_codec_settings *how = &request->settings;
    const char *vision = cli_vision_path(request->vision, request->task);
    struct stat images = {0}, labels = {0}, network = {0};
    if (request->task == LN_TASK_DETECT)
        stat(request->images, &images); /* which says what pictures there are; else the labels do */
    stat(request->labels, &labels);
    stat(vision, &network);
    char *name = NULL;
    size_t size;
    FILE *text = open_memstream(&name, &size);
    if (!text)
        return NULL;
    fprintf(text,
            "limitnet eval journal 2: %s | %s %lld | %s %lld | %s | %s | %s | %zu %u %lu %llu | %s %lld",
            request->task == LN_TASK_DETECT ? "detect" : "classify", request->images,
            (long long)images.st_mtime, request->labels, (long long)labels.st_mtime, request->codecs,
            request->bytes ? request->bytes : "-", how->model, how->mtu, how->protection,
            (unsigned long)how->loss, (unsigned long long)how->seed, vision, (long long)network.st_mtime);
    for (size_t i = 0; i < shop->codec_count; i++)
        fprintf(text, " %lld", shop->codecs[i].changed);
    if (fclose(text) == 0)
        return name;
    free(name);
    return NULL;
}

static char *journal_of(const char *output)
{
    static const char ending[] = ".journal";
    char *path = malloc(strlen(output) + sizeof ending);
    if (path)
        strcat(strcpy(path, output), ending);
    return path;
}

/* The journal goes only when the table is safe. */
static ln_status run_and_write(workshop *shop, const ln_eval_task *task, const char *output, ln_error *error)
{
    ln_status status = ln_eval_run(task, shop->points, error);
    cli_progress_end(task->context);
    if (status == LN_OK)
        status = ln_eval_write(task->measure->kind, shop->points, ln_eval_points(task), output, error);
    if (status == LN_OK)
        unlink(task->journal);
    return status;
}

static ln_status evaluate(workshop *shop, const eval_request *request, ln_error *error)
{
    cli_progress progress;
    cli_progress_begin(&progress, shop->measure.pictures);
    char *journal = journal_of(request->output), *name = name_of(shop, request);
    ln_eval_task task = task_of(shop);
    task.journal = journal;
    task.name = name;
    task.resume = request->resume;
    task.progress = cli_progress_show;
    task.broken = cli_progress_broken;
    task.context = &progress;
    ln_status status =
        journal && name ? run_and_write(shop, &task, request->output, error) : ln_fail_memory(error);
    free(journal);
    free(name);
    return status;
}

static int work(const eval_request *request)
{
    ln_error error;
    workshop shop;
    ln_status status = open_workshop(&shop, request, &error);
    if (status == LN_OK)
        status = evaluate(&shop, request, &error);
    close_workshop(&shop);
    if (status == LN_ERR_ARGUMENT)
        return cli_wrong_use("%s", error.text);
    return status == LN_OK ? CLI_DONE : cli_failed(&error);
}

static const char *missing(const eval_request *request)
{
    return !request->images   ? "--images DIR"
           : !request->labels ? (request->task == LN_TASK_DETECT ? "--labels DIR" : "--labels CSV")
           : !request->codecs ? "--codec NAME"
           : !request->output ? "-o OUT.csv"
                              : NULL;
}

static int run(int argc, char **argv)
{
    const char *task = "classify";
    eval_request request = {.sending = LN_SENDING_DEFAULT, .settings.seed = 1, .limit = SIZE_MAX};
    const cli_option options[] = {
        {"--task", CLI_TEXT, &task, 0, 0},
        {"--images", CLI_TEXT, &request.images, 0, 0},
        {"--labels", CLI_TEXT, &request.labels, 0, 0},
        {"--codec", CLI_TEXT, &request.codecs, 0, 0},
        {"--bytes", CLI_TEXT, &request.bytes, 0, 0},
        {"--model", CLI_TEXT, &request.settings.model, 0, 0},
        {"--mtu", CLI_NUMBER, &request.sending.mtu, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD},
        {"--protect", CLI_NUMBER, &request.sending.protection, 0, LN_MOST_PROTECTION},
        {"--loss", CLI_SHARE, &request.settings.loss, 0, 0},
        {"--seed", CLI_NUMBER, &request.settings.seed, 0, UINT64_MAX},
        {"--limit", CLI_NUMBER, &request.limit, 1, SIZE_MAX},
        {"--vision", CLI_TEXT, &request.vision, 0, 0},
        {"--resume", CLI_FLAG, &request.resume, 0, 0},
        {"-o", CLI_TEXT, &request.output, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0 || !cli_parse_task(task, &request.task))
        return CLI_WRONG_USE;
    if (operands)
        return cli_wrong_use("what is '%s'? Pictures come from --images and --labels", argv[1]);
    if (missing(&request))
        return cli_wrong_use("%s is missing", missing(&request));
    request.settings.model = cli_model_for(request.settings.model, request.task);
    request.settings.mtu = (size_t)request.sending.mtu;
    ln_suit_loss(&request.sending, request.settings.loss);
    request.settings.protection = (unsigned)request.sending.protection;
    if (request.task == LN_TASK_CLASSIFY)
        request.settings.vision = cli_vision_path(request.vision, request.task);
    return work(&request);
}

const cli_command cli_eval = {"eval", "accuracy against bytes, over a folder of pictures", help, run};
