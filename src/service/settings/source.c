/* Checks of [source NAME]. */
#include "service/settings/read.h"

#include <stdlib.h>
#include <string.h>

#define MQTT (1u << LN_SOURCE_MQTT)
#define WEBHOOK (1u << LN_SOURCE_WEBHOOK)

static const char *const kinds[] = {"mqtt", "webhook"};

static const ln_need needs[] = {
    {"form", MQTT | WEBHOOK, 0}, {"url", MQTT, 0},     {"user", 0, MQTT},      {"password", 0, MQTT},
    {"password file", 0, MQTT},  {"topic", 0, MQTT},   {"client id", 0, MQTT}, {"share", 0, MQTT},
    {"connections", 0, MQTT},    {"ca file", 0, MQTT}, {"secret", 0, WEBHOOK}, {"secret file", 0, WEBHOOK},
};

/* A form's name as ln_event_reader_of takes it, and the topic where its network sends uplinks; null: there is
 * no usual one. */
static const struct {
    const char *name, *topic;
} forms[] = {
    [LN_FORM_CHIRPSTACK] = {"chirpstack", "application/+/device/+/event/up"},
    [LN_FORM_CHIRPSTACK_PROTOBUF] = {"chirpstack-protobuf", "application/+/device/+/event/up"},
    [LN_FORM_THINGS_STACK] = {"the-things-stack", "v3/+/devices/+/up"},
    [LN_FORM_SIGFOX] = {"sigfox", NULL},
    [LN_FORM_SHORT_BURST] = {"short-burst", NULL},
};

static ln_status fill_in(char **text, const char *before, const char *name, ln_error *error)
{
    ln_text made = {0};
    ln_text_add(&made, "%s%s", before, name);
    *text = made.bytes;
    return ln_text_check(&made, error);
}

/* Several connections share the events; they need a name for it. */
static ln_status share(const ln_service_reading *r, const ln_keys *keys, ln_source *s, size_t line)
{
    if (s->connections == LN_KEY_UNSET)
        s->connections = 1;
    if (s->connections > 1 && !s->share) {
        ln_status status = fill_in(&s->share, "", s->client, r->error);
        if (status != LN_OK)
            return status;
    }
    if (s->share && (!*s->share || strpbrk(s->share, "/+#")))
        return ln_service_fail(r, keys, line, "share", "is a name without / + #");
    return LN_OK;
}

static ln_status check_mqtt(const ln_service_reading *r, const ln_keys *keys, ln_source *s, size_t line)
{
    if (!ln_service_is_url(s->url, " mqtt mqtts"))
        return ln_service_fail(r, keys, line, "url",
                               "is no mqtt://HOST or mqtts://HOST without user and password");
    if (s->ca_file && strncmp(s->url, "mqtts:", 6) != 0)
        return ln_service_fail(r, keys, line, "ca file", "means nothing without mqtts://");
    if (!s->topic && !forms[s->form].topic)
        return ln_service_fail(r, keys, line, "topic", "is needed: this form has no usual one");
    ln_status status = LN_OK;
    if (!s->topic)
        status = fill_in(&s->topic, "", forms[s->form].topic, r->error);
    if (status == LN_OK && !s->client)
        status = fill_in(&s->client, "limitnet-", s->name, r->error);
    if (status == LN_OK)
        status = share(r, keys, s, line);
    if (status == LN_OK)
        status = ln_service_read_secret(r, keys, line, "password", &s->password, s->password_file);
    if (status == LN_OK && s->password && !s->user)
        return ln_service_fail(r, keys, line, "user", "is needed with a password");
    return status;
}

static ln_status check_webhook(const ln_service_reading *r, const ln_keys *keys, ln_source *s, size_t line)
{
    if (!s->secret && !s->secret_file)
        return ln_service_fail(r, keys, line, "secret", "or 'secret file' is needed: the network shows it");
    return ln_service_read_secret(r, keys, line, "secret", &s->secret, s->secret_file);
}

/* Whether the client of `s` has the id of one of the connections of `other`. */
static int is_one_of(const ln_source *s, const ln_source *other)
{
    size_t length = strlen(other->client);
    char *end;
    if (other->connections == 1 || s->connections > 1 || strncmp(s->client, other->client, length) != 0)
        return 0;
    const char *at = s->client + length;
    if (at[0] != '-' || at[1] < '1' || at[1] > '9')
        return 0;
    return strtoul(at + 1, &end, 10) <= other->connections && !*end;
}

/* Two of a broker's clients with one name would push each other out. */
static ln_status check_alone(const ln_service_reading *r, size_t number)
{
    const ln_source *s = &r->settings->sources[number];
    for (size_t i = 0; i < number; i++) {
        const ln_source *other = &r->settings->sources[i];
        if (!s->client || !other->client)
            continue;
        if (!strcmp(s->client, other->client) || is_one_of(s, other) || is_one_of(other, s))
            return ln_service_fail(r, &r->sources[number], r->source_line[number], "client id",
                                   "is another source's already");
    }
    return LN_OK;
}

ln_status ln_source_check(const ln_service_reading *r, size_t number)
{
    ln_source *s = &r->settings->sources[number];
    const ln_keys *keys = &r->sources[number];
    size_t line = r->source_line[number];
    ln_status status =
        ln_service_check_needs(r, keys, line, kinds, s->kind, needs, sizeof needs / sizeof *needs);
    if (status != LN_OK)
        return status;
    s->form_name = forms[s->form].name;
    status = s->kind == LN_SOURCE_MQTT ? check_mqtt(r, keys, s, line) : check_webhook(r, keys, s, line);
    return status == LN_OK ? check_alone(r, number) : status;
}
