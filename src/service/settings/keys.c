/* Which settings the service can have: the tables, and what holds where nothing is given. */
#include "service/settings/read.h"
#include "service/sources/mqtt.h"

#include <limitnet/cloud.h>

#define MILLION 1000000u
#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define LONGEST (3660 * DAY)

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define MANUAL "docs/SERVICE.md"

/* ---- Sections without a name ----------------------------------------------------------------- */

#define NUMBER(section, name, member, quantity, least, most)                                                 \
    LN_NUMBER_KEY(section, name, ln_service_settings, member, quantity, least, most)
#define TEXT(section, name, kind, member)                                                                    \
    LN_TEXT_KEY(section, name, LN_KEY_##kind, ln_service_settings, member)

static const ln_key service_keys[] = {
    TEXT("service", "store", PLACE, store),
    TEXT("service", "model", NAME, model),
    TEXT("service", "vision", PATH, vision),
    TEXT("service", "labels", PATH, labels),
    TEXT("service", "time zone", TEXT, zone),
    NUMBER("service", "idle", idle, LN_TIME, SECOND, 30 * DAY),
    NUMBER("service", "deadline", deadline, LN_TIME, SECOND, 30 * DAY),
    NUMBER("service", "late", late, LN_TIME, SECOND, 30 * DAY),
    NUMBER("service", "port", port, LN_COUNT, 0, 223),
    NUMBER("service", "batch", batch, LN_COUNT, 1, LN_VISION_MAX_BATCH),
    NUMBER("service", "workers", workers, LN_COUNT, 1, 64),
    NUMBER("service", "sure", sure, LN_PART, 0, MILLION),
    LN_CHOICE_KEY("service", "hints", ln_service_settings, hints, " no yes"),
    NUMBER("service", "hints a day", hints_a_day, LN_COUNT, 1, 1000),
    NUMBER("service", "hint port", hint_port, LN_COUNT, 1, 223),
    NUMBER("retention", "age", age, LN_TIME, HOUR, LONGEST),
    NUMBER("retention", "alarms age", alarms_age, LN_TIME, HOUR, LONGEST),
    NUMBER("retention", "disk", disk, LN_BYTES, 100 * MILLION, UINT64_C(1000000000) * MILLION),
    LN_CHOICE_KEY("retention", "keep alarms", ln_service_settings, keep_alarms, " no yes"),
    LN_CHOICE_KEY("privacy", "people", ln_service_settings, people.mode, " keep blur drop"),
    LN_TEXTS_KEY("privacy", "people classes", ln_service_settings, people.classes, people.class_count,
                 LN_PEOPLE_CLASSES),
    NUMBER("privacy", "people score", people.score, LN_PART, 0, MILLION),
    TEXT("project", "title", TEXT, project.title),
    TEXT("project", "contributor", TEXT, project.contributor),
    LN_CHOICE_KEY("project", "sampling design", ln_service_settings, project.design, LN_SAMPLING_DESIGNS),
    LN_CHOICE_KEY("project", "capture method", ln_service_settings, project.method, LN_CAPTURE_METHODS),
    TEXT("web", "listen", TEXT, listen),
    NUMBER("web", "port", web_port, LN_COUNT, 0, 65535),
    NUMBER("web", "metrics port", metrics_port, LN_COUNT, 0, 65535),
    LN_CHOICE_KEY("log", "level", ln_service_settings, log, " error warning info debug"),
};

ln_keys ln_service_keys(ln_service_settings *settings)
{
    return (ln_keys){service_keys, COUNT(service_keys), MANUAL, settings, {0}};
}

void ln_service_default(ln_service_settings *settings)
{
    settings->idle = HOUR;
    settings->deadline = HOUR;
    settings->late = LN_LATE_MS;
    settings->batch = LN_VISION_MAX_BATCH;
    settings->workers = 1;
    settings->sure = settings->hints_a_day = settings->hint_port = LN_KEY_UNSET;
    settings->people.score = settings->project.design = settings->project.method = LN_KEY_UNSET;
    settings->keep_alarms = 1;
    settings->web_port = 8080;
    settings->log = LN_LOG_INFO;
}

/* ---- Sources --------------------------------------------------------------------------------- */

#define SOURCE(name, kind, member) LN_TEXT_KEY("source", name, LN_KEY_##kind, ln_source, member)

static const ln_key source_keys[] = {
    LN_CHOICE_KEY("source", "kind", ln_source, kind, " mqtt webhook"),
    LN_CHOICE_KEY("source", "form", ln_source, form,
                  " chirpstack chirpstack-protobuf the-things-stack sigfox short-burst"),
    SOURCE("url", URL, url),
    SOURCE("user", TEXT, user),
    SOURCE("password", SECRET, password),
    SOURCE("password file", PATH, password_file),
    SOURCE("topic", TEXT, topic),
    SOURCE("client id", TEXT, client),
    SOURCE("share", TEXT, share),
    LN_NUMBER_KEY("source", "connections", ln_source, connections, LN_COUNT, 1, LN_MQTT_CONNECTIONS),
    SOURCE("ca file", PATH, ca_file),
    SOURCE("secret", SECRET, secret),
    SOURCE("secret file", PATH, secret_file),
};

ln_keys ln_source_keys(ln_source *source)
{
    return (ln_keys){source_keys, COUNT(source_keys), MANUAL, source, {0}};
}

void ln_source_default(ln_source *source)
{
    source->kind = source->form = source->connections = LN_KEY_UNSET;
}

/* ---- Rules ----------------------------------------------------------------------------------- */

#define RULE(name, member, quantity, least, most)                                                            \
    LN_NUMBER_KEY("rule", name, ln_rule, member, quantity, least, most)

static const ln_key rule_keys[] = {
    LN_CHOICE_KEY("rule", "kind", ln_rule, kind, " seen silent battery"),
    LN_TEXTS_KEY("rule", "devices", ln_rule, devices, device_count, LN_RULE_DEVICES),
    LN_TEXTS_KEY("rule", "targets", ln_rule, targets, target_count, LN_MOST_TARGETS),
    LN_TEXTS_KEY("rule", "classes", ln_rule, classes, class_count, LN_RULE_CLASSES),
    RULE("score", score, LN_PART, 0, MILLION),
    RULE("looks", looks, LN_COUNT, 1, 100),
    RULE("pictures", pictures, LN_COUNT, 1, 100),
    LN_NUMBERS_KEY("rule", "zone", ln_rule, zone, zone_count, LN_PART, 0, MILLION, 4),
    LN_TEXT_KEY("rule", "hours", LN_KEY_TEXT, ln_rule, hours),
    RULE("cooldown", cooldown, LN_TIME, 0, 366 * DAY),
    RULE("silent after", silent, LN_TIME, MINUTE, 366 * DAY),
    RULE("battery below", battery, LN_PERCENT, 1, 100),
};

ln_keys ln_rule_keys(ln_rule *rule)
{
    return (ln_keys){rule_keys, COUNT(rule_keys), MANUAL, rule, {0}};
}

void ln_rule_default(ln_rule *rule)
{
    rule->kind = rule->score = rule->cooldown = LN_KEY_UNSET;
}

/* ---- Targets --------------------------------------------------------------------------------- */

#define TARGET(name, kind, member) LN_TEXT_KEY("target", name, LN_KEY_##kind, ln_target, member)

static const ln_key target_keys[] = {
    LN_CHOICE_KEY("target", "kind", ln_target, kind, " webhook telegram mail mqtt"),
    LN_CHOICE_KEY("target", "picture", ln_target, picture, " no yes"),
    TARGET("url", URL, url),
    TARGET("ca file", PATH, ca_file),
    TARGET("secret", SECRET, secret),
    TARGET("secret file", PATH, secret_file),
    TARGET("token", SECRET, token),
    TARGET("token file", PATH, token_file),
    TARGET("chat", TEXT, chat),
    TARGET("user", TEXT, user),
    TARGET("password", SECRET, password),
    TARGET("password file", PATH, password_file),
    TARGET("from", TEXT, from),
    LN_TEXTS_KEY("target", "to", ln_target, to, to_count, LN_MAIL_RECEIVERS),
    TARGET("topic", TEXT, topic),
};

ln_keys ln_target_keys(ln_target *target)
{
    return (ln_keys){target_keys, COUNT(target_keys), MANUAL, target, {0}};
}

void ln_target_default(ln_target *target)
{
    target->kind = LN_KEY_UNSET;
    target->picture = 1;
}

/* ---- For exports ----------------------------------------------------------------------------- */

static const ln_key camera_keys[] = {
    LN_TEXT_KEY("camera", "latitude", LN_KEY_TEXT, ln_site, latitude),
    LN_TEXT_KEY("camera", "longitude", LN_KEY_TEXT, ln_site, longitude),
    LN_TEXT_KEY("camera", "place", LN_KEY_TEXT, ln_site, place),
};

ln_keys ln_site_keys(ln_site *camera)
{
    return (ln_keys){camera_keys, COUNT(camera_keys), MANUAL, camera, {0}};
}

static const ln_key species_keys[] = {
    LN_TEXT_KEY("species", "scientific name", LN_KEY_TEXT, ln_species, scientific),
};

ln_keys ln_species_keys(ln_species *species)
{
    return (ln_keys){species_keys, COUNT(species_keys), MANUAL, species, {0}};
}
