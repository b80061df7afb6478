/* From a request to the function that shows its page: who may, and where it is done. */
#include "service/page/page.h"

#include "service/page/cache.h"
#include "service/login/csrf.h"
#include "service/web/form.h"
#include "service/page/page_files.h"
#include "service/page/page_own.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Who may do what, where. */
typedef struct entry {
    const char *method, *path;
    ln_visitor_role role;
    ln_page_show *show;
} entry;

static const entry ENTRIES[] = {
    {"GET", "/", LN_ROLE_VIEWER, ln_page_cameras},
    {"GET", "/camera/", LN_ROLE_VIEWER, ln_page_camera},
    {"GET", "/picture/", LN_ROLE_VIEWER, ln_page_picture},
    {"GET", "/alarms", LN_ROLE_VIEWER, ln_page_alarms},
    {"POST", "/alarms/judge", LN_ROLE_OPERATOR, ln_page_judge},
    {"GET", "/search", LN_ROLE_VIEWER, ln_page_search},
    {"GET", "/export.csv", LN_ROLE_OPERATOR, ln_page_export},
    {"GET", "/export.coco.zip", LN_ROLE_OPERATOR, ln_page_export},
    {"GET", "/export.camtrap.zip", LN_ROLE_OPERATOR, ln_page_export},
    {"GET", LN_PAGE_DELETE, LN_ROLE_ADMIN, ln_page_ask_to_delete},
    {"POST", LN_PAGE_DELETE, LN_ROLE_ADMIN, ln_page_delete},
};

#define ENTRY_COUNT (sizeof ENTRIES / sizeof *ENTRIES)

typedef struct route {
    ln_page *page;
    const entry *entry;
} route;

struct ln_page {
    ln_page_config config;
    ln_desk *pages, *pictures, *exports;
    atomic_int is_exporting;
    ln_live *live;
    ln_gallery *gallery;
    ln_cache *cache;
    route routes[ENTRY_COUNT];
};

ln_gallery *ln_page_gallery(const ln_page *page)
{
    return page->gallery;
}

ln_cache *ln_page_cache(const ln_page *page)
{
    return page->cache;
}

ln_live *ln_page_live(const ln_page *page)
{
    return page->live;
}

const ln_service_settings *ln_page_settings(const ln_page *page)
{
    return page->config.settings;
}

int ln_page_is_ending(const ln_page *page)
{
    return ln_desk_is_ending(page->exports);
}

/* ---- Requests --------------------------------------------------------------------------------- */

static int is_png(const char *path)
{
    const size_t size = strlen(path);
    return size > 4 && !strcmp(path + size - 4, ".png");
}

/* Pictures take their time, so they have a desk of their own. What is deleted goes through it, too: it alone
 * may touch the cache. */
static void give(ln_page *page, ln_page_show *how, const ln_web_request *request, const ln_visitor *visitor,
                 ln_web_answer *answer)
{
    const int is_for_pictures = how == ln_page_picture_png || how == ln_page_delete;
    ln_visit_give(page, is_for_pictures ? page->pictures : page->pages, how, request, visitor, NULL, answer);
}

/* A request for its head is no reason to make an export. */
static void give_export(ln_page *page, const ln_web_request *request, const ln_visitor *visitor,
                        ln_web_answer *answer)
{
    if (!strcmp(request->method, "HEAD")) {
        ln_page_export_head(request->path, answer);
        return;
    }
    ln_download *download = ln_download_begin(&page->is_exporting);
    if (download) {
        ln_visit_give(page, page->exports, ln_page_export, request, visitor, download, answer);
        return;
    }
    answer->retry_after_s = 30;
    ln_page_refuse(answer, visitor, 503, "Another export is being made. Try again in a moment.");
}

static void answer_to(ln_page *page, const entry *e, const ln_web_request *request, const ln_visitor *visitor,
                      ln_web_answer *answer)
{
    const int png = e->show == ln_page_picture && is_png(request->path);
    if (e->show == ln_page_export)
        give_export(page, request, visitor, answer);
    else
        give(page, png ? ln_page_picture_png : e->show, request, visitor, answer);
}

static void ask_to_log_in(const ln_web_request *request, ln_web_answer *answer)
{
    if (is_png(request->path) || strcmp(request->method, "POST") == 0)
        ln_web_say(answer, 401, "log in first");
    else
        ln_web_redirect(answer, "/login");
}

static void handle(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    const route *r = context;
    ln_page *page = r->page;
    ln_visitor visitor = {0};
    page->config.visitor_of(page->config.visitors, request, &visitor);
    if (ln_visitor_comes_again(&visitor, answer))
        return;
    if (visitor.role == LN_ROLE_NONE)
        ask_to_log_in(request, answer);
    else if (visitor.role < r->entry->role)
        ln_page_refuse(answer, &visitor, 403, "Your role does not allow this.");
    else if (!strcmp(r->entry->method, "POST") && !ln_csrf_is_ours(request, &visitor))
        ln_page_refuse(answer, &visitor, 403, "This form is too old, or not ours. Load its page anew.");
    else
        answer_to(page, r->entry, request, &visitor, answer);
}

static void join_live(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    ln_page *page = context;
    const char *last = request->header(request->context, "Last-Event-ID");
    char since[LN_LIVE_MARK];
    ln_visitor visitor = {0};
    page->config.visitor_of(page->config.visitors, request, &visitor);
    ln_query_field(request, "since", since, sizeof since);
    if (ln_visitor_comes_again(&visitor, answer))
        return;
    if (visitor.role == LN_ROLE_NONE)
        ln_web_say(answer, 401, "log in first");
    else
        ln_live_join(page->live, &(ln_live_watcher){visitor, page->config.stays, page->config.visitors},
                     last ? last : since, answer);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void send_css(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    (void)context, (void)request;
    answer->type = "text/css; charset=utf-8";
    ln_text_add(&answer->body, "%s", ln_page_css);
}

static void send_js(void *context, const ln_web_request *request, ln_web_answer *answer)
{
    (void)context, (void)request;
    answer->type = "text/javascript; charset=utf-8";
    ln_text_add(&answer->body, "%s", ln_page_js);
}

/* ---- All ------------------------------------------------------------------------------------- */

ln_page *ln_page_open(const ln_page_config *config)
{
    ln_page *page = calloc(1, sizeof *page);
    if (!page)
        return NULL;
    page->config = *config;
    page->pages = ln_desk_open(config->settings->store);
    page->pictures = ln_desk_open(config->settings->store);
    page->exports = ln_desk_open(config->settings->store);
    page->live = ln_live_open(config->settings->store);
    page->gallery = ln_gallery_open(config->settings);
    page->cache = ln_cache_open();
    if (page->pages && page->pictures && page->exports && page->live && page->gallery && page->cache)
        return page;
    ln_page_close(page);
    return NULL;
}

void ln_page_close(ln_page *page)
{
    if (!page)
        return;
    ln_cache_close(page->cache);
    ln_gallery_close(page->gallery);
    ln_live_close(page->live);
    ln_desk_close(page->exports);
    ln_desk_close(page->pictures);
    ln_desk_close(page->pages);
    free(page);
}

size_t ln_page_routes(ln_page *page, ln_web_route routes[LN_PAGE_ROUTES])
{
    size_t count = 0;
    for (; count < ENTRY_COUNT; count++) {
        page->routes[count] = (route){page, &ENTRIES[count]};
        routes[count] =
            (ln_web_route){ENTRIES[count].method, ENTRIES[count].path, NULL, handle, &page->routes[count]};
    }
    routes[count++] = (ln_web_route){"GET", "/live", NULL, join_live, page};
    routes[count++] = (ln_web_route){"GET", "/page.css", NULL, send_css, NULL};
    routes[count++] = (ln_web_route){"GET", "/page.js", NULL, send_js, NULL};
    return count;
}

void ln_page_parts(ln_page *page, ln_serve_part parts[LN_PAGE_PARTS])
{
    parts[0] = (ln_serve_part){LN_SERVE_WEB, ln_desk_run, page->pages, 1};
    parts[1] = (ln_serve_part){LN_SERVE_WEB, ln_desk_run, page->pictures, 1};
    parts[2] = (ln_serve_part){LN_SERVE_WEB, ln_desk_run, page->exports, 1};
    parts[3] = (ln_serve_part){LN_SERVE_WEB, ln_live_run, page->live, 1};
}
