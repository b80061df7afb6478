/* limitnet pictures: what the service keeps, as a list or as a file. */
#include "cli/cli.h"

#include "cli/io.h"
#include "cli/json.h"
#include "service/pictures/gallery.h"
#include "service/settings/settings.h"
#include "service/store/list.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char help[] =
    "limitnet pictures [--device SOURCE/DEVICE] [--most N] [--json] --config FILE\n"
    "limitnet pictures --device SOURCE/DEVICE --picture ID -o OUT.png --config FILE\n"
    "\n"
    "Lists the pictures that `limitnet serve` keeps, the newest first: when the last packet came,\n"
    "device, number of the picture, packets, bytes, and what the vision model saw. Or writes one as a\n"
    "PNG file. The service may run meanwhile.\n"
    "\n"
    "  --config FILE    settings of the service\n"
    "  --device SOURCE/DEVICE\n"
    "                   only this device, as the list names it\n"
    "  --most N         list so many at most (default: 20)\n"
    "  --json           print one JSON object a line: {\"time\",\"source\",\"device\",\"picture\",\n"
    "                   \"packets\",\"bytes\",\"final\",\"label\",\"score\"}\n"
    "  --picture ID     the picture to write, by its number in the list\n"
    "  -o OUT.png       where to; - is standard output\n";

typedef struct request {
    const char *config, *out;
    char *device, *name; /* source and device; null: all */
    uint64_t picture, most;
    int json;
} request;

/* ---- The list -------------------------------------------------------------------------------- */

static void print_time(uint64_t time_ms)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    char text[24];
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || !strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc))
        *text = 0;
    fputs(text, stdout);
}

static void print_json(const ln_listed *p)
{
    fputs("{\"time\":\"", stdout);
    print_time(p->last_ms);
    fputs("\",\"source\":", stdout);
    cli_json_string(stdout, p->source);
    fputs(",\"device\":", stdout);
    cli_json_string(stdout, p->device);
    printf(",\"picture\":%" PRId64 ",\"packets\":%" PRIu32 ",\"bytes\":%" PRIu32 ",\"final\":%s,\"label\":",
           p->id, p->packets, p->bytes, p->final ? "true" : "false");
    if (p->label)
        cli_json_string(stdout, p->label);
    else
        fputs("null", stdout);
    printf(",\"score\":%.4f}\n", p->score / 10000.0);
}

static void print_line(const ln_listed *p)
{
    print_time(p->last_ms);
    printf("  %s/%s  %6" PRId64 "  %4" PRIu32 " packets  %6" PRIu32 " B  %s (%d %%)%s\n", p->source,
           p->device, p->id, p->packets, p->bytes, p->label ? p->label : "nothing", (p->score + 50) / 100,
           p->final ? "" : ", so far");
}

static ln_status list_pictures(ln_store *store, const request *r, ln_error *error)
{
    ln_list list;
    if (ln_store_list(store, r->device, r->name, (size_t)r->most, &list, error) != LN_DB_DONE)
        return LN_ERR_IO;
    for (size_t i = 0; i < list.count; i++)
        (r->json ? print_json : print_line)(&list.items[i]);
    if (!list.count)
        cli_note("there is no picture yet");
    ln_list_free(&list);
    return LN_OK;
}

/* ---- A file ---------------------------------------------------------------------------------- */

static ln_status write_kept(const ln_kept *kept, const ln_service_settings *settings, const char *path,
                            ln_error *error)
{
    uint8_t *png = NULL;
    size_t size;
    ln_gallery *gallery = ln_gallery_open(settings);
    ln_status status =
        gallery ? ln_gallery_show(gallery, kept, 0, &png, &size, error) : ln_fail_memory(error);
    if (status == LN_OK)
        status = cli_write(path, png, size, error);
    free(png);
    ln_gallery_close(gallery);
    return status;
}

static ln_status write_picture(ln_store *store, const ln_service_settings *settings, const request *r,
                               ln_error *error)
{
    const int64_t device = ln_store_device(r->device, r->name);
    ln_kept kept;
    if (ln_store_picture(store, device, (int64_t)r->picture, &kept, error) != LN_DB_DONE)
        return LN_ERR_IO;
    ln_status status =
        kept.picture.row.id
            ? write_kept(&kept, settings, r->out, error)
            : ln_fail(error, LN_ERR_IO, "%s/%s: there is no picture %" PRIu64 ": without -o, all are listed",
                      r->device, r->name, r->picture);
    ln_kept_free(&kept);
    return status;
}

/* ---- All ------------------------------------------------------------------------------------- */

static ln_status work(const request *r, ln_error *error)
{
    ln_service_settings settings;
    ln_store *store = NULL;
    ln_status status = ln_service_settings_read(&settings, r->config, error);
    if (status != LN_OK)
        return status;
    if (ln_store_open(&store, settings.store, error) != LN_DB_DONE)
        status = LN_ERR_IO;
    else
        status = r->out ? write_picture(store, &settings, r, error) : list_pictures(store, r, error);
    ln_store_close(store);
    ln_service_settings_free(&settings);
    return status;
}

/* Of the networks' names of devices some have a /, of sources none. Returns 0 if the text has no such. */
static int split(request *r)
{
    char *slash = r->device ? strchr(r->device, '/') : NULL;
    if (slash)
        *slash = 0;
    r->name = slash ? slash + 1 : NULL;
    return !r->device || slash;
}

static int run(int argc, char **argv)
{
    request r = {.most = 20};
    const cli_option options[] = {
        {"--config", CLI_TEXT, &r.config, 0, 0},
        {"--device", CLI_TEXT, &r.device, 0, 0},
        {"--most", CLI_NUMBER, &r.most, 1, 1000000},
        {"--json", CLI_FLAG, &r.json, 0, 0},
        {"--picture", CLI_NUMBER, &r.picture, 1, INT64_MAX},
        {"-o", CLI_TEXT, &r.out, 0, 0},
        {0},
    };
    int operands = cli_parse(argc, argv, options);
    if (operands < 0)
        return CLI_WRONG_USE;
    if (operands > 0)
        return cli_wrong_use("'%s' is not understood", argv[1]);
    if (!r.config)
        return cli_wrong_use("give the settings: --config FILE");
    if (!split(&r))
        return cli_wrong_use("--device: '%s' is no SOURCE/DEVICE", r.device);
    if (!r.picture != !r.out || (r.picture && !r.name))
        return cli_wrong_use("--device, --picture and -o go together");
    ln_error error;
    return work(&r, &error) == LN_OK ? CLI_DONE : cli_failed(&error);
}

const cli_command cli_pictures = {"pictures", "lists what the service keeps, or writes a picture", help, run};
