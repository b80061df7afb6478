/* Alarms: those that nobody has judged come first. */
#include "service/web/form.h"
#include "service/page/page_own.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const KINDS[] = {"open", "confirmed", "rejected"};
static const char *const HEADINGS[] = {"Open", "Confirmed", "Rejected"};
#define KIND_COUNT 3

/* The kind that the query asks for; KIND_COUNT: all. */
static unsigned kind_of(const ln_visit *visit)
{
    char shown[16];
    unsigned kind = 0;
    ln_query_field(&visit->request, "show", shown, sizeof shown);
    while (kind < KIND_COUNT && strcmp(KINDS[kind], shown))
        kind++;
    return kind;
}

static void add_filter(ln_text *out, unsigned kind)
{
    ln_text_add(out,
                "<nav aria-label=\"Alarms\" class=\"filter\"><ul>\n"
                "<li><a href=\"/alarms\"%s>All</a></li>\n",
                kind == KIND_COUNT ? " aria-current=\"page\"" : "");
    for (unsigned i = 0; i < KIND_COUNT; i++)
        ln_text_add(out, "<li><a href=\"/alarms?show=%s\"%s>%s</a></li>\n", KINDS[i],
                    kind == i ? " aria-current=\"page\"" : "", HEADINGS[i]);
    ln_text_add(out, "</ul></nav>\n");
}

static void add_alarm(ln_text *out, const ln_listed_alarm *alarm, const ln_visit *visit, const char *back)
{
    const ln_listed picture = {.id = alarm->picture, .label = alarm->label, .packets = 0};
    ln_text_add(out, "<li class=\"card\" id=\"alarm-%" PRId64 "-%" PRId64 "-", alarm->device, alarm->event);
    ln_html_text(out, alarm->rule);
    ln_text_add(out, "\" data-part>\n");
    if (alarm->has_picture)
        ln_page_thumbnail(out, alarm->device, alarm->name, &picture);
    else if (alarm->picture)
        ln_text_add(out, "<p class=\"came\">Its picture was deleted.</p>\n");
    ln_page_alarm(out, alarm, visit, back);
    ln_text_add(out, "</li>\n");
}

static void add_more(ln_text *out, unsigned kind, const ln_listed_alarm *last)
{
    ln_text_add(out,
                "<p><a href=\"/alarms?show=%s&amp;after=%" PRIu64 "&amp;behind=%" PRId64 "&amp;event=%" PRId64
                "&amp;rule=",
                KINDS[kind], last->time_ms, last->device, last->event);
    ln_html_url(out, last->rule);
    ln_text_add(out, "\">Older ones</a></p>\n");
}

static ln_db_result add_kind(const ln_visit *visit, ln_store *store, unsigned kind, const char *back,
                             ln_text *out, ln_error *error)
{
    char rule[40];
    ln_query_field(&visit->request, "rule", rule, sizeof rule);
    const ln_listed_alarm after = {.time_ms = (uint64_t)ln_page_query_number(visit, "after"),
                                   .device = ln_page_query_number(visit, "behind"),
                                   .event = ln_page_query_number(visit, "event"),
                                   .rule = rule};
    ln_alarms alarms;
    ln_db_result result = ln_store_alarms(store, (ln_judged)kind, after.time_ms ? &after : NULL,
                                          LN_PAGE_ITEMS + 1, &alarms, error);
    if (result != LN_DB_DONE)
        return result;
    const size_t count = alarms.count < LN_PAGE_ITEMS ? alarms.count : LN_PAGE_ITEMS;
    ln_text_add(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n%s", KINDS[kind], KINDS[kind],
                HEADINGS[kind], count ? "<ul class=\"cards\">\n" : "<p>None.</p>\n");
    for (size_t i = 0; i < count; i++)
        add_alarm(out, &alarms.items[i], visit, back);
    ln_text_add(out, count ? "</ul>\n" : "");
    if (alarms.count > count)
        add_more(out, kind, &alarms.items[count - 1]);
    ln_text_add(out, "</section>\n");
    ln_alarms_free(&alarms);
    return LN_DB_DONE;
}

void ln_page_alarms(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    const unsigned kind = kind_of(visit);
    ln_error error = {0};
    ln_db_result result = LN_DB_DONE;
    ln_text lists = {0};
    char back[32] = "/alarms";
    if (kind < KIND_COUNT)
        snprintf(back, sizeof back, "/alarms?show=%s", KINDS[kind]);
    for (unsigned i = 0; i < KIND_COUNT && result == LN_DB_DONE; i++)
        if (kind == i || kind == KIND_COUNT)
            result = add_kind(visit, store, i, back, &lists, &error);
    if (result == LN_DB_DONE) {
        ln_page_begin(visit, answer, "Alarms", "/alarms", "alarms");
        add_filter(&answer->body, kind);
        ln_text_add(&answer->body, "%s", lists.bytes ? lists.bytes : "");
        answer->body.failed |= lists.failed;
        ln_html_end(&answer->body);
    } else {
        ln_page_fail(visit, answer, &error);
    }
    free(lists.bytes);
}

/* ---- Judging --------------------------------------------------------------------------------- */

/* Only our own pages are led back to. */
static void lead_back(const ln_visit *visit, ln_web_answer *answer)
{
    char back[96];
    int64_t device, id;
    ln_form_field(&visit->request, "back", back, sizeof back);
    const int is_ours = !strcmp(back, "/alarms") || !strncmp(back, "/alarms?show=", 13) ||
                        ln_page_key(back, LN_PAGE_PICTURE, "", &device, &id);
    ln_web_redirect(answer, is_ours && !strpbrk(back, "\r\n") ? back : "/alarms");
}

static int64_t form_number(const ln_visit *visit, const char *name)
{
    char text[24];
    return ln_form_field(&visit->request, name, text, sizeof text) ? ln_page_number(text) : 0;
}

void ln_page_judge(const ln_visit *visit, ln_store *store, ln_web_answer *answer)
{
    const int64_t device = form_number(visit, "device"), event = form_number(visit, "event");
    const int64_t judged = form_number(visit, "judged");
    char rule[40];
    int found = 0;
    ln_error error = {0};
    ln_form_field(&visit->request, "rule", rule, sizeof rule);
    if (judged != LN_JUDGED_CONFIRMED && judged != LN_JUDGED_REJECTED) {
        ln_page_refuse(answer, &visit->visitor, 400, "An alarm is confirmed or rejected, nothing else.");
        return;
    }
    if (ln_store_judge(store, device, rule, event, (ln_judged)judged, visit->visitor.name, ln_page_clock_ms(),
                       &found, &error) != LN_DB_DONE)
        ln_page_fail(visit, answer, &error);
    else if (!found)
        ln_page_refuse(answer, &visit->visitor, 404, "There is no such alarm.");
    else
        lead_back(visit, answer);
}
