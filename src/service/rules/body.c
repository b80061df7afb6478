#include "service/rules/body.h"

#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#define TIME_TEXT 24

/* Names come from files of labels and from networks: what is no UTF-8 is shown as question marks. */
static json_t *json_text(const char *text)
{
    json_t *json = json_string(text);
    if (json)
        return json;
    ln_text plain = {0};
    for (const char *c = text; *c; c++)
        ln_text_add(&plain, "%c", (unsigned char)*c < 128 ? *c : '?');
    json = plain.failed ? NULL : json_string(plain.bytes ? plain.bytes : "");
    free(plain.bytes);
    return json;
}

static void print_time(char text[TIME_TEXT], uint64_t time_ms, const char *format)
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm utc;
    if (!gmtime_r(&seconds, &utc) || !strftime(text, TIME_TEXT, format, &utc))
        *text = 0;
}

/* One line for people. */
static void print_line(ln_text *out, const ln_rule *rule, const ln_alarm *alarm, const ln_news *news,
                       uint64_t value)
{
    char time[TIME_TEXT];
    switch (rule->kind) {
    case LN_RULE_SEEN:
        ln_text_add(out, "%s: %s sees %s (%d %%)", alarm->row.rule, news->device, alarm->label,
                    (alarm->row.score + 50) / 100);
        break;
    case LN_RULE_SILENT:
        print_time(time, value, "%Y-%m-%d %H:%M");
        ln_text_add(out, "%s: %s is silent since %s UTC", alarm->row.rule, news->device, time);
        break;
    default:
        ln_text_add(out, "%s: the battery of %s is at %llu %%", alarm->row.rule, news->device,
                    (unsigned long long)value);
    }
}

static json_t *details(const ln_rule *rule, const ln_alarm *alarm, uint64_t value)
{
    char time[TIME_TEXT];
    switch (rule->kind) {
    case LN_RULE_SEEN:
        return json_pack("{ss so sf}", "kind", "seen", "label", json_text(alarm->label), "score",
                         alarm->row.score / 10000.0);
    case LN_RULE_SILENT:
        print_time(time, value, "%Y-%m-%dT%H:%M:%SZ");
        return json_pack("{ss ss}", "kind", "silent", "since", time);
    default:
        return json_pack("{ss sI}", "kind", "battery", "battery", (json_int_t)value);
    }
}

char *ln_rules_body(const ln_rule *rule, const ln_alarm *alarm, const ln_news *news, uint64_t value)
{
    char time[TIME_TEXT];
    ln_text line = {0};
    print_time(time, alarm->row.time_ms, "%Y-%m-%dT%H:%M:%SZ");
    print_line(&line, rule, alarm, news, value);
    json_t *more = details(rule, alarm, value);
    json_t *root =
        line.failed || !more
            ? NULL
            : json_pack("{ss ss so so ss sI sI}", "rule", alarm->row.rule, "source", news->source, "device",
                        json_text(news->device), "text", json_text(line.bytes), "time", time, "event",
                        (json_int_t)alarm->row.event, "picture", (json_int_t)alarm->row.picture);
    char *body = NULL;
    if (root && json_object_update(root, more) == 0)
        body = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(root);
    json_decref(more);
    free(line.bytes);
    return body;
}
