/* What the files that read the settings of the service share. */
#ifndef LN_SERVICE_SETTINGS_READ_H
#define LN_SERVICE_SETTINGS_READ_H

#include "host/keys.h"
#include "service/settings/settings.h"

/* A file that is being read. Sections with a name have keys of their own. */
typedef struct ln_service_reading {
    const char *path;
    ln_error *error;
    ln_service_settings *settings;
    ln_keys common, sources[LN_MOST_SOURCES], rules[LN_MOST_RULES], targets[LN_MOST_TARGETS],
        cameras[LN_MOST_CAMERAS], species[LN_MOST_SPECIES];
    size_t source_line[LN_MOST_SOURCES], rule_line[LN_MOST_RULES], target_line[LN_MOST_TARGETS],
        camera_line[LN_MOST_CAMERAS], species_line[LN_MOST_SPECIES];
    ln_keys *at; /* that take what follows; null before the first section */
} ln_service_reading;

/* The keys of each kind of section, for an object of it. */
ln_keys ln_service_keys(ln_service_settings *settings);
ln_keys ln_source_keys(ln_source *source);
ln_keys ln_rule_keys(ln_rule *rule);
ln_keys ln_target_keys(ln_target *target);
ln_keys ln_site_keys(ln_site *camera);
ln_keys ln_species_keys(ln_species *species);

/* Fills in what holds where nothing else is given. */
void ln_service_default(ln_service_settings *settings);
void ln_source_default(ln_source *source);
void ln_rule_default(ln_rule *rule);
void ln_target_default(ln_target *target);

/* Whether the settings of one section fit together, and of all of them.
 * Errors: LN_ERR_IO, LN_ERR_MEMORY. */
ln_status ln_service_check(const ln_service_reading *reading);
ln_status ln_source_check(const ln_service_reading *reading, size_t number);
ln_status ln_rule_check(const ln_service_reading *reading, size_t number);
ln_status ln_target_check(const ln_service_reading *reading, size_t number);
ln_status ln_site_check(const ln_service_reading *reading, size_t number);
ln_status ln_species_check(const ln_service_reading *reading, size_t number);
ln_status ln_people_check(const ln_service_reading *reading);

/* One line with the place of a key, or, if it was not given, of its section. */
ln_status ln_service_fail(const ln_service_reading *reading, const ln_keys *keys, size_t section_line,
                          const char *name, const char *what);

/* A setting that some kinds of a section need, and some cannot have. */
typedef struct ln_need {
    const char *name;
    unsigned needed, allowed; /* a bit for each kind */
} ln_need;

ln_status ln_service_check_needs(const ln_service_reading *reading, const ln_keys *keys, size_t section_line,
                                 const char *const *kinds, uint64_t kind, const ln_need *needs, size_t count);

/* Fills in a secret from the file that was named for it. `key` is "password", the file's is "password file".
 */
ln_status ln_service_read_secret(const ln_service_reading *reading, const ln_keys *keys, size_t section_line,
                                 const char *key, char **secret, const char *file);

/* Whether an address is SCHEME://HOST... with one of these schemes, each behind a blank, without a user's
 * name, control characters and blanks. */
int ln_service_is_url(const char *url, const char *schemes);

#endif
