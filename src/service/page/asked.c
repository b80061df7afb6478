/* The fields of a search: of its page, of the links to older pictures, and of exports. */
#include "service/web/form.h"
#include "service/page/page_own.h"

#include <stdio.h>
#include <time.h>

void ln_asked_read(ln_asked *a, const ln_web_request *request)
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

ln_search ln_asked_search(const ln_asked *a)
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
    };
}

static void add_value(ln_text *out, const char *name, const char *value)
{
    if (!*value)
        return;
    ln_text_add(out, "%s=", name);
    ln_html_url(out, value);
    ln_text_add(out, "&amp;");
}

void ln_asked_add(ln_text *out, const ln_asked *a)
{
    add_value(out, "source", a->source);
    add_value(out, "device", a->device);
    add_value(out, "label", a->label);
    add_value(out, "score", a->score);
    add_value(out, "from", a->from);
    add_value(out, "to", a->to);
    add_value(out, "alarms", a->alarms);
}
