/* Exports as files, for operators. One is made at a time, by a desk of its own, and sent from a temporary
 * file: nobody waits for whoever reads slowly, and there is no more than one such file on the disk. */
#include "service/export/export.h"
#include "service/log.h"
#include "service/page/page_own.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define AGAIN_S 30
#define SPAN_S 20   /* in each of these, a client must take */
#define LEAST 20480 /* bytes, or it keeps others from their exports */

typedef struct place {
    const char *path, *type, *name;
    ln_export_form form;
} place;

static const place PLACES[] = {
    {"/export.csv", "text/csv; charset=utf-8", "pictures.csv", LN_EXPORT_CSV},
    {"/export.coco.zip", "application/zip", "coco.zip", LN_EXPORT_COCO},
    {"/export.camtrap.zip", "application/zip", "camtrap-dp.zip", LN_EXPORT_CAMTRAP},
};

#define PLACE_COUNT (sizeof PLACES / sizeof *PLACES)

struct ln_download {
    atomic_int *is_busy;
    FILE *file;
    int is_sent;    /* 1: the answer has it */
    size_t given;   /* bytes, since */
    time_t since_s; /* 0: none was asked for yet */
};

static const place *place_of(const char *path)
{
    for (size_t i = 0; i < PLACE_COUNT; i++)
        if (!strcmp(PLACES[i].path, path))
            return &PLACES[i];
    return NULL;
}

/* ---- The right to one ------------------------------------------------------------------------ */

ln_download *ln_download_begin(atomic_int *is_busy)
{
    if (atomic_exchange(is_busy, 1))
        return NULL;
    ln_download *d = calloc(1, sizeof *d);
    if (d)
        d->is_busy = is_busy;
    else
        atomic_store(is_busy, 0);
    return d;
}

static void end(void *context)
{
    ln_download *d = context;
    if (d->file)
        fclose(d->file);
    atomic_store(d->is_busy, 0);
    free(d);
}

void ln_download_leave(ln_download *d)
{
    if (d && !d->is_sent)
        end(d);
}

/* ---- Sending --------------------------------------------------------------------------------- */

static int is_too_slow(ln_download *d)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (d->since_s && now.tv_sec < d->since_s + SPAN_S)
        return 0;
    const int is_slow = d->since_s && d->given < LEAST;
    d->since_s = now.tv_sec;
    d->given = 0;
    return is_slow;
}

static long read_file(void *context, char *part, size_t room)
{
    ln_download *d = context;
    const size_t size = is_too_slow(d) ? 0 : fread(part, 1, room, d->file);
    d->given += size;
    return size ? (long)size : -1;
}

static void add_head(const place *p, ln_web_answer *answer)
{
    answer->type = p->type;
    ln_web_header(answer, "Content-Disposition", "attachment; filename=\"%s\"", p->name);
}

static long read_nothing(void *context, char *part, size_t room)
{
    (void)context, (void)part, (void)room;
    return -1;
}

static void close_nothing(void *context)
{
    (void)context;
}

void ln_page_export_head(const char *path, ln_web_answer *answer)
{
    add_head(place_of(path), answer);
    answer->stream = (ln_web_stream){read_nothing, close_nothing, NULL, 0}; /* so no length is told */
}

static ln_status send_file(ln_download *d, const place *p, ln_web_answer *answer, ln_error *error)
{
    const long size = fseek(d->file, 0, SEEK_END) ? -1 : ftell(d->file);
    if (size < 0 || fseek(d->file, 0, SEEK_SET))
        return ln_fail(error, LN_ERR_IO, "the temporary file of an export cannot be read");
    add_head(p, answer);
    d->is_sent = 1;
    answer->stream = (ln_web_stream){read_file, end, d, (uint64_t)size};
    return LN_OK;
}

/* ---- Making one ------------------------------------------------------------------------------ */

static int stops(void *context)
{
    const ln_visit *visit = context;
    return ln_page_is_ending(visit->page) || visit->is_gone(visit->server);
}

static void refuse(const ln_visit *visit, ln_web_answer *answer, ln_status status, const char *why)
{
    ln_log(LN_LOG_WARNING, "an export is not made", LN_LOG_VALUES(LN_LOG_TEXT("why", why)));
    if (status != LN_ERR_ARGUMENT)
        answer->retry_after_s = AGAIN_S;
    ln_page_refuse(answer, &visit->visitor, status == LN_ERR_ARGUMENT ? 409 : 503, why);
}

void ln_page_export(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    const place *p = place_of(visit->request.path);
    ln_export_counts counts;
    ln_error error = {0};
    ln_asked asked;
    (void)store; /* an export has a connection of its own */
    ln_asked_read(&asked, &visit->request);
    if (*asked.device && !*asked.source) {
        ln_page_refuse(answer, &visit->visitor, 400, "A camera needs its source, too: fill in both.");
        return;
    }
    const ln_search search = ln_asked_search(&asked);
    const ln_export_config config = {
        .settings = ln_page_settings(visit->page),
        .form = p->form,
        .filter = {.source = search.source, .device = search.device, .search = &search},
        .now_ms = ln_page_clock_ms(),
        .stops = stops,
        .context = (void *)(uintptr_t)visit};
    ln_status status = ln_export_spool(&visit->download->file, &error);
    if (status == LN_OK)
        status = ln_export(&config, visit->download->file, &counts, &error);
    if (status == LN_OK)
        status = send_file(visit->download, p, answer, &error);
    if (status != LN_OK)
        refuse(visit, answer, status, error.text);
}
