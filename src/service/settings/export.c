/* Checks of [privacy], [camera SOURCE/NAME] and [species LABEL]: what leaves the service, and how. */
#include "service/settings/read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_SCORE 300000u /* parts of a million */

ln_status ln_people_check(const ln_service_reading *r)
{
    static const char *const meaningless[] = {"people classes", "people score"};
    ln_people *people = &r->settings->people;
    for (size_t i = 0; i < 2 && people->mode == LN_PEOPLE_KEEP; i++)
        if (ln_keys_given(&r->common, "privacy", meaningless[i]))
            return ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: means nothing without 'people = blur' or 'drop'",
                           r->path, ln_keys_line(&r->common, "privacy", meaningless[i]), meaningless[i]);
    if (people->mode == LN_PEOPLE_KEEP)
        return LN_OK;
    if (people->score == LN_KEY_UNSET)
        people->score = DEFAULT_SCORE;
    if (people->class_count)
        return LN_OK;
    people->classes[0] = strdup(LN_PEOPLE_CLASS);
    people->class_count = people->classes[0] != NULL;
    return people->class_count ? LN_OK : ln_fail_memory(r->error);
}

static ln_status check_degrees(const ln_service_reading *r, size_t number, const char *name, const char *text,
                               double most)
{
    const ln_keys *keys = &r->cameras[number];
    const size_t line = r->camera_line[number];
    char what[64];
    if (!text)
        return ln_service_fail(r, keys, line, name, "is needed in [camera SOURCE/NAME]");
    char *end;
    const double degrees = strtod(text, &end);
    snprintf(what, sizeof what, "is no decimal degrees from -%.0f to %.0f, such as 48.137", most, most);
    const int is_plain = strspn(text, "+-.0123456789") == strlen(text);
    return is_plain && end != text && !*end && fabs(degrees) <= most
               ? LN_OK
               : ln_service_fail(r, keys, line, name, what);
}

ln_status ln_site_check(const ln_service_reading *r, size_t number)
{
    const ln_site *camera = &r->settings->cameras[number];
    if (!strchr(camera->name, '/'))
        return ln_fail(r->error, LN_ERR_IO,
                       "%s:%zu: [camera %s]: is no SOURCE/NAME as 'limitnet pictures' lists", r->path,
                       r->camera_line[number], camera->name);
    ln_status status = check_degrees(r, number, "latitude", camera->latitude, 90);
    return status == LN_OK ? check_degrees(r, number, "longitude", camera->longitude, 180) : status;
}

ln_status ln_species_check(const ln_service_reading *r, size_t number)
{
    return r->settings->species[number].scientific
               ? LN_OK
               : ln_service_fail(r, &r->species[number], r->species_line[number], "scientific name",
                                 "is needed in [species LABEL]");
}

const ln_site *ln_service_settings_site(const ln_service_settings *s, const char *source, const char *device)
{
    const size_t length = strlen(source);
    for (const ln_site *c = s->cameras; c < s->cameras + s->camera_count; c++)
        if (!strncmp(c->name, source, length) && c->name[length] == '/' &&
            !strcmp(c->name + length + 1, device))
            return c;
    return NULL;
}

const ln_species *ln_service_settings_species(const ln_service_settings *s, const char *label)
{
    for (const ln_species *one = s->species; one < s->species + s->species_count; one++)
        if (!strcmp(one->name, label))
            return one;
    return NULL;
}
