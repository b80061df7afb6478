/* limitnet-lab saliency: the camera's maps against people's masks. */
#include "cli/cli.h"

#include "commands/progress.h"
#include "cloud/error.h"
#include "saliency/saliency.h"

#include <limitnet/cloud.h>

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "limitnet-lab saliency --images DIR --masks DIR [--model M[,M...]] [--limit N] -o OUT.csv\n"
    "\n"
    "Says how well the maps of saliency agree with masks that people drew, by the measures of\n"
    "salient object detection. Pictures are squeezed into the model's size as 'limitnet encode'\n"
    "does; maps are enlarged to the mask's (bilinear) and stretched to 0..1.\n"
    "\n"
    "  --images DIR     the pictures: JPEG, PNG, WebP, PPM or PGM\n"
    "  --masks DIR      their masks, grey and of any size: DIR/12.png goes with 12.jpg. What is above\n"
    "                   128 is salient. Pictures without a mask are not looked at\n"
    "  --model M        names in $LIMITNET_MODELS or models/, or folders (paper-224)\n"
    "  --limit N        only the first N pictures that have a mask, by name\n"
    "  -o OUT.csv       rows model,map,mae,max_f,s_measure,n: the mean absolute error, the largest\n"
    "                   F-measure of all thresholds (squared beta 0.3, of the mean precision and\n"
    "                   recall), the S-measure, and the number of pictures; then mae_low,mae_high\n"
    "                   and so on: intervals of 95 % (bootstrap over the pictures). The map is\n"
    "                   full      the camera's, before it is reduced\n"
    "                   sent      what is sent of it, 8x8 levels\n"
    "                   centre    of no model: a bright spot in the middle of any picture\n"
    "                   none      of no model: grey\n"
    "\n"
    "A picture that cannot be read, or whose mask cannot, is left out and named.\n";

typedef struct saliency_request {
    const char *images, *masks, *models, *output;
    uint64_t limit;
} saliency_request;

#define SALIENCY_MODEL "paper-224"

/* What all pictures are worked on with. */
typedef struct workshop {
    char *names; /* the models', cut into one each */
    ln_bundle *bundles;
    ln_saliency_model *models;
    size_t model_count;
    ln_masked_list pictures;
} workshop;

/* ---- Opening --------------------------------------------------------------------------------- */

static ln_status open_model(workshop *shop, const char *name, ln_error *error)
{
    ln_bundle *bundle = &shop->bundles[shop->model_count];
    ln_status status = ln_bundle_open(bundle, name, error);
    if (status != LN_OK)
        return status;
    shop->models[shop->model_count++] = (ln_saliency_model){name, &bundle->model};
    if (!bundle->model.layers)
        return ln_fail(error, LN_ERR_ARGUMENT, "--model: %s has no map of saliency: omit it", name);
    return LN_OK;
}

static ln_status open_models(workshop *shop, const char *list, ln_error *error)
{
    size_t most = strlen(list) / 2 + 1; /* a name has a letter, and a comma behind it */
    ln_status status = LN_OK;
    shop->names = strdup(list);
    shop->bundles = calloc(most, sizeof *shop->bundles);
    shop->models = calloc(most, sizeof *shop->models);
    if (!shop->names || !shop->bundles || !shop->models)
        return ln_fail_memory(error);
    for (char *name = shop->names; name && status == LN_OK;) {
        char *comma = strchr(name, ',');
        if (comma)
            *comma++ = 0;
        status = *name ? open_model(shop, name, error)
                       : ln_fail(error, LN_ERR_ARGUMENT, "--model: a name is missing in '%s'", list);
        name = comma;
    }
    return status;
}

static ln_status open_workshop(workshop *shop, const saliency_request *request, ln_error *error)
{
    *shop = (workshop){0};
    ln_status status = cli_check_output(request->output, error);
    if (status == LN_OK)
        status = open_models(shop, request->models, error);
    if (status == LN_OK)
        status =
            ln_masked_find(&shop->pictures, request->images, request->masks, (size_t)request->limit, error);
    return status;
}

static void close_workshop(workshop *shop)
{
    ln_masked_free(&shop->pictures);
    for (size_t i = 0; i < shop->model_count; i++)
        ln_bundle_close(&shop->bundles[i]);
    free(shop->bundles);
    free(shop->models);
    free(shop->names);
}

/* ---- Command --------------------------------------------------------------------------------- */

static void show_progress(void *progress, size_t done)
{
    cli_progress_show(progress, done, 0);
}

static ln_status measure(const workshop *shop, const char *output, ln_error *error)
{
    cli_progress progress;
    ln_saliency_task task = {.pictures = &shop->pictures,
                             .models = shop->models,
                             .model_count = shop->model_count,
                             .progress = show_progress,
                             .broken = cli_progress_broken,
                             .context = &progress};
    size_t count = ln_saliency_rows(&task);
    ln_saliency_row *rows = calloc(count, sizeof *rows);
    if (!rows)
        return ln_fail_memory(error);
    cli_progress_begin(&progress, shop->pictures.count);
    ln_status status = ln_saliency_run(&task, rows, error);
    cli_progress_end(&progress);
    if (status == LN_OK)
        status = ln_saliency_write(rows, count, output, error);
    free(rows);
    return status;
}

static int work(const saliency_request *request)
{
    ln_error error;
    workshop shop;
    ln_status status = open_workshop(&shop, request, &error);
    if (status == LN_OK)
        status = measure(&shop, request->output, &error);
    close_workshop(&shop);
    if (status == LN_ERR_ARGUMENT)
        return cli_wrong_use("%s", error.text);
    return status == LN_OK ? CLI_DONE : cli_failed(&error);
}

static int run(int argc, char **argv)
{
    saliency_request request = {.models = SALIENCY_MODEL, .limit = SIZE_MAX};
    const cli_option options[] = {
        {"--images", CLI_TEXT, &request.images, 0, 0}, {"--masks", CLI_TEXT, &request.masks, 0, 0},
        {"--model", CLI_TEXT, &request.models, 0, 0},  {"--limit", CLI_NUMBER, &request.limit, 1, SIZE_MAX},
        {"-o", CLI_TEXT, &request.output, 0, 0},       {0},
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

const cli_command cli_saliency = {"saliency", "the maps of saliency against people's masks", help, run};
