/* An admin deletes a picture: asked once more, by a page that needs no script. */
#include "service/log.h"
#include "service/page/cache.h"
#include "service/page/page_own.h"

#include <inttypes.h>
#include <stdlib.h>

/* What is to be deleted. */
typedef struct doomed {
    int64_t device, id;
    ln_kept kept;
    ln_cameras camera;
} doomed;

static void free_all(doomed *d)
{
    ln_kept_free(&d->kept);
    ln_cameras_free(&d->camera);
}

/* Returns 0 with the answer if there is no such picture. */
static int find(const ln_visit *visit, ln_store *store, ln_web_answer *answer, doomed *d)
{
    ln_error error = {0};
    ln_db_result result = LN_DB_DONE;
    *d = (doomed){0};
    if (ln_page_key(visit->request.path, LN_PAGE_DELETE, "", &d->device, &d->id))
        result = ln_store_picture(store, d->device, d->id, &d->kept, &error);
    if (result == LN_DB_DONE && d->kept.picture.row.id)
        result = ln_store_camera(store, d->device, &d->camera, &error);
    if (result == LN_DB_DONE && d->camera.count)
        return 1;
    if (result != LN_DB_DONE)
        ln_page_fail(visit, answer, &error);
    else
        ln_page_refuse(answer, &visit->visitor, 404, "There is no such picture.");
    free_all(d);
    return 0;
}

static void add_question(ln_text *out, const doomed *d, const ln_visit *visit)
{
    const ln_picture_row *row = &d->kept.picture.row;
    const ln_listed picture = {.id = row->id, .label = d->kept.picture.label, .packets = row->packets};
    ln_text_add(out, "<div class=\"card\">\n");
    ln_page_thumbnail(out, d->device, d->camera.items->name, &picture);
    ln_text_add(out,
                "</div>\n<p>Picture %" PRId64 ", its %" PRIu32 " packets and what was seen in it are deleted "
                "for good. Alarms that were raised for it stay, without a picture.</p>\n"
                "<form method=\"post\" action=\"" LN_PAGE_DELETE "%" PRId64 "/%" PRId64 "\">\n",
                row->id, row->packets, d->device, d->id);
    ln_html_csrf(out, &visit->visitor);
    ln_text_add(out,
                "<p><button>Delete the picture</button> <a href=\"" LN_PAGE_PICTURE "%" PRId64 "/%" PRId64
                "\">Keep it</a></p>\n</form>\n",
                d->device, d->id);
}

void ln_page_ask_to_delete(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    doomed d;
    if (!find(visit, store, answer, &d))
        return;
    ln_page_begin(visit, answer, "Delete this picture?", NULL, NULL);
    add_question(&answer->body, &d, visit);
    ln_html_end(&answer->body);
    free_all(&d);
}

static void log_it(const doomed *d, const ln_visitor *visitor)
{
    ln_log(LN_LOG_INFO, "a picture is deleted",
           LN_LOG_VALUES(LN_LOG_NUMBER("picture", d->id), LN_LOG_TEXT("source", d->camera.items->source),
                         LN_LOG_TEXT("device", d->camera.items->name), LN_LOG_TEXT("by", visitor->name)));
}

/* Its camera's page. */
static void lead_on(const doomed *d, ln_web_answer *answer)
{
    ln_text path = {0};
    ln_text_add(&path, "/camera/");
    ln_html_url(&path, d->camera.items->source);
    ln_text_add(&path, "/");
    ln_html_url(&path, d->camera.items->name);
    ln_web_redirect(answer, !path.failed && path.size < sizeof answer->headers->value ? path.bytes : "/");
    free(path.bytes);
}

void ln_page_delete(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    doomed d;
    int found = 0;
    ln_error error = {0};
    if (!find(visit, store, answer, &d))
        return;
    if (ln_store_delete(store, d.device, d.id, ln_page_clock_ms(), &found, &error) != LN_DB_DONE) {
        ln_page_fail(visit, answer, &error);
    } else if (!found) {
        ln_page_refuse(answer, &visit->visitor, 404, "There is no such picture any more.");
    } else {
        ln_cache_forget(ln_page_cache(visit->page), d.device, d.id);
        ln_live_gone(ln_page_live(visit->page), d.device, d.id);
        log_it(&d, &visit->visitor);
        lead_on(&d, answer);
    }
    free_all(&d);
}
