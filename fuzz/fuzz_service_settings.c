/* Any bytes as the settings of limitnet serve, with a file of labels behind a line "%%". What is accepted is
 * as docs/SERVICE.md says; what is refused leaves nothing. What stands in a file of a secret is in no text.
 */
#include "fuzz_error.h"

#include "host/keys.h"
#include "service/settings/settings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECRET "hunter2-from-a-file"
#define MILLION 1000000u
#define DAY UINT64_C(86400000)

static void check_common(const ln_service_settings *s)
{
    REQUIRE(s->store && s->model && s->zone && s->listen);
    REQUIRE(s->idle >= 1000 && s->idle <= 30 * DAY && s->deadline >= 1000 && s->deadline <= 30 * DAY);
    REQUIRE(s->port <= 223 && s->batch >= 1 && s->batch <= 8 && s->workers >= 1 && s->workers <= 64);
    REQUIRE(s->sure <= MILLION || s->sure == LN_KEY_UNSET);
    REQUIRE(s->hints ? s->hints_a_day - 1 < 1000 && s->hint_port - 1 < 223
                     : s->hints_a_day == LN_KEY_UNSET && s->hint_port == LN_KEY_UNSET);
    REQUIRE(s->web_port <= 65535 && s->metrics_port <= 65535 && s->log <= LN_LOG_DEBUG);
    REQUIRE(s->source_count >= 1 && s->source_count <= LN_MOST_SOURCES);
}

static void check_source(const ln_source *s)
{
    REQUIRE(s->name[0] && s->kind <= LN_SOURCE_WEBHOOK && s->form <= LN_FORM_SHORT_BURST && s->form_name);
    REQUIRE(s->kind == LN_SOURCE_MQTT ? s->url && s->topic && s->client && !s->secret
                                      : s->secret && s->secret[0] && !s->url && !s->password);
    REQUIRE(!s->password || s->user);
}

static void check_rule(const ln_service_settings *all, const ln_rule *r)
{
    REQUIRE(r->name[0] && r->kind <= LN_RULE_BATTERY && r->class_count <= LN_RULE_CLASSES);
    for (uint64_t i = 0; i < r->target_count; i++)
        REQUIRE(ln_service_settings_target(all, r->targets[i]));
    for (uint64_t i = 0; i < r->class_count; i++)
        REQUIRE(r->classes[i][0] && !strchr(r->classes[i], ','));
    if (r->kind != LN_RULE_SEEN)
        return;
    REQUIRE(r->score <= MILLION && r->cooldown <= 366 * DAY && (r->looks > 0) + (r->pictures > 0) == 1);
    REQUIRE(r->from < 24 * 60 && r->to < 24 * 60 && (r->hours != NULL) == (r->from != r->to));
    REQUIRE(r->zone_count == 0 || (r->zone_count == 4 && r->zone[0] < r->zone[2] && r->zone[1] < r->zone[3]));
}

static void check_target(const ln_target *t)
{
    REQUIRE(t->name[0] && t->kind <= LN_TARGET_MQTT && t->picture <= 1 && strstr(t->url, "://"));
    REQUIRE(t->kind != LN_TARGET_TELEGRAM || (t->token && t->chat));
    REQUIRE(t->kind != LN_TARGET_MAIL || (t->from && t->to_count > 0));
    REQUIRE(t->kind != LN_TARGET_MQTT || t->topic);
}

/* Whether the secret stands in the settings themselves, say as a user's name, which is no secret. */
static int gives_it_away(fuzz_part part)
{
    char *text = fuzz_text(part);
    int found = strstr(text, SECRET) != NULL;
    free(text);
    return found;
}

static void check_for_exports(const ln_service_settings *s)
{
    const ln_people *p = &s->people;
    REQUIRE(p->mode <= LN_PEOPLE_DROP && p->class_count <= LN_PEOPLE_CLASSES);
    REQUIRE(p->mode == LN_PEOPLE_KEEP ? p->score == LN_KEY_UNSET && !p->class_count
                                      : p->score <= MILLION && p->class_count);
    for (const ln_site *c = s->cameras; c < s->cameras + s->camera_count; c++) {
        REQUIRE(strchr(c->name, '/') && fabs(strtod(c->latitude, NULL)) <= 90);
        REQUIRE(fabs(strtod(c->longitude, NULL)) <= 180);
    }
    for (const ln_species *one = s->species; one < s->species + s->species_count; one++)
        REQUIRE(one->name[0] && one->scientific && ln_service_settings_species(s, one->name) == one);
}

static void check_all(const ln_service_settings *s)
{
    ln_text text = {0};
    check_common(s);
    check_for_exports(s);
    for (size_t i = 0; i < s->source_count; i++)
        check_source(&s->sources[i]);
    for (size_t i = 0; i < s->rule_count; i++)
        check_rule(s, &s->rules[i]);
    for (size_t i = 0; i < s->target_count; i++)
        check_target(&s->targets[i]);
    ln_service_settings_print(&text, s);
    REQUIRE(text.bytes && !strstr(text.bytes, SECRET));
    free(text.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ln_service_settings empty;
    fuzz_part rest = {data, size};
    const fuzz_part text = fuzz_take(&rest);
    if (gives_it_away(text))
        return 0;
    fuzz_write("labels.txt", rest.bytes, rest.size);
    fuzz_write("secret", SECRET "\n", sizeof SECRET);
    setenv("SECRET", "a secret", 1);
    ln_service_settings s;
    ln_error error = FUZZ_UNTOUCHED;
    ln_status status = ln_service_settings_read(&s, fuzz_write("serve.conf", text.bytes, text.size), &error);
    fuzz_check_error(status, &error);
    REQUIRE(!strstr(error.text, SECRET));
    if (status == LN_OK)
        check_all(&s);
    ln_service_settings_free(&s);
    REQUIRE(memcmp(&s, &empty, sizeof s) == 0);
    return 0;
}
