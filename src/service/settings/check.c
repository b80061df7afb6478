/* Checks of the sections without a name, and of all of them together. */
#include "service/settings/read.h"

#include "cloud/file.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_LABEL_BYTES ((size_t)1 << 24)
#define MOST_ZONE_BYTES ((size_t)1 << 16)
#define HINTS_A_DAY 10 /* what The Things Stack calls a fair use */
#define HINT_PORT 2    /* that the cameras in examples/ send to and listen on */
#define ZONES "/usr/share/zoneinfo/"

static ln_status fail(const ln_service_reading *r, const char *section, const char *name, const char *what)
{
    return ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: %s", r->path, ln_keys_line(&r->common, section, name),
                   name, what);
}

static ln_status fill_in(char **text, const char *value, ln_error *error)
{
    if (!*text)
        *text = strdup(value);
    return *text ? LN_OK : ln_fail_memory(error);
}

/* A number that means something only with hints. */
static ln_status check_hint(const ln_service_reading *r, const char *name, uint64_t *number, uint64_t value)
{
    if (!r->settings->hints && *number != LN_KEY_UNSET)
        return fail(r, "service", name, "means nothing without 'hints = yes'");
    if (r->settings->hints && *number == LN_KEY_UNSET)
        *number = value;
    return LN_OK;
}

static ln_status check_hints(const ln_service_reading *r)
{
    ln_status status = check_hint(r, "hints a day", &r->settings->hints_a_day, HINTS_A_DAY);
    return status == LN_OK ? check_hint(r, "hint port", &r->settings->hint_port, HINT_PORT) : status;
}

static ln_status check_common(const ln_service_reading *r)
{
    ln_service_settings *s = r->settings;
    unsigned char address[sizeof(struct in6_addr)];
    if (!s->store)
        return fail(r, "service", "store", "is needed in [service]: a file's name, or postgresql://...");
    if (strstr(s->store, "://") && strncmp(s->store, "postgresql://", 13) != 0)
        return fail(r, "service", "store", "is neither a file's name nor postgresql://...");
    if (s->listen && inet_pton(AF_INET, s->listen, address) != 1 &&
        inet_pton(AF_INET6, s->listen, address) != 1)
        return fail(r, "web", "listen", "is no address of this computer such as 127.0.0.1 or ::");
    if (s->metrics_port && s->metrics_port == s->web_port)
        return fail(r, "web", "metrics port", "is the page's port already");
    if (s->alarms_age && !s->keep_alarms)
        return fail(r, "retention", "alarms age", "means nothing with 'keep alarms = no'");
    if (s->alarms_age && s->alarms_age < s->age)
        return fail(r, "retention", "alarms age", "is less than 'age'");
    ln_status status = fill_in(&s->model, "pyramid-224", r->error);
    if (status == LN_OK)
        status = fill_in(&s->zone, "UTC", r->error);
    return status == LN_OK ? fill_in(&s->listen, "127.0.0.1", r->error) : status;
}

/* ---- Time zone ------------------------------------------------------------------------------- */

/* The C library takes an unknown zone for UTC without a word. */
static ln_status check_zone(const ln_service_reading *r)
{
    const char *zone = r->settings->zone;
    ln_text path = {0};
    uint8_t *bytes = NULL;
    size_t size = 0;
    if (strcmp(zone, "UTC") == 0)
        return LN_OK;
    ln_text_add(&path, "%s%s", ZONES, zone);
    ln_status status = path.failed ? LN_ERR_MEMORY : LN_ERR_IO;
    if (status == LN_ERR_IO && *zone != '/' && !strstr(zone, ".."))
        status = ln_file_read(path.bytes, MOST_ZONE_BYTES, &bytes, &size, NULL);
    int is_zone = size > 4 && memcmp(bytes, "TZif", 4) == 0;
    free(path.bytes);
    free(bytes);
    if (status == LN_ERR_MEMORY)
        return ln_fail_memory(r->error);
    return is_zone ? LN_OK
                   : fail(r, "service", "time zone",
                          "is no zone such as Europe/Berlin, or the package tzdata is missing");
}

void ln_service_settings_use_zone(const ln_service_settings *settings)
{
    setenv("TZ", strcmp(settings->zone, "UTC") == 0 ? "UTC0" : settings->zone, 1);
    tzset();
}

/* ---- Classes --------------------------------------------------------------------------------- */

static int has_line(const char *text, const char *line)
{
    size_t length = strlen(line);
    for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strcspn(at, "\n") == length && memcmp(at, line, length) == 0)
            return 1;
    return 0;
}

static ln_status check_classes(const ln_service_reading *r, const char *labels)
{
    for (size_t i = 0; i < r->settings->rule_count; i++) {
        const ln_rule *rule = &r->settings->rules[i];
        for (uint64_t j = 0; j < rule->class_count; j++) {
            char what[128];
            snprintf(what, sizeof what, "'%.60s' is no label of [service] labels", rule->classes[j]);
            if (strspn(rule->classes[j], "0123456789") != strlen(rule->classes[j]) &&
                !has_line(labels, rule->classes[j]))
                return ln_service_fail(r, &r->rules[i], r->rule_line[i], "classes", what);
        }
    }
    return LN_OK;
}

static ln_status check_labels(const ln_service_reading *r)
{
    char *text;
    if (!r->settings->labels)
        return LN_OK;
    ln_status status = ln_text_read(r->settings->labels, MOST_LABEL_BYTES, &text, r->error);
    if (status != LN_OK)
        return status;
    status = check_classes(r, text);
    free(text);
    return status;
}

/* ---- All ------------------------------------------------------------------------------------- */

ln_status ln_service_check(const ln_service_reading *r)
{
    const ln_service_settings *s = r->settings;
    ln_status status = check_common(r);
    if (status == LN_OK)
        status = check_hints(r);
    if (status == LN_OK)
        status = check_zone(r);
    if (status == LN_OK)
        status = ln_people_check(r);
    for (size_t i = 0; i < s->camera_count && status == LN_OK; i++)
        status = ln_site_check(r, i);
    for (size_t i = 0; i < s->species_count && status == LN_OK; i++)
        status = ln_species_check(r, i);
    for (size_t i = 0; i < s->target_count && status == LN_OK; i++)
        status = ln_target_check(r, i);
    for (size_t i = 0; i < s->source_count && status == LN_OK; i++)
        status = ln_source_check(r, i);
    for (size_t i = 0; i < s->rule_count && status == LN_OK; i++)
        status = ln_rule_check(r, i);
    if (status == LN_OK && s->source_count == 0)
        return ln_fail(r->error, LN_ERR_IO, "%s: has no [source NAME]: no frames would come", r->path);
    return status == LN_OK ? check_labels(r) : status;
}
