/* Checks of [rule NAME]. */
#include "service/settings/read.h"

#include <string.h>

#define SEEN (1u << LN_RULE_SEEN)
#define SILENT (1u << LN_RULE_SILENT)
#define BATTERY (1u << LN_RULE_BATTERY)
#define DEFAULT_SCORE 500000u    /* parts of a million */
#define DEFAULT_COOLDOWN 600000u /* milliseconds */
#define DAY_MINUTES (24 * 60)

static const char *const kinds[] = {"seen", "silent", "battery"};

static const ln_need needs[] = {
    {"devices", 0, SEEN | SILENT | BATTERY},
    {"targets", 0, SEEN | SILENT | BATTERY},
    {"classes", 0, SEEN},
    {"score", 0, SEEN},
    {"looks", 0, SEEN},
    {"pictures", 0, SEEN},
    {"zone", 0, SEEN},
    {"hours", 0, SEEN},
    {"cooldown", 0, SEEN},
    {"silent after", SILENT, 0},
    {"battery below", BATTERY, 0},
};

/* Reads HH:MM, and moves behind it. -1: it is none. */
static int read_minute(const char **text)
{
    const char *t = *text;
    static const char digits[] = "0123456789";
    if (strspn(t, digits) != 2 || t[2] != ':' || strspn(t + 3, digits) != 2)
        return -1;
    int hour = (t[0] - '0') * 10 + t[1] - '0', minute = (t[3] - '0') * 10 + t[4] - '0';
    *text += 5;
    return minute < 60 && hour * 60 + minute <= DAY_MINUTES ? hour * 60 + minute : -1;
}

/* "21:00-05:00". */
static int read_hours(ln_rule *rule)
{
    const char *text = rule->hours;
    int from = read_minute(&text);
    text += strspn(text, " ");
    if (from < 0 || *text++ != '-')
        return 0;
    text += strspn(text, " ");
    int to = read_minute(&text);
    rule->from = (unsigned)from % DAY_MINUTES;
    rule->to = (unsigned)to % DAY_MINUTES;
    return to >= 0 && !*text && rule->from != rule->to;
}

static ln_status check_targets(const ln_service_reading *r, const ln_keys *keys, const ln_rule *rule,
                               size_t line)
{
    for (uint64_t i = 0; i < rule->target_count; i++) {
        if (!ln_service_settings_target(r->settings, rule->targets[i]))
            return ln_service_fail(r, keys, line, "targets",
                                   "names a target that has no section [target NAME]");
        for (uint64_t j = 0; j < i; j++)
            if (strcmp(rule->targets[i], rule->targets[j]) == 0)
                return ln_service_fail(r, keys, line, "targets", "names a target twice");
    }
    return LN_OK;
}

static ln_status check_seen(const ln_service_reading *r, const ln_keys *keys, ln_rule *rule, size_t line)
{
    const uint64_t *zone = rule->zone;
    if (rule->looks && rule->pictures)
        return ln_service_fail(r, keys, line, "pictures", "give either 'looks' or 'pictures'");
    if (ln_keys_given(keys, "rule", "zone") &&
        (rule->zone_count != 4 || zone[0] >= zone[2] || zone[1] >= zone[3]))
        return ln_service_fail(r, keys, line, "zone",
                               "is no left, top, right, bottom as shares, such as 0, 0.5, 1, 1");
    if (rule->hours && !read_hours(rule))
        return ln_service_fail(r, keys, line, "hours", "is no span of a day such as 21:00-05:00");
    if (!rule->looks && !rule->pictures)
        rule->looks = 1;
    if (rule->score == LN_KEY_UNSET)
        rule->score = DEFAULT_SCORE;
    if (rule->cooldown == LN_KEY_UNSET)
        rule->cooldown = DEFAULT_COOLDOWN;
    return LN_OK;
}

ln_status ln_rule_check(const ln_service_reading *r, size_t number)
{
    ln_rule *rule = &r->settings->rules[number];
    const ln_keys *keys = &r->rules[number];
    size_t line = r->rule_line[number];
    ln_status status =
        ln_service_check_needs(r, keys, line, kinds, rule->kind, needs, sizeof needs / sizeof *needs);
    if (status == LN_OK)
        status = check_targets(r, keys, rule, line);
    return status == LN_OK && rule->kind == LN_RULE_SEEN ? check_seen(r, keys, rule, line) : status;
}
