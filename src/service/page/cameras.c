/* The first page: all cameras, with the newest picture of each. */
#include "service/web/form.h"
#include "service/page/page_own.h"

#include <inttypes.h>
#include <string.h>

/* SOURCE/NAME, of which only the name may hold a slash. */
static const char *split(char *both)
{
    char *slash = strchr(both, '/');
    if (!slash)
        return "";
    *slash = 0;
    return slash + 1;
}

static void add_camera(ln_text *out, const ln_camera *camera)
{
    ln_text_add(out, "<li class=\"card\" id=\"camera-%" PRId64 "\" data-part>\n<h2>", camera->device);
    ln_page_camera_link(out, camera->source, camera->name);
    ln_text_add(out, "</h2>\n<p class=\"source\">");
    ln_html_text(out, camera->source);
    ln_text_add(out, "</p>\n");
    if (camera->newest.id) {
        ln_page_thumbnail(out, camera->device, camera->name, &camera->newest);
        ln_page_picture_facts(out, &camera->newest);
    } else {
        ln_text_add(out, "<p>No picture yet.</p>\n");
    }
    ln_text_add(out, "<dl>\n");
    ln_page_camera_facts(out, camera);
    ln_text_add(out, "</dl>\n</li>\n");
}

static void add_more(ln_text *out, const ln_camera *last)
{
    ln_text_add(out, "<p><a href=\"/?after=");
    ln_html_url(out, last->source);
    ln_text_add(out, "%%2F");
    ln_html_url(out, last->name);
    ln_text_add(out, "\">More cameras</a></p>\n");
}

void ln_page_cameras(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    char after[160];
    ln_cameras cameras;
    ln_error error = {0};
    ln_query_field(&visit->request, "after", after, sizeof after);
    const char *name = split(after);
    if (ln_store_cameras(store, after, name, LN_PAGE_ITEMS + 1, &cameras, &error) != LN_DB_DONE) {
        ln_page_fail(visit, answer, &error);
        return;
    }
    const size_t count = cameras.count < LN_PAGE_ITEMS ? cameras.count : LN_PAGE_ITEMS;
    ln_text *out = &answer->body;
    ln_page_begin(visit, answer, "Cameras", "/", "*");
    ln_text_add(out, count ? "<ul class=\"cards\">\n" : "<p>No camera has been heard yet.</p>\n");
    for (size_t i = 0; i < count; i++)
        add_camera(out, &cameras.items[i]);
    ln_text_add(out, count ? "</ul>\n" : "");
    if (cameras.count > count)
        add_more(out, &cameras.items[count - 1]);
    ln_html_end(out);
    ln_cameras_free(&cameras);
}
