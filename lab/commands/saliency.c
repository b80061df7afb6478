/* limitnet-lab saliency: the camera's saliency maps against masks that people drew. */
#include "cli/cli.h"
#include "cli/io.h"
#include "cli/progress.h"

#include "cloud/error.h"
#include "saliency/saliency.h"

#include <limitnet/cloud.h>

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "limitnet-lab saliency --images DIR --masks DIR [--model M[,M...]] [--limit N] [--as-stored]\n"
    "                      -o OUT.csv\n"
    "\n"
    "Measures how well saliency maps agree with masks that people drew, by the measures of salient\n"
    "object detection. Pictures are stretched to the model's size, as by 'limitnet encode'. Maps are\n"
    "enlarged to the mask's size (bilinear) and stretched to 0..1.\n"
    "\n"
    "  --images DIR     the pictures: JPEG, PNG, WebP, PPM or PGM\n"
    "  --masks DIR      their masks, grey and of any size: DIR/12.png belongs to 12.jpg. Pixels above\n"
    "                   128 are salient. Pictures without a mask are ignored\n"
    "  --model M        names among the models, or folders (default: paper-224)\n"
    "  --limit N        only the first N pictures that have a mask, by name\n"
    "  --as-stored      do not turn pictures and masks as their EXIF orientation says\n"
    "  -o OUT.csv       (- is standard output) rows model,map,mae,max_f,s_measure,n: the mean absolute\n"
    "                   error; the largest F-measure over all thresholds (squared beta 0.3, from the mean\n"
    "                   precision and recall); the S-measure; the number of pictures. Then mae_low,mae_high\n"
    "                   and so on: 95 % intervals (bootstrap over the pictures). The map is one of\n"
    "                   full      the camera's own map\n"
    "                   sent      the 8x8 levels that are sent of it\n"
    "                   centre    without a model: a bright spot in the middle of the picture\n"
    "                   none      without a model: grey\n"
    "\n"
    "Pictures that cannot be read, or whose mask cannot be read, are left out and named.\n";

typedef struct saliency_request {
    const char *images, *masks, *models, *output;
    uint64_t limit;
    int as_stored;
} saliency_request;

#define SALIENCY_MODEL "paper-224"

/* Everything that a run needs. */
typedef struct resources {
    char *names; /* the list of models, split at its commas */
    ln_bundle *bundles;
    ln_saliency_model *models;
    size_t model_count;
    ln_masked_list pictures;
} resources;

/* ---- Opening --------------------------------------------------------------------------------- */

static ln_status open_model(resources *r, const char *name, ln_error *error)
{
    for (size_t i = 0; i < r->model_count; i++)
        if (strcmp(r->models[i].name, name) == 0)
            return ln_fail(error, LN_ERR_ARGUMENT, "--model: %s is named twice: give it once", name);
    ln_bundle *bundle = &r->bundles[r->model_count];
    ln_status status = ln_bundle_open(bundle, name, error);
    if (status != LN_OK)
        return status;
    r->models[r->model_count++] = (ln_saliency_model){name, &bundle->model};
    if (!bundle->model.layers)
        return ln_fail(error, LN_ERR_ARGUMENT, "--model: %s has no map of saliency: leave it out", name);
    return LN_OK;
}

static ln_status open_models(resources *r, const char *list, ln_error *error)
{
    size_t most = strlen(list) / 2 + 1; /* a name has at least one letter, and a comma behind it */
    ln_status status = LN_OK;
    r->names = strdup(list);
    r->bundles = calloc(most, sizeof *r->bundles);
    r->models = calloc(most, sizeof *r->models);
    if (!r->names || !r->bundles || !r->models)
        return ln_fail_memory(error);
    for (char *name = r->names; name && status == LN_OK;) {
        char *comma = strchr(name, ',');
        if (comma)
            *comma++ = 0;
        status = *name ? open_model(r, name, error)
                       : ln_fail(error, LN_ERR_ARGUMENT, "--model: a name is missing in '%s'", list);
        name = comma;
    }
    return status;
}

static ln_status open_resources(resources *r, const saliency_request *request, ln_error *error)
{
    *r = (resources){0};
    ln_status status = cli_check_output(request->output, error);
    if (status == LN_OK)
        status = open_models(r, request->models, error);
    if (status == LN_OK)
        status = ln_masked_find(&r->pictures, request->images, request->masks, (size_t)request->limit, error);
    return status;
}

static void close_resources(resources *r)
{
    ln_masked_free(&r->pictures);
    for (size_t i = 0; i < r->model_count; i++)
        ln_bundle_close(&r->bundles[i]);
    free(r->bundles);
    free(r->models);
    free(r->names);
}

/* ---- Command --------------------------------------------------------------------------------- */

static void show_progress(void *progress, size_t done)
{
    cli_progress_show(progress, done, 0);
}

static ln_status measure(const resources *r, const saliency_request *request, ln_error *error)
{
    cli_progress progress;
    ln_saliency_task task = {.pictures = &r->pictures,
                             .models = r->models,
                             .model_count = r->model_count,
                             .as_stored = request->as_stored,
                             .progress = show_progress,
                             .broken = cli_progress_broken,
                             .context = &progress};
    size_t count = ln_saliency_rows(&task);
    ln_saliency_row *rows = calloc(count, sizeof *rows);
    if (!rows)
        return ln_fail_memory(error);
    cli_progress_begin(&progress, r->pictures.count, "pictures");
    ln_status status = ln_saliency_run(&task, rows, error);
    cli_progress_end(&progress);
    if (status == LN_OK) {
        ln_text table = ln_saliency_table(rows, count);
        status = cli_write_text(&table, request->output, error);
    }
    free(rows);
    return status;
}

static int work(const saliency_request *request)
{
    ln_error error;
    resources r;
    ln_status status = open_resources(&r, request, &error);
    if (status == LN_OK)
        status = measure(&r, request, &error);
    close_resources(&r);
    if (status == LN_ERR_ARGUMENT)
        return cli_wrong_use("%s", error.text);
    return status == LN_OK ? CLI_DONE : cli_failed(&error);
}

static int run(int argc, char **argv)
{
    saliency_request request = {.models = SALIENCY_MODEL, .limit = SIZE_MAX};
    const cli_option options[] = {
        {"--images", CLI_TEXT, &request.images, 0, 0},
        {"--masks", CLI_TEXT, &request.masks, 0, 0},
        {"--model", CLI_TEXT, &request.models, 0, 0},
        {"--limit", CLI_NUMBER, &request.limit, 1, SIZE_MAX},
        {"--as-stored", CLI_FLAG, &request.as_stored, 0, 0},
        {"-o", CLI_TEXT, &request.output, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands)
        return cli_wrong_use("what is '%s'? Pictures come from --images and --masks", argv[1]);
    if (!request.images || !request.masks || !request.output)
        return cli_wrong_use("%s is missing", !request.images  ? "--images DIR"
                                              : !request.masks ? "--masks DIR"
                                                               : "-o OUT.csv");
    return work(&request);
}

const cli_command cli_saliency = {"saliency", "saliency maps against masks that people drew", help, run};
