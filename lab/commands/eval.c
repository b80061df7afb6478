/* limitnet-lab eval: accuracy, or fidelity, against bytes. */
#include "cli/cli.h"

#include "cli/io.h"
#include "cli/progress.h"
#include "cli/vision.h"
#include "cloud/error.h"
#include "cloud/text.h"
#include "commands/lists.h"
#include "eval/eval.h"
#include "host/folder.h"
#include "host/send.h"
#include "measures/measure_classify.h"
#include "measures/measure_detect.h"
#include "measures/measure_fidelity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char help[] =
    "limitnet-lab eval [--task classify|detect|fidelity] --images DIR [--labels CSV|DIR|JSON]\n"
    "                  --codec NAME[,NAME...] --bytes N[,N...] [--model M] [--mtu BYTES[,...]]\n"
    "                  [--protect N] [--loss P --seed S] [--limit N] [--as-stored] [--vision FILE.onnx]\n"
    "                  [--resume] -o OUT.csv\n"
    "\n"
    "Measures how often the vision model still recognises pictures that codecs sent within given numbers of\n"
    "bytes, or how like the originals they are. Pictures are stretched to the codec's size.\n"
    "\n"
    "  --task classify  recognise the whole picture (default)\n"
    "  --task detect    find objects; 'make detector' fetches a model for it\n"
    "  --task fidelity  compare with the original at 224x224, without labels and vision model\n"
    "  --images DIR     the pictures: JPEG, PNG, WebP, PPM or PGM\n"
    "  --labels CSV     the pictures' classes. The first line names the columns: 'file' is a path in DIR,\n"
    "                   'class_index' counts the vision model's classes from 0; others are ignored\n"
    "  --labels DIR     with --task detect: the objects of NAME.jpg in NAME.txt (YOLO) or NAME.xml (Pascal\n"
    "                   VOC). YOLO's classes are the vision model's, from 0, or the lines of a classes.txt\n"
    "                   in DIR, if the vision model has labels. A picture without a file shows no objects\n"
    "  --labels JSON    with --task detect: COCO's instances. Other pictures are left out\n"
    "  --codec NAME     codecs; an unknown name lists them all\n"
    "                   limitnet       the model of --model; limitnet:M: the model M; limitnet:M+adapted:\n"
    "                                  seen by M's vision model; limitnet:M+eyes: by M's decoder for eyes\n"
    "                   original       the picture of 224x224 as it is, whatever --bytes says\n"
    "                   webp           whole files; likewise avif, jpeg, jxl\n"
    "                   shrink+webp    files of a shrunken picture, enlarged again; also shrink+jpeg\n"
    "                   pjpeg          whole files, or the beginning of one file; also jpeg2000\n"
    "                   webp-bare      bytes that are the same in all files do not count; likewise others\n"
    "                   webp:32        pictures of 32x32; likewise others. shrink+webp:96: shrinks to 96x96\n"
    "                   learned:P      a learned peer: a name in lab/models/peers, or a folder\n"
    "  --bytes N        budgets for a picture, 11 or more. 'cut': one stream, made without knowing the\n"
    "                   budget, is cut there. 'fit': the sender knows the budget and chooses the best file\n"
    "                   that fits. Each way has its own rows. Where nothing can be decoded, nothing is\n"
    "                   recognised, and the picture is grey\n"
    "  --model M        a name among the models, or a folder (default: pyramid-224, or pyramid-224-detect)\n"
    "  --mtu BYTES      largest packet, 11 to 255 (default: 51); a list: packets take turns\n"
    "  --protect N      percentage of bytes for repair packets, 0 to 80 (default: suits --loss: 40 for 0.3)\n"
    "  --loss P         probability of losing a packet, 0 to 1 (default: 0); lost bytes count, too\n"
    "  --seed S         of the losses (default: 1)\n"
    "  --limit N        only the first N rows of the labels; with other tasks, N pictures by name\n"
    "  --as-stored      do not turn pictures as their EXIF orientation says\n"
    "  --vision FILE.onnx\n"
    "                   a model for the task, with FILE.vision beside it (default: $LIMITNET_VISION)\n"
    "  --resume         continue a stopped run with the same options, from OUT.csv.journal\n"
    "  -o OUT.csv       rows codec,param,bytes,MEASURES,n,way,INTERVALS: the codec; the budget, or -; the\n"
    "                   mean of all bytes sent for a picture; the number of pictures; cut, fit or -.\n"
    "                   MEASURES: top1,top5, shares of pictures whose class came out first, and among the\n"
    "                   first five; or map50, COCO's mean average precision at an overlap of 0.5; or\n"
    "                   psnr,ms_ssim, means of PSNR (dB; 100: no error) and MS-SSIM over all colours.\n"
    "                   INTERVALS: 95 % of each (bootstrap), such as top1_low,top1_high. -: stdout\n"
    "\n"
    "Pictures that cannot be read are left out and named at the end.\n";

typedef struct eval_request {
    const char *images, *labels, *codecs, *bytes, *mtu, *vision, *output;
    ln_task task; /* of the vision model; CLASSIFY for fidelity */
    int fidelity; /* 1: the pictures are compared, and no vision model looks */
    ln_sending sending;
    ln_codec_settings settings;
    uint64_t limit;
    int as_stored, resume;
} eval_request;

/* Everything that a run needs. */
typedef struct resources {
    char *names; /* the list of codecs, split at its commas */
    ln_codec *codecs;
    size_t codec_count;
    size_t *budgets;
    size_t budget_count;
    ln_vision *vision;
    ln_labels labels; /* of the task classify */
    ln_scenes scenes; /* of the task detect */
    ln_folder folder; /* of the task fidelity */
    ln_measure measure;
    ln_point *points;
} resources;

/* ---- Lists ----------------------------------------------------------------------------------- */

static int has_twice(const size_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (numbers[i] == numbers[k])
                return 1;
    return 0;
}

static ln_status parse_budgets(resources *r, const char *list, ln_error *error)
{
    r->budget_count = ln_list_count(list);
    r->budgets = calloc(r->budget_count, sizeof *r->budgets);
    if (!r->budgets)
        return ln_fail_memory(error);
    if (!ln_list_parse(list, LN_MIN_PAYLOAD, SIZE_MAX, r->budgets))
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "--bytes: '%s' is not a list of whole numbers of at least %d, such as "
                       "300,1000",
                       list, LN_MIN_PAYLOAD);
    if (has_twice(r->budgets, r->budget_count))
        return ln_fail(error, LN_ERR_ARGUMENT, "--bytes: '%s' names a number twice: give each once", list);
    return LN_OK;
}

static ln_status parse_mtus(ln_codec_settings *settings, const char *list, ln_error *error)
{
    if (ln_list_count(list) <= LN_MOST_MTUS &&
        ln_list_parse(list, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD, settings->mtu))
        return LN_OK;
    return ln_fail(error, LN_ERR_ARGUMENT,
                   "--mtu: '%s' is not a list of 1 to %d whole numbers from %d to %d, such as 51,242", list,
                   LN_MOST_MTUS, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD);
}

static ln_status open_codecs(resources *r, const eval_request *request, ln_error *error)
{
    size_t count = ln_list_count(request->codecs);
    r->names = strdup(request->codecs);
    r->codecs = calloc(count, sizeof *r->codecs);
    if (!r->names || !r->codecs)
        return ln_fail_memory(error);
    for (char *name = r->names; r->codec_count < count; r->codec_count++) {
        ln_codec *codec = &r->codecs[r->codec_count];
        char *end = name + strcspn(name, ",");
        *end = 0;
        for (size_t i = 0; i < r->codec_count; i++)
            if (strcmp(r->codecs[i].name, name) == 0)
                return ln_fail(error, LN_ERR_ARGUMENT, "--codec: %s is named twice: give it once", name);
        ln_status status = ln_codec_open(codec, name, &request->settings, error);
        if (status != LN_OK)
            return status;
        name = end + 1;
    }
    return LN_OK;
}

static ln_status check_budgets(const resources *r, ln_error *error)
{
    for (size_t i = 0; i < r->codec_count && !r->budget_count; i++)
        if (r->codecs[i].ways)
            return ln_fail(error, LN_ERR_ARGUMENT, "how many bytes for %s? Give --bytes N",
                           r->codecs[i].name);
    return LN_OK;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void note_left_out(const ln_scenes *scenes, const char *images, const char *labels)
{
    if (scenes->strangers)
        cli_note("%s: %zu files are no pictures and are left out", images, scenes->strangers);
    if (scenes->unlisted)
        cli_note("%s: %zu pictures are not listed in %s and are left out", images, scenes->unlisted, labels);
    if (scenes->missing)
        cli_note("%s: %zu of its pictures are not in %s and are left out", labels, scenes->missing, images);
    if (scenes->astray)
        cli_note("%s: %zu objects are of images that it does not list and are left out", labels,
                 scenes->astray);
    if (scenes->ignored)
        cli_note("%s: %zu objects are marked as crowds or difficult and are left out", labels,
                 scenes->ignored);
}

static ln_status read_scenes(resources *r, const eval_request *request, ln_error *error)
{
    size_t count = ln_vision_classes(r->vision);
    const char **names = calloc(count, sizeof *names);
    if (!names)
        return ln_fail_memory(error);
    for (size_t i = 0; i < count; i++)
        names[i] = ln_vision_label(r->vision, i);
    const ln_classes classes = {count, *names[0] ? names : NULL}; /* without labels, all names are empty */
    ln_status status =
        ln_scenes_read(&r->scenes, request->images, request->labels, &classes, request->limit, error);
    free(names);
    if (status == LN_OK)
        note_left_out(&r->scenes, request->images, request->labels);
    return status;
}

/* Reads the ground truth and makes the measure that compares with it. */
static ln_status open_measure(resources *r, const eval_request *request, ln_error *error)
{
    ln_status status;
    if (request->fidelity) {
        status = ln_folder_list(&r->folder, request->images, error);
        r->measure = ln_measure_fidelity(&r->folder, request->limit);
    } else if (request->task == LN_TASK_DETECT) {
        status = read_scenes(r, request, error);
        r->measure = ln_measure_detect(r->vision, &r->scenes);
    } else {
        status = ln_labels_read(&r->labels, request->labels, request->images, ln_vision_classes(r->vision),
                                request->limit, error);
        r->measure = ln_measure_classify(r->vision, &r->labels);
    }
    return status;
}

static ln_eval_task task_of(resources *r)
{
    return (ln_eval_task){
        .measure = &r->measure,
        .codecs = r->codecs,
        .codec_count = r->codec_count,
        .budgets = r->budgets,
        .budget_count = r->budget_count,
    };
}

/* The measure's vision model looks at everything, whatever a bundle brings. */
static ln_status open_frozen(resources *r, const eval_request *request, ln_error *error)
{
    const ln_vision_choice choice = cli_vision_choice(request->vision, request->task);
    const ln_bundle none = {0};
    return cli_open_vision(&r->vision, &choice, &none, request->task, NULL, error);
}

static ln_status open_resources(resources *r, const eval_request *request, ln_error *error)
{
    *r = (resources){0};
    ln_status status = LN_OK;
    if (request->bytes)
        status = parse_budgets(r, request->bytes, error);
    if (status == LN_OK)
        status = cli_check_output(request->output, error);
    if (status == LN_OK)
        status = open_codecs(r, request, error);
    if (status == LN_OK)
        status = check_budgets(r, error);
    if (status == LN_OK && !request->fidelity)
        status = open_frozen(r, request, error);
    if (status == LN_OK)
        status = open_measure(r, request, error);
    if (status != LN_OK)
        return status;
    ln_eval_task task = task_of(r);
    r->points = calloc(ln_eval_points(&task), sizeof *r->points);
    return r->points ? LN_OK : ln_fail_memory(error);
}

static void close_resources(resources *r)
{
    free(r->points);
    ln_labels_free(&r->labels);
    ln_scenes_free(&r->scenes);
    ln_folder_free(&r->folder);
    ln_vision_close(r->vision);
    for (size_t i = 0; i < r->codec_count; i++)
        ln_codec_close(&r->codecs[i]);
    free(r->codecs);
    free(r->names);
    free(r->budgets);
}

/* ---- Command --------------------------------------------------------------------------------- */

/* Identifies this run in its journal: every option that changes results, and the modification times of the
 * files that do. */
static char *name_of(const resources *r, const eval_request *request)
{
    const ln_codec_settings *how = &request->settings;
    const int is_listed = !request->fidelity && request->task == LN_TASK_CLASSIFY;
    const char *labels_path = request->labels ? request->labels : "-";
    const char *vision = cli_vision_choice(request->vision, request->task).path;
    struct stat images = {0}, labels = {0}, network = {0};
    if (!is_listed)
        stat(request->images, &images); /* the folder decides which pictures there are; else the labels do */
    stat(labels_path, &labels);
    stat(vision, &network);
    ln_text text = {0};
    ln_text_add(
        &text, "limitnet eval journal 4: %s | %s %lld | %s %lld | %s | %s | %s | %s %u %lu %llu | %s %lld",
        request->fidelity                 ? "fidelity"
        : request->task == LN_TASK_DETECT ? "detect"
                                          : "classify",
        request->images, (long long)images.st_mtime, labels_path, (long long)labels.st_mtime, request->codecs,
        request->bytes ? request->bytes : "-", how->model, request->mtu, how->protection,
        (unsigned long)how->loss, (unsigned long long)how->seed, vision, (long long)network.st_mtime);
    for (size_t i = 0; i < r->codec_count; i++)
        ln_text_add(&text, " %lld", r->codecs[i].changed);
    if (request->as_stored)
        ln_text_add(&text, " | as stored");
    if (ln_text_check(&text, NULL) == LN_OK)
        return text.bytes;
    free(text.bytes);
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

/* The journal is deleted only after the table is written. */
static ln_status run_and_write(resources *r, const ln_eval_task *task, const char *output, ln_error *error)
{
    ln_status status = ln_eval_run(task, r->points, error);
    cli_progress_end(task->context);
    if (status == LN_OK) {
        ln_text table = ln_eval_table(task->measure->kind, r->points, ln_eval_points(task));
        status = cli_write_text(&table, output, error);
    }
    if (status == LN_OK && task->journal)
        unlink(task->journal);
    return status;
}

static void show_note(void *progress, const char *message)
{
    (void)progress;
    cli_note("%s", message);
}

static ln_status evaluate(resources *r, const eval_request *request, ln_error *error)
{
    cli_progress progress;
    cli_progress_begin(&progress, r->measure.pictures, "pictures");
    int has_journal = !cli_is_standard(request->output);
    char *journal = has_journal ? journal_of(request->output) : NULL, *name = name_of(r, request);
    ln_eval_task task = task_of(r);
    task.journal = journal;
    task.name = name;
    task.resume = request->resume;
    task.as_stored = request->as_stored;
    task.progress = cli_progress_show;
    task.broken = cli_progress_broken;
    task.note = show_note;
    task.context = &progress;
    ln_status status = (journal || !has_journal) && name ? run_and_write(r, &task, request->output, error)
                                                         : ln_fail_memory(error);
    free(journal);
    free(name);
    return status;
}

static int work(const eval_request *request)
{
    ln_error error;
    resources r;
    ln_status status = open_resources(&r, request, &error);
    if (status == LN_OK)
        status = evaluate(&r, request, &error);
    close_resources(&r);
    if (status == LN_ERR_ARGUMENT)
        return cli_wrong_use("%s", error.text);
    return status == LN_OK ? CLI_DONE : cli_failed(&error);
}

static int parse_task(const char *name, eval_request *request)
{
    request->task = strcmp(name, "detect") == 0 ? LN_TASK_DETECT : LN_TASK_CLASSIFY;
    request->fidelity = strcmp(name, "fidelity") == 0;
    if (request->task == LN_TASK_DETECT || request->fidelity || strcmp(name, "classify") == 0)
        return 1;
    cli_wrong_use("--task: '%s' is not a task: give classify, detect or fidelity", name);
    return 0;
}

static const char *missing(const eval_request *request)
{
    const int has_labels = request->labels || request->fidelity;
    return !request->images   ? "--images DIR"
           : !has_labels      ? (request->task == LN_TASK_DETECT ? "--labels DIR|JSON" : "--labels CSV")
           : !request->codecs ? "--codec NAME"
           : !request->output ? "-o OUT.csv"
                              : NULL;
}

/* What a comparison of pictures has no use for. */
static const char *superfluous(const eval_request *request)
{
    if (!request->fidelity)
        return NULL;
    return request->labels ? "--labels" : request->vision ? "--vision" : NULL;
}

static int run(int argc, char **argv)
{
    const char *task = "classify";
    eval_request request = {
        .mtu = "51", .sending = LN_SENDING_DEFAULT, .settings.seed = 1, .limit = SIZE_MAX};
    ln_error error;
    const cli_option options[] = {
        {"--task", CLI_TEXT, &task, 0, 0},
        {"--images", CLI_TEXT, &request.images, 0, 0},
        {"--labels", CLI_TEXT, &request.labels, 0, 0},
        {"--codec", CLI_TEXT, &request.codecs, 0, 0},
        {"--bytes", CLI_TEXT, &request.bytes, 0, 0},
        {"--model", CLI_TEXT, &request.settings.model, 0, 0},
        {"--mtu", CLI_TEXT, &request.mtu, 0, 0},
        {"--protect", CLI_NUMBER, &request.sending.protection, 0, LN_MOST_PROTECTION},
        {"--loss", CLI_SHARE, &request.settings.loss, 0, 0},
        {"--seed", CLI_NUMBER, &request.settings.seed, 0, UINT64_MAX},
        {"--limit", CLI_NUMBER, &request.limit, 1, SIZE_MAX},
        {"--as-stored", CLI_FLAG, &request.as_stored, 0, 0},
        {"--vision", CLI_TEXT, &request.vision, 0, 0},
        {"--resume", CLI_FLAG, &request.resume, 0, 0},
        {"-o", CLI_TEXT, &request.output, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0 || !parse_task(task, &request))
        return CLI_WRONG_USE;
    if (operands)
        return cli_wrong_use("what is '%s'? Pictures come from --images and --labels", argv[1]);
    if (missing(&request))
        return cli_wrong_use("%s is missing", missing(&request));
    if (superfluous(&request))
        return cli_wrong_use("%s: --task fidelity has no use for it: omit it", superfluous(&request));
    if (request.resume && cli_is_standard(request.output))
        return cli_wrong_use("--resume: standard output has no journal: give -o a file");
    if (request.labels && cli_is_standard(request.labels))
        return cli_wrong_use("--labels: standard input cannot be read again by --resume: give a file");
    if (parse_mtus(&request.settings, request.mtu, &error) != LN_OK)
        return cli_wrong_use("%s", error.text);
    request.settings.model = cli_model_for(request.settings.model, request.task);
    ln_suit_loss(&request.sending, request.settings.loss);
    request.settings.protection = (unsigned)request.sending.protection;
    if (request.task == LN_TASK_CLASSIFY && !request.fidelity)
        request.settings.vision = cli_vision_choice(request.vision, request.task).path;
    return work(&request);
}

const cli_command cli_eval = {"eval", "accuracy or fidelity against bytes, over a folder of pictures", help,
                              run};
