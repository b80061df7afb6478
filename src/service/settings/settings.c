/* Reading the settings of the service: which section a line belongs to, and what is released. */
#include "service/settings/read.h"

#include "host/ini.h"

#include <stdlib.h>
#include <string.h>

#define NAME_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/* ---- Sections -------------------------------------------------------------------------------- */

/* A kind of section with a name, as far as reading goes: where its objects are, one behind the other. Each
 * begins with its name. */
typedef struct section_kind {
    const char *word;
    void *objects;
    size_t size, *count, most;
    ln_keys *keys;
    size_t *lines;
    int is_free; /* 1: the name may be any */
} section_kind;

static ln_status check_name(const ln_ini *ini, const section_kind *kind, const char *name)
{
    size_t length = strlen(name);
    if (kind->is_free && !length)
        return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: [%s]: the name is missing", ini->path, ini->line,
                       kind->word);
    if (!kind->is_free &&
        (length == 0 || length > LN_SETTING_NAME || strspn(name, NAME_CHARACTERS) != length))
        return ln_fail(ini->error, LN_ERR_IO,
                       "%s:%zu: [%s %s]: the name has 1 to %d letters, digits, '.', '_' and '-'", ini->path,
                       ini->line, kind->word, name, LN_SETTING_NAME);
    for (size_t i = 0; i < *kind->count; i++)
        if (strcmp((const char *)kind->objects + i * kind->size, name) == 0)
            return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: [%s %s] was begun in line %zu already", ini->path,
                           ini->line, kind->word, name, kind->lines[i]);
    if (*kind->count == kind->most)
        return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: there are more than %zu sections [%s NAME]", ini->path,
                       ini->line, kind->most, kind->word);
    return LN_OK;
}

static void begin_object(ln_service_reading *r, const section_kind *kind, size_t number)
{
    ln_service_settings *s = r->settings;
    if (kind->keys == r->sources) {
        ln_source_default(&s->sources[number]);
        r->sources[number] = ln_source_keys(&s->sources[number]);
    } else if (kind->keys == r->rules) {
        ln_rule_default(&s->rules[number]);
        r->rules[number] = ln_rule_keys(&s->rules[number]);
    } else if (kind->keys == r->cameras) {
        r->cameras[number] = ln_site_keys(&s->cameras[number]);
    } else if (kind->keys == r->species) {
        r->species[number] = ln_species_keys(&s->species[number]);
    } else {
        ln_target_default(&s->targets[number]);
        r->targets[number] = ln_target_keys(&s->targets[number]);
    }
}

static ln_status begin(void *context, const ln_ini *ini, const char *section)
{
    ln_service_reading *r = context;
    ln_service_settings *s = r->settings;
    const section_kind kinds[] = {
        {"source", s->sources, sizeof *s->sources, &s->source_count, LN_MOST_SOURCES, r->sources,
         r->source_line, 0},
        {"rule", s->rules, sizeof *s->rules, &s->rule_count, LN_MOST_RULES, r->rules, r->rule_line, 0},
        {"target", s->targets, sizeof *s->targets, &s->target_count, LN_MOST_TARGETS, r->targets,
         r->target_line, 0},
        {"camera", s->cameras, sizeof *s->cameras, &s->camera_count, LN_MOST_CAMERAS, r->cameras,
         r->camera_line, 1},
        {"species", s->species, sizeof *s->species, &s->species_count, LN_MOST_SPECIES, r->species,
         r->species_line, 1},
    };
    size_t length = strcspn(section, " \t");
    r->at = &r->common;
    for (const section_kind *k = kinds; k < kinds + sizeof kinds / sizeof *kinds; k++) {
        if (strlen(k->word) != length || memcmp(section, k->word, length) != 0)
            continue;
        const char *name = section + length + strspn(section + length, " \t");
        ln_status status = check_name(ini, k, name);
        if (status != LN_OK)
            return status;
        size_t number = (*k->count)++;
        memcpy((char *)k->objects + number * k->size, name, strlen(name) + 1);
        begin_object(r, k, number);
        k->lines[number] = ini->line;
        r->at = &k->keys[number];
    }
    return LN_OK;
}

static ln_status take(void *context, const ln_ini *ini, const char *section, const char *name,
                      const char *value)
{
    ln_service_reading *r = context;
    if (r->at && r->at != &r->common)
        section = r->at->list[0].section;
    return ln_keys_take(r->at ? r->at : &r->common, ini, section, name, value);
}

/* ---- File ------------------------------------------------------------------------------------ */

static ln_status make_room(ln_service_settings *s, ln_error *error)
{
    s->sources = calloc(LN_MOST_SOURCES, sizeof *s->sources);
    s->rules = calloc(LN_MOST_RULES, sizeof *s->rules);
    s->targets = calloc(LN_MOST_TARGETS, sizeof *s->targets);
    s->cameras = calloc(LN_MOST_CAMERAS, sizeof *s->cameras);
    s->species = calloc(LN_MOST_SPECIES, sizeof *s->species);
    return s->sources && s->rules && s->targets && s->cameras && s->species ? LN_OK : ln_fail_memory(error);
}

ln_status ln_service_settings_read(ln_service_settings *settings, const char *path, ln_error *error)
{
    *settings = (ln_service_settings){0};
    ln_service_default(settings);
    ln_service_reading *r = calloc(1, sizeof *r);
    ln_status status = r ? make_room(settings, error) : ln_fail_memory(error);
    if (status == LN_OK) {
        r->path = path;
        r->error = error;
        r->settings = settings;
        r->common = ln_service_keys(settings);
        status = ln_ini_read(path, &(ln_ini_taker){begin, take, r}, error);
    }
    if (status == LN_OK)
        status = ln_service_check(r);
    free(r);
    if (status != LN_OK)
        ln_service_settings_free(settings);
    return status;
}

void ln_service_settings_free(ln_service_settings *s)
{
    ln_keys keys = ln_service_keys(s);
    ln_keys_free(&keys);
    for (size_t i = 0; i < s->source_count; i++) {
        keys = ln_source_keys(&s->sources[i]);
        ln_keys_free(&keys);
    }
    for (size_t i = 0; i < s->rule_count; i++) {
        keys = ln_rule_keys(&s->rules[i]);
        ln_keys_free(&keys);
    }
    for (size_t i = 0; i < s->target_count; i++) {
        keys = ln_target_keys(&s->targets[i]);
        ln_keys_free(&keys);
    }
    for (size_t i = 0; i < s->camera_count; i++) {
        keys = ln_site_keys(&s->cameras[i]);
        ln_keys_free(&keys);
    }
    for (size_t i = 0; i < s->species_count; i++) {
        keys = ln_species_keys(&s->species[i]);
        ln_keys_free(&keys);
    }
    free(s->cameras);
    free(s->species);
    free(s->sources);
    free(s->rules);
    free(s->targets);
    *s = (ln_service_settings){0};
}

static void print_section(ln_text *out, const char *word, const char *name, const ln_keys *keys)
{
    ln_text_add(out, "%s[%s%s%s]\n", out->size ? "\n" : "", word, name ? " " : "", name ? name : "");
    ln_keys_print(out, keys, word);
}

void ln_service_settings_print(ln_text *out, const ln_service_settings *settings)
{
    static const char *const sections[] = {"service", "retention", "privacy", "project", "web", "log"};
    ln_service_settings copy = *settings; /* keys can also change what they belong to */
    ln_keys keys = ln_service_keys(&copy);
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
        print_section(out, sections[i], NULL, &keys);
    for (size_t i = 0; i < copy.source_count; i++) {
        keys = ln_source_keys(&copy.sources[i]);
        print_section(out, "source", copy.sources[i].name, &keys);
    }
    for (size_t i = 0; i < copy.rule_count; i++) {
        keys = ln_rule_keys(&copy.rules[i]);
        print_section(out, "rule", copy.rules[i].name, &keys);
    }
    for (size_t i = 0; i < copy.target_count; i++) {
        keys = ln_target_keys(&copy.targets[i]);
        print_section(out, "target", copy.targets[i].name, &keys);
    }
    for (size_t i = 0; i < copy.camera_count; i++) {
        keys = ln_site_keys(&copy.cameras[i]);
        print_section(out, "camera", copy.cameras[i].name, &keys);
    }
    for (size_t i = 0; i < copy.species_count; i++) {
        keys = ln_species_keys(&copy.species[i]);
        print_section(out, "species", copy.species[i].name, &keys);
    }
}

const ln_target *ln_service_settings_target(const ln_service_settings *s, const char *name)
{
    for (size_t i = 0; i < s->target_count; i++)
        if (strcmp(s->targets[i].name, name) == 0)
            return &s->targets[i];
    return NULL;
}
