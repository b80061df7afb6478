/* Search: pictures by camera, label, score and time. */
#include "service/web/form.h"
#include "service/page/page_own.h"

#include <inttypes.h>

static ln_search search_of(const ln_visit *visit, const ln_asked *asked)
{
    ln_search search = ln_asked_search(asked);
    search.after_ms = (uint64_t)ln_page_query_number(visit, "after");
    search.after_device = ln_page_query_number(visit, "behind");
    search.after_id = ln_page_query_number(visit, "id");
    return search;
}

static void add_field(ln_text *out, const char *name, const char *words, const char *type, const char *value)
{
    ln_text_add(out, "<p><label for=\"%s\">%s</label> <input id=\"%s\" name=\"%s\" %s value=\"", name, words,
                name, name, type);
    ln_html_text(out, value);
    ln_text_add(out, "\"></p>\n");
}

static void add_form(ln_text *out, const ln_asked *a)
{
    ln_text_add(out, "<form class=\"search\" method=\"get\" action=\"/search\" role=\"search\">\n");
    add_field(out, "source", "Source", "type=\"text\" maxlength=\"32\"", a->source);
    add_field(out, "device", "Camera, with its source", "type=\"text\" maxlength=\"80\"", a->device);
    add_field(out, "label", "Label has", "type=\"text\" maxlength=\"80\"", a->label);
    add_field(out, "score", "Score at least, %", "type=\"number\" min=\"0\" max=\"100\"", a->score);
    add_field(out, "from", "From", "type=\"datetime-local\"", a->from);
    add_field(out, "to", "To", "type=\"datetime-local\"", a->to);
    ln_text_add(out,
                "<p><input id=\"alarms\" name=\"alarms\" type=\"checkbox\" value=\"1\"%s> "
                "<label for=\"alarms\">Only with alarms</label></p>\n"
                "<p><button>Search</button></p>\n</form>\n",
                *a->alarms ? " checked" : "");
}

/* What was asked for, as files. */
static void add_exports(ln_text *out, const ln_asked *a)
{
    static const char *const FORMS[][2] = {
        {"csv", "CSV"}, {"coco.zip", "COCO"}, {"camtrap.zip", "Camtrap DP"}};
    ln_text_add(out, "<p class=\"exports\">Export all of them:");
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        ln_text_add(out, " <a href=\"/export.%s?", FORMS[i][0]);
        ln_asked_add(out, a);
        ln_text_add(out, "\">%s</a>", FORMS[i][1]);
    }
    ln_text_add(out, "</p>\n");
}

static void add_more(ln_text *out, const ln_asked *a, const ln_listed *last)
{
    ln_text_add(out, "<p><a href=\"/search?");
    ln_asked_add(out, a);
    ln_text_add(out, "after=%" PRIu64 "&amp;behind=%" PRId64 "&amp;id=%" PRId64 "\">Older pictures</a></p>\n",
                last->last_ms, ln_store_device(last->source, last->device), last->id);
}

void ln_page_search(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    ln_asked a;
    ln_list list;
    ln_error error = {0};
    ln_asked_read(&a, &visit->request);
    const ln_search search = search_of(visit, &a);
    if (ln_store_search(store, &search, LN_PAGE_ITEMS + 1, &list, &error) != LN_DB_DONE) {
        ln_page_fail(visit, answer, &error);
        return;
    }
    const size_t count = list.count < LN_PAGE_ITEMS ? list.count : LN_PAGE_ITEMS;
    ln_page_begin(visit, answer, "Search", "/search", NULL);
    add_form(&answer->body, &a);
    if (*a.device && !*a.source)
        ln_text_add(&answer->body, "<p>A camera needs its source, too: fill in both.</p>\n");
    ln_text_add(&answer->body, "<h2>Pictures</h2>\n");
    if (visit->visitor.role >= LN_ROLE_OPERATOR && list.count)
        add_exports(&answer->body, &a);
    ln_page_list(&answer->body, &list, count);
    if (list.count > count)
        add_more(&answer->body, &a, &list.items[count - 1]);
    ln_html_end(&answer->body);
    ln_list_free(&list);
}
