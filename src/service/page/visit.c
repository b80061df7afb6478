/* A request that a desk answers: what stays of it, since the server's own is gone by then. */
#include "service/page/page_own.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct visiting {
    ln_visit visit;
    ln_page_show *show;
    char *path, *query;
    uint8_t *body;
    int is_form;
} visiting;

static const char *header(void *context, const char *name)
{
    const visiting *v = context;
    return v->is_form && !strcasecmp(name, "Content-Type") ? "application/x-www-form-urlencoded" : NULL;
}

static void free_visiting(void *context)
{
    visiting *v = context;
    ln_download_leave(v->visit.download);
    free(v->path);
    free(v->query);
    free(v->body);
    free(v);
}

static void show(void *context, ln_store *store, ln_web_answer *answer)
{
    visiting *v = context;
    ln_live_mark(ln_page_live(v->visit.page), v->visit.live);
    v->show(&v->visit, store, answer);
}

/* Copies what stays of a request. Null: memory is short. */
static visiting *copy(ln_page *page, const ln_web_request *request, const ln_visitor *visitor,
                      ln_page_show *how)
{
    visiting *v = calloc(1, sizeof *v);
    if (!v)
        return NULL;
    v->show = how;
    v->path = strdup(request->path);
    v->query = strdup(request->query);
    v->body = malloc(request->size + 1);
    v->is_form = request->header(request->context, "Content-Type") != NULL;
    if (!v->path || !v->query || !v->body) {
        free_visiting(v);
        return NULL;
    }
    if (request->size)
        memcpy(v->body, request->body, request->size);
    v->visit = (ln_visit){.page = page,
                          .visitor = *visitor,
                          .is_gone = request->is_gone,
                          .server = request->context,
                          .request = {.path = v->path,
                                      .query = v->query,
                                      .body = v->body,
                                      .size = request->size,
                                      .header = header,
                                      .context = v}};
    return v;
}

void ln_visit_give(ln_page *page, ln_desk *desk, ln_page_show *how, const ln_web_request *request,
                   const ln_visitor *visitor, ln_download *download, ln_web_answer *answer)
{
    visiting *v = copy(page, request, visitor, how);
    if (v) {
        v->visit.download = download;
        ln_desk_give(desk, request, &(ln_desk_order){show, free_visiting, v}, answer);
    } else {
        ln_download_leave(download);
        ln_web_say(answer, 503, "memory is short: try again");
    }
}
