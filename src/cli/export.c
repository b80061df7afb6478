/* limitnet export: what the service keeps, for other programs. */
#include "cli/cli.h"

#include "cli/io.h"
#include "service/events/time.h"
#include "service/json.h"
#include "service/export/export.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help[] =
    "limitnet export --form FORM [--source SOURCE | --device SOURCE/DEVICE] [--from TIME] [--to TIME]\n"
    "                [--label LABEL] -o OUT --config FILE\n"
    "\n"
    "Writes the pictures that `limitnet serve` keeps for other programs. The service may run\n"
    "meanwhile. docs/SERVICE.md describes the files.\n"
    "\n"
    "  --form FORM      csv: a table with a row for each picture. coco: a ZIP file with the pictures\n"
    "                   as PNG, and boxes and classes as COCO's JSON. camtrap-dp: a ZIP file with the\n"
    "                   pictures as PNG, and tables as Camtrap DP 1.0 describes them\n"
    "  --source SOURCE  only pictures of this source\n"
    "  --device SOURCE/DEVICE\n"
    "                   only pictures of this device\n"
    "  --from TIME      only pictures whose first packet came then or later: 2026-06-01, or\n"
    "                   2026-06-01T21:00:00Z\n"
    "  --to TIME        only pictures whose first packet came before\n"
    "  --label LABEL    only pictures with this best class or object\n"
    "  -o OUT           where to; - is standard output\n"
    "  --config FILE    settings of the service\n";

typedef struct request {
    const char *config, *form, *out, *from, *to, *label;
    char *source, *device;
} request;

static int parse_time(const char *option, const char *text, uint64_t *time_ms)
{
    char day[32];
    if (!text)
        return 1;
    snprintf(day, sizeof day, "%sT00:00:00Z", strlen(text) == 10 ? text : "");
    if (ln_time_rfc3339(day, strlen(day), time_ms) || ln_time_rfc3339(text, strlen(text), time_ms))
        return 1;
    cli_wrong_use("%s: '%s' is no time such as 2026-06-01 or 2026-06-01T21:00:00Z", option, text);
    return 0;
}

static int parse(request *r, ln_export_config *config)
{
    char *slash = r->device ? strchr(r->device, '/') : NULL;
    if (!r->config || !r->form || !r->out)
        return cli_wrong_use("give the settings, a form and a file: --config FILE --form FORM -o OUT"), 0;
    if (!ln_export_form_of(r->form, &config->form))
        return cli_wrong_use("--form: '%s' is none of csv, coco and camtrap-dp", r->form), 0;
    if (r->device && (!slash || r->source))
        return cli_wrong_use("--device: '%s' is no SOURCE/DEVICE, without --source", r->device), 0;
    if (slash)
        *slash = 0;
    config->filter = (ln_export_filter){
        .source = slash ? r->device : r->source, .device = slash ? slash + 1 : NULL, .label = r->label};
    return parse_time("--from", r->from, &config->filter.from_ms) &&
           parse_time("--to", r->to, &config->filter.to_ms);
}

static void tell(const ln_export_counts *counts)
{
    cli_note("%" PRIu64 " pictures", counts->pictures);
    if (counts->left_out)
        cli_note("%" PRIu64 " pictures are left out; of the last one: %s", counts->left_out,
                 counts->why.text);
}

static ln_status cannot_write(const char *path, ln_error *error)
{
    return ln_fail_system(error, path, "cannot be written", errno);
}

/* Writes beside the file, which gets its name when it is complete. */
static ln_status write_file(const ln_export_config *config, const char *path, ln_export_counts *counts,
                            ln_error *error)
{
    ln_text beside = {0};
    ln_text_add(&beside, "%s.part", path);
    ln_status status = ln_text_check(&beside, error);
    if (status != LN_OK)
        return status;
    FILE *file = fopen(beside.bytes, "wb");
    status = file ? ln_export(config, file, counts, error) : cannot_write(path, error);
    if (status == LN_OK && fsync(fileno(file)))
        status = cannot_write(path, error);
    if (file && fclose(file) && status == LN_OK)
        status = cannot_write(path, error);
    if (status == LN_OK && rename(beside.bytes, path))
        status = cannot_write(path, error);
    if (status != LN_OK && file)
        remove(beside.bytes);
    free(beside.bytes);
    return status;
}

static ln_status work(const request *r, ln_export_config *config, ln_error *error)
{
    ln_service_settings settings;
    ln_export_counts counts;
    ln_status status = ln_service_settings_read(&settings, r->config, error);
    if (status != LN_OK)
        return status;
    config->settings = &settings;
    config->now_ms = (uint64_t)time(NULL) * 1000;
    ln_json_begin();
    status = cli_is_standard(r->out) ? ln_export(config, stdout, &counts, error)
                                     : write_file(config, r->out, &counts, error);
    if (status == LN_OK)
        tell(&counts);
    ln_service_settings_free(&settings);
    return status;
}

static int run(int argc, char **argv)
{
    request r = {0};
    ln_export_config config = {0};
    const cli_option options[] = {
        {"--config", CLI_TEXT, &r.config, 0, 0},
        {"--form", CLI_TEXT, &r.form, 0, 0},
        {"--source", CLI_TEXT, &r.source, 0, 0},
        {"--device", CLI_TEXT, &r.device, 0, 0},
        {"--from", CLI_TEXT, &r.from, 0, 0},
        {"--to", CLI_TEXT, &r.to, 0, 0},
        {"--label", CLI_TEXT, &r.label, 0, 0},
        {"-o", CLI_TEXT, &r.out, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands > 0)
        return cli_wrong_use("'%s' is not understood", argv[1]);
    if (!parse(&r, &config))
        return CLI_WRONG_USE;
    ln_error error;
    return work(&r, &config, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_export = {"export", "writes what the service keeps as CSV, COCO or Camtrap DP", help,
                                run};
