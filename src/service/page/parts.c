/* What several pages show: cameras, pictures in lists, alarms. */
#include "service/page/page_own.h"

#include <inttypes.h>

void ln_page_camera_link(ln_text *out, const char *source, const char *name)
{
    ln_text_add(out, "<a href=\"/camera/");
    ln_html_url(out, source);
    ln_text_add(out, "/");
    ln_html_url(out, name);
    ln_text_add(out, "\">");
    ln_html_text(out, name);
    ln_text_add(out, "</a>");
}

/* The number of packets in the address lets a page see that its picture has changed. */
void ln_page_thumbnail(ln_text *out, int64_t device, const char *name, const ln_listed *picture)
{
    ln_text_add(out,
                "<a class=\"thumbnail\" href=\"/picture/%" PRId64 "/%" PRId64 "\">"
                "<img src=\"/picture/%" PRId64 "/%" PRId64 ".png?packets=%" PRIu32
                "\" width=\"224\" height=\"224\" loading=\"lazy\" alt=\"Picture ",
                device, picture->id, device, picture->id, picture->packets);
    ln_text_add(out, "%" PRId64 " of ", picture->id);
    ln_html_text(out, name);
    ln_text_add(out, ": ");
    ln_html_text(out, picture->label ? picture->label : "nothing seen");
    ln_text_add(out, "\"></a>\n");
}

void ln_page_picture_facts(ln_text *out, const ln_listed *picture)
{
    ln_text_add(out, "<p class=\"seen\">");
    ln_html_label(out, picture->label, picture->score);
    ln_text_add(out, "%s</p>\n<p class=\"came\">%" PRIu32 " packets, %" PRIu32 " bytes<br>",
                picture->final ? "" : ", so far", picture->packets, picture->bytes);
    ln_html_time(out, picture->last_ms);
    ln_text_add(out, "</p>\n");
}

void ln_page_camera_facts(ln_text *out, const ln_camera *camera)
{
    ln_text_add(out, "<div><dt>Heard</dt><dd>");
    if (camera->heard_ms)
        ln_html_time(out, camera->heard_ms);
    else
        ln_text_add(out, "unknown");
    ln_text_add(out, "</dd></div>\n<div><dt>Link</dt><dd>");
    if (camera->frames)
        ln_text_add(out, "%u of the last %u frames lost", camera->lost, camera->frames);
    else
        ln_text_add(out, "no frame counters");
    ln_text_add(out, "</dd></div>\n");
    if (camera->battery != LN_NO_BATTERY)
        ln_text_add(out, "<div><dt>Battery</dt><dd>%d %%</dd></div>\n", camera->battery);
    if (camera->waiting)
        ln_text_add(out, "<div><dt>Waiting</dt><dd>%" PRIu64 " frames wait for a worker</dd></div>\n",
                    camera->waiting);
}

static void add_item(ln_text *out, const ln_listed *picture)
{
    const int64_t device = ln_store_device(picture->source, picture->device);
    ln_text_add(out, "<li class=\"card\" id=\"picture-%" PRId64 "-%" PRId64 "\" data-part>\n", device,
                picture->id);
    ln_page_thumbnail(out, device, picture->device, picture);
    ln_text_add(out, "<p>");
    ln_page_camera_link(out, picture->source, picture->device);
    ln_text_add(out, "</p>\n");
    ln_page_picture_facts(out, picture);
    ln_text_add(out, "</li>\n");
}

void ln_page_list(ln_text *out, const ln_list *list, size_t count)
{
    if (!count) {
        ln_text_add(out, "<p>No picture.</p>\n");
        return;
    }
    ln_text_add(out, "<ul class=\"cards\">\n");
    for (size_t i = 0; i < count; i++)
        add_item(out, &list->items[i]);
    ln_text_add(out, "</ul>\n");
}

/* ---- Alarms ---------------------------------------------------------------------------------- */

static void add_button(ln_text *out, ln_judged judged, const char *text, const ln_listed_alarm *alarm)
{
    ln_text_add(out, "<button id=\"judge-%" PRId64 "-%" PRId64 "-", alarm->device, alarm->event);
    ln_html_text(out, alarm->rule);
    ln_text_add(out, "-%d\" name=\"judged\" value=\"%d\" class=\"judge-%d\"%s>%s", (int)judged, (int)judged,
                (int)judged, alarm->judged == judged ? " aria-pressed=\"true\"" : " aria-pressed=\"false\"",
                text);
    ln_text_add(out, "<span class=\"unseen\"> the alarm ");
    ln_html_text(out, alarm->rule);
    ln_text_add(out, " of ");
    ln_html_text(out, alarm->name);
    ln_text_add(out, "</span></button>\n");
}

static void add_buttons(ln_text *out, const ln_listed_alarm *alarm, const ln_visitor *visitor,
                        const char *back)
{
    ln_text_add(out, "<form method=\"post\" action=\"/alarms/judge\">\n");
    ln_html_csrf(out, visitor);
    ln_text_add(out,
                "<input type=\"hidden\" name=\"device\" value=\"%" PRId64 "\">"
                "<input type=\"hidden\" name=\"event\" value=\"%" PRId64 "\">"
                "<input type=\"hidden\" name=\"rule\" value=\"",
                alarm->device, alarm->event);
    ln_html_text(out, alarm->rule);
    ln_text_add(out, "\"><input type=\"hidden\" name=\"back\" value=\"");
    ln_html_text(out, back);
    ln_text_add(out, "\">\n");
    add_button(out, LN_JUDGED_CONFIRMED, "Confirm", alarm);
    add_button(out, LN_JUDGED_REJECTED, "Reject", alarm);
    ln_text_add(out, "</form>\n");
}

static void add_judgement(ln_text *out, const ln_listed_alarm *alarm)
{
    static const char *const WORDS[] = {"Nobody has judged it yet", "Confirmed", "Rejected"};
    ln_text_add(out, "<p class=\"judged-%d\">%s", (int)alarm->judged, WORDS[alarm->judged]);
    if (alarm->by) {
        ln_text_add(out, " by ");
        ln_html_text(out, alarm->by);
        ln_text_add(out, ", ");
        ln_html_time(out, alarm->judged_ms);
    }
    ln_text_add(out, "</p>\n");
}

void ln_page_alarm(ln_text *out, const ln_listed_alarm *alarm, const ln_visit *visit, const char *back)
{
    ln_text_add(out, "<p class=\"alarm\"><strong>");
    ln_html_text(out, alarm->rule);
    ln_text_add(out, "</strong>: ");
    ln_page_camera_link(out, alarm->source, alarm->name);
    if (alarm->label) {
        ln_text_add(out, " sees ");
        ln_html_label(out, alarm->label, alarm->score);
    }
    ln_text_add(out, "<br>");
    ln_html_time(out, alarm->time_ms);
    ln_text_add(out, "</p>\n");
    add_judgement(out, alarm);
    if (visit->visitor.role >= LN_ROLE_OPERATOR)
        add_buttons(out, alarm, &visit->visitor, back);
}
