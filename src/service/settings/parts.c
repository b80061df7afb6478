/* What the checks of several sections share: needs, secrets, addresses. */
#include "service/settings/read.h"

#include "cloud/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SECRET_BYTES 4096

ln_status ln_service_fail(const ln_service_reading *r, const ln_keys *keys, size_t section_line,
                          const char *name, const char *what)
{
    const char *section = keys->list[0].section;
    size_t line = ln_keys_given(keys, section, name) ? ln_keys_line(keys, section, name) : section_line;
    return ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: %s", r->path, line, name, what);
}

ln_status ln_service_check_needs(const ln_service_reading *r, const ln_keys *keys, size_t section_line,
                                 const char *const *kinds, uint64_t kind, const ln_need *needs, size_t count)
{
    const char *section = keys->list[0].section;
    if (kind == LN_KEY_UNSET)
        return ln_service_fail(r, keys, section_line, "kind", "is missing");
    for (const ln_need *n = needs; n < needs + count; n++) {
        char what[80];
        int needed = n->needed >> kind & 1, given = ln_keys_given(keys, section, n->name);
        snprintf(what, sizeof what, needed ? "is needed with 'kind = %s'" : "means nothing with 'kind = %s'",
                 kinds[kind]);
        if ((needed && !ln_keys_has_value(keys, section, n->name)) ||
            (!needed && !(n->allowed >> kind & 1) && given))
            return ln_service_fail(r, keys, section_line, n->name, what);
    }
    return LN_OK;
}

static ln_status fail_secret(const ln_service_reading *r, const ln_keys *keys, size_t section_line,
                             const char *key, const char *file, const char *what)
{
    char name[40];
    snprintf(name, sizeof name, "%s file", key);
    const char *section = keys->list[0].section;
    size_t line = ln_keys_given(keys, section, name) ? ln_keys_line(keys, section, name) : section_line;
    return ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: %s %s", r->path, line, name, file, what);
}

/* The first line of the file is the secret. */
ln_status ln_service_read_secret(const ln_service_reading *r, const ln_keys *keys, size_t section_line,
                                 const char *key, char **secret, const char *file)
{
    ln_error error;
    if (!file)
        return LN_OK;
    if (*secret)
        return fail_secret(r, keys, section_line, key, file,
                           "is not read: give the secret or its file, not both");
    ln_status status = ln_text_read(file, MOST_SECRET_BYTES, secret, &error);
    if (status == LN_ERR_MEMORY)
        return ln_fail_memory(r->error);
    if (status != LN_OK)
        return fail_secret(r, keys, section_line, key, file, "cannot be read");
    size_t length = strcspn(*secret, "\n");
    if (length == 0 || (*secret)[length + ((*secret)[length] == '\n')])
        return fail_secret(r, keys, section_line, key, file, "must hold one line");
    (*secret)[length] = 0;
    return LN_OK;
}

int ln_service_is_url(const char *url, const char *schemes)
{
    const char *colon = strstr(url, "://"), *host = colon ? colon + 3 : url;
    size_t length = colon ? (size_t)(colon - url) : 0, host_length = strcspn(host, "/?#");
    int known = 0;
    for (const char *at = schemes; *at && !known; at += strcspn(at, " ")) {
        at++;
        known = strcspn(at, " ") == length && strncmp(at, url, length) == 0;
    }
    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 127)
            return 0;
    return known && length > 0 && host_length > 0 && !memchr(host, '@', host_length);
}
