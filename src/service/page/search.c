/* Search: pictures by camera, label, score and time. */
#include "service/web/form.h"
#include "service/page/page_own.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What was asked, as it came. */
typedef struct asked {
    char source[40], device[100], label[100], score[8], from[24], to[24], alarms[4];
} asked;

static void read_asked(const ln_web_request *request, asked *a)
{
    ln_query_field(request, "source", a->source, sizeof a->source);
    ln_query_field(request, "device", a->device, sizeof a->device);
    ln_query_field(request, "label", a->label, sizeof a->label);
    ln_query_field(request, "score", a->score, sizeof a->score);
    ln_query_field(request, "from", a->from, sizeof a->from);
    ln_query_field(request, "to", a->to, sizeof a->to);
    ln_query_field(request, "alarms", a->alarms, sizeof a->alarms);
}

/* A local time as browsers send it, 2026-06-01T12:00; 0: none. */
static uint64_t time_of(const char *text)
{
    struct tm local = {.tm_isdst = -1};
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d", &local.tm_year, &local.tm_mon, &local.tm_mday, &local.tm_hour,
               &local.tm_min) != 5)
        return 0;
    local.tm_year -= 1900;
    local.tm_mon--;
    const time_t seconds = mktime(&local);
    return seconds > 0 ? (uint64_t)seconds * 1000 : 0;
}

static ln_search search_of(const ln_visit *visit, const asked *a)
{
    const uint64_t to_ms = time_of(a->to);
    return (ln_search){
        .source = *a->source ? a->source : NULL,
        .device = *a->source && *a->device ? a->device : NULL,
        .label = a->label,
        .score = (int)(ln_page_number(a->score) > 100 ? 10000 : ln_page_number(a->score) * 100),
        .from_ms = time_of(a->from),
        .to_ms = to_ms ? to_ms + 59999 : 0, /* the whole minute */
        .only_alarms = *a->alarms != 0,
        .after_ms = (uint64_t)ln_page_query_number(visit, "after"),
        .after_device = ln_page_query_number(visit, "behind"),
        .after_id = ln_page_query_number(visit, "id"),
    };
}

static void add_field(ln_text *out, const char *name, const char *words, const char *type, const char *value)
{
    ln_text_add(out, "<p><label for=\"%s\">%s</label> <input id=\"%s\" name=\"%s\" %s value=\"", name, words,
                name, name, type);
    ln_html_text(out, value);
    ln_text_add(out, "\"></p>\n");
}

static void add_form(ln_text *out, const asked *a)
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

static void add_value(ln_text *out, const char *name, const char *value)
{
    if (!*value)
        return;
    ln_text_add(out, "%s=", name);
    ln_html_url(out, value);
    ln_text_add(out, "&amp;");
}

static void add_more(ln_text *out, const asked *a, const ln_listed *last)
{
    ln_text_add(out, "<p><a href=\"/search?");
    add_value(out, "source", a->source);
    add_value(out, "device", a->device);
    add_value(out, "label", a->label);
    add_value(out, "score", a->score);
    add_value(out, "from", a->from);
    add_value(out, "to", a->to);
    add_value(out, "alarms", a->alarms);
    ln_text_add(out, "after=%" PRIu64 "&amp;behind=%" PRId64 "&amp;id=%" PRId64 "\">Older pictures</a></p>\n",
                last->last_ms, ln_store_device(last->source, last->device), last->id);
}

void ln_page_search(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    asked a;
    ln_list list;
    ln_error error = {0};
    read_asked(&visit->request, &a);
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
    ln_page_list(&answer->body, &list, count);
    if (list.count > count)
        add_more(&answer->body, &a, &list.items[count - 1]);
    ln_html_end(&answer->body);
    ln_list_free(&list);
}
