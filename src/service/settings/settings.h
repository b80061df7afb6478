/* The settings of `limitnet serve`. docs/SERVICE.md describes the file, packaging/serve.conf is one. */
#ifndef LN_SERVICE_SETTINGS_SETTINGS_H
#define LN_SERVICE_SETTINGS_SETTINGS_H

#include "cloud/text.h"
#include "host/ini.h"
#include "service/log.h"

#include <stdint.h>

#define LN_MOST_SOURCES 16
#define LN_MOST_RULES 64
#define LN_MOST_TARGETS 16
#define LN_RULE_CLASSES 64 /* of a rule at most */
#define LN_RULE_DEVICES 16
#define LN_MAIL_RECEIVERS 16
#define LN_MOST_CAMERAS 1024
#define LN_MOST_SPECIES 1024
#define LN_PEOPLE_CLASSES 16
#define LN_PEOPLE_CLASS "person" /* as COCO calls them */
#define LN_SETTING_NAME 32       /* characters of a source's, a rule's or a target's name at most */

/* Numbers are kept as host/values.h says: times in milliseconds, shares in parts of a million. A text that is
 * null was not given. */

enum { LN_SOURCE_MQTT, LN_SOURCE_WEBHOOK };
enum {
    LN_FORM_CHIRPSTACK,
    LN_FORM_CHIRPSTACK_PROTOBUF,
    LN_FORM_THINGS_STACK,
    LN_FORM_SIGFOX,
    LN_FORM_SHORT_BURST
};
enum { LN_RULE_SEEN, LN_RULE_SILENT, LN_RULE_BATTERY };
enum { LN_PEOPLE_KEEP, LN_PEOPLE_BLUR, LN_PEOPLE_DROP };
enum { LN_TARGET_WEBHOOK, LN_TARGET_TELEGRAM, LN_TARGET_MAIL, LN_TARGET_MQTT };

/* The standard's own words (Camtrap DP 1.0), as ln_key has them. */
#define LN_SAMPLING_DESIGNS                                                                                  \
    " simpleRandom systematicRandom clusteredRandom experimental targeted opportunistic"
#define LN_CAPTURE_METHODS " activityDetection timeLapse"

/* [source NAME]: where frames come from. */
typedef struct ln_source {
    char name[LN_SETTING_NAME + 1];
    uint64_t kind, form;
    const char *form_name; /* as ln_event_reader_of takes it */
    char *url, *user, *password, *password_file, *topic, *client, *share, *ca_file; /* of LN_SOURCE_MQTT */
    uint64_t connections;                                                           /* of LN_SOURCE_MQTT */
    char *secret, *secret_file;                                                     /* of LN_SOURCE_WEBHOOK */
} ln_source;

/* [rule NAME]: when an alarm is raised (service/rules/rules.h). */
typedef struct ln_rule {
    char name[LN_SETTING_NAME + 1];
    uint64_t kind;
    char *devices[LN_RULE_DEVICES]; /* patterns; none: all devices */
    uint64_t device_count;
    char *targets[LN_MOST_TARGETS]; /* names */
    uint64_t target_count;
    char *classes[LN_RULE_CLASSES]; /* names or numbers; none: any class */
    uint64_t class_count;
    uint64_t score, looks, pictures, cooldown;
    uint64_t zone[4], zone_count; /* x0, y0, x1, y1; zone_count is 4, or 0: the whole picture */
    char *hours;
    unsigned from, to;        /* minutes of the day; equal: always */
    uint64_t silent, battery; /* LN_RULE_SILENT: how long; LN_RULE_BATTERY: percent */
} ln_rule;

/* [target NAME]: where alarms go (service/deliver/deliver.h). */
typedef struct ln_target {
    char name[LN_SETTING_NAME + 1];
    uint64_t kind, picture; /* picture 1: goes along */
    char *url, *ca_file;
    char *secret, *secret_file;            /* LN_TARGET_WEBHOOK: signs the body */
    char *token, *token_file, *chat;       /* LN_TARGET_TELEGRAM */
    char *user, *password, *password_file; /* LN_TARGET_MAIL, LN_TARGET_MQTT */
    char *from, *to[LN_MAIL_RECEIVERS];    /* LN_TARGET_MAIL */
    uint64_t to_count;
    char *topic; /* LN_TARGET_MQTT */
} ln_target;

/* [camera SOURCE/NAME]: where a camera stands, for exports. */
typedef struct ln_site {
    char name[LN_INI_NAME + 1];
    char *latitude, *longitude; /* decimal degrees; both are there */
    char *place;                /* its name */
} ln_site;

/* [species LABEL]: what a class of the vision model is, for exports. */
typedef struct ln_species {
    char name[LN_INI_NAME + 1];
    char *scientific;
} ln_species;

/* What becomes of pictures that show people (service/pictures/people.h). */
typedef struct ln_people {
    uint64_t mode;                    /* LN_PEOPLE_KEEP and so on */
    char *classes[LN_PEOPLE_CLASSES]; /* names; none: LN_PEOPLE_CLASS */
    uint64_t class_count;
    uint64_t score; /* of such an object at least; LN_KEY_UNSET with LN_PEOPLE_KEEP */
} ln_people;

/* Who watches what and how, for exports. A choice that was not made is LN_KEY_UNSET. */
typedef struct ln_project {
    char *title, *contributor;
    uint64_t design, method; /* words of the settings `sampling design` and `capture method` */
} ln_project;

typedef struct ln_service_settings {
    /* [service] */
    char *store, *model, *vision, *labels, *zone;
    uint64_t idle, deadline, late, port, batch, workers;
    uint64_t sure;                          /* UINT64_MAX: never */
    uint64_t hints, hints_a_day, hint_port; /* the last two UINT64_MAX without hints */

    /* [retention] Zero: without a limit. */
    uint64_t age, alarms_age, disk, keep_alarms;

    /* [privacy], [project] */
    ln_people people;
    ln_project project;

    /* [web], [log] A port of zero: none. */
    char *listen;
    uint64_t web_port, metrics_port, log;

    ln_source *sources;
    ln_rule *rules;
    ln_target *targets;
    ln_site *cameras;
    ln_species *species;
    size_t source_count, rule_count, target_count, camera_count, species_count;
} ln_service_settings;

/* Reads a file, checks that all of it fits together, and reads the files that hold secrets.
 *   settings   the caller's to ln_service_settings_free; empty after an error
 * Errors: LN_ERR_IO with file and line, LN_ERR_MEMORY. No message holds a secret. */
ln_status ln_service_settings_read(ln_service_settings *settings, const char *path, ln_error *error);

void ln_service_settings_free(ln_service_settings *settings);

/* Prints what was understood, with what was not given, as a file of settings. No secret is shown, and of an
 * address only the host. */
void ln_service_settings_print(ln_text *out, const ln_service_settings *settings);

/* Makes the time zone of the settings that of the process, for ln_rules_run. While no other thread runs. */
void ln_service_settings_use_zone(const ln_service_settings *settings);

/* What the settings say of a camera, or of a class; null: nothing. */
const ln_site *ln_service_settings_site(const ln_service_settings *settings, const char *source,
                                        const char *device);
const ln_species *ln_service_settings_species(const ln_service_settings *settings, const char *label);

/* The target of a name; null: there is none. */
const ln_target *ln_service_settings_target(const ln_service_settings *settings, const char *name);

#endif
