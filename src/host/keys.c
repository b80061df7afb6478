#include "host/keys.h"

#include "host/path.h"

#include <stdlib.h>
#include <string.h>

const ln_key *ln_keys_find(const ln_keys *keys, const char *section, const char *name)
{
    for (const ln_key *k = keys->list; k < keys->list + keys->count; k++)
        if (strcmp(k->section, section) == 0 && strcmp(k->name, name) == 0)
            return k;
    return NULL;
}

static int has_section(const ln_keys *keys, const char *section)
{
    for (size_t i = 0; i < keys->count; i++)
        if (strcmp(keys->list[i].section, section) == 0)
            return 1;
    return 0;
}

/* ---- Numbers --------------------------------------------------------------------------------- */

static ln_status fail_range(const ln_ini *ini, const ln_key *k, const char *value)
{
    return ln_fail(
        ini->error, LN_ERR_IO, "%s:%zu: %s: '%s' is no %s from %.12g to %.12g%s%s%s, such as '%s'%s%s",
        ini->path, ini->line, k->name, value, ln_value_noun(k->quantity),
        ln_value_usual(k->quantity, k->least), ln_value_usual(k->quantity, k->most),
        *ln_value_unit(k->quantity) ? " " : "", ln_value_unit(k->quantity), ln_value_steps(k->quantity),
        ln_value_example(k->quantity), k->words ? ", nor any of:" : "", k->words ? k->words : "");
}

static int is_within(const ln_key *k, uint64_t number)
{
    return number >= k->least && number <= k->most;
}

/* The number of a word in a list in which each is behind a blank; -1: none of them. */
static int find_word(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (int i = 0; *words; i++) {
        size_t next = strcspn(++words, " ");
        if (next == length && memcmp(words, word, length) == 0)
            return i;
        words += next;
    }
    return -1;
}

static ln_status take_number(const ln_ini *ini, const ln_key *k, const char *value, uint64_t *number)
{
    return ln_value_parse(value, k->quantity, number, NULL) && is_within(k, *number)
               ? LN_OK
               : fail_range(ini, k, value);
}

static ln_status take_word(const ln_ini *ini, const ln_key *k, const char *value, uint64_t *number)
{
    int word = find_word(k->words, value);
    *number = (uint64_t)word;
    return word >= 0 ? LN_OK
                     : ln_fail(ini->error, LN_ERR_IO, "%s:%zu: %s: '%s' is none of:%s", ini->path, ini->line,
                               k->name, value, k->words);
}

static ln_status take_either(const ln_ini *ini, const ln_key *k, const char *value, uint64_t *number)
{
    int word = find_word(k->words, value);
    if (word < 0)
        return take_number(ini, k, value, number);
    *number = LN_KEY_WORD((uint64_t)word);
    return LN_OK;
}

static ln_status take_numbers(const ln_ini *ini, const ln_key *k, const char *value, uint64_t *items,
                              uint64_t *count)
{
    for (const char *at = value, *end; *count < k->items; at = end + 1) {
        if (!ln_value_parse(at, k->quantity, &items[*count], &end) || !is_within(k, items[*count]))
            return fail_range(ini, k, value);
        ++*count;
        if (!*end)
            return LN_OK;
        if (*end != ',')
            return fail_range(ini, k, value);
        end += strspn(end + 1, " \t");
    }
    return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: %s: has more than %llu numbers", ini->path, ini->line,
                   k->name, (unsigned long long)k->items);
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static ln_status fail_empty(const ln_ini *ini, const ln_key *k)
{
    return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: %s: has no value", ini->path, ini->line, k->name);
}

/* Replaces variables. A variable that is not in use gives null.
 *   beside, behind    as of ln_path_expand */
static ln_status expand(const ln_ini *ini, const char *value, const char *beside, char behind, char **text,
                        ln_error *error)
{
    free(*text);
    ln_status status = ln_path_expand(value, beside, behind, ini->path, ini->line, text, error);
    if (*text && !**text) {
        free(*text);
        *text = NULL;
    }
    return status;
}

static ln_status take_text(const ln_ini *ini, const ln_key *k, const char *value, char **text)
{
    if (!*value)
        return fail_empty(ini, k);
    int may_be_path = k->kind == LN_KEY_NAME || k->kind == LN_KEY_CODEC;
    int is_path = k->kind == LN_KEY_PATH || (may_be_path && strchr(value, '/'));
    char behind = k->kind == LN_KEY_CODEC ? ':' : 0;
    return expand(ini, value, is_path ? ini->path : NULL, behind, text, ini->error);
}

/* Passwords and addresses may hold any character, and what stands behind a $ may be a part of a secret, so no
 * message shows it. */
static ln_status fail_variable(const ln_ini *ini, const ln_key *k, const char *advice)
{
    return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: %s: the environment has no such variable: set it%s",
                   ini->path, ini->line, k->name, advice);
}

static ln_status take_place(const ln_ini *ini, const ln_key *k, const char *value, char **text)
{
    if (!*value)
        return fail_empty(ini, k);
    ln_status status = expand(ini, value, NULL, 0, text, NULL);
    if (status == LN_OK && *text && k->kind == LN_KEY_PLACE && !strstr(*text, "://"))
        status = expand(ini, value, ini->path, 0, text, NULL);
    if (status == LN_ERR_IO)
        return fail_variable(ini, k, "");
    return status == LN_OK ? LN_OK : ln_fail_memory(ini->error);
}

static ln_status take_secret(const ln_ini *ini, const ln_key *k, const char *value, char **text)
{
    if (!*value)
        return fail_empty(ini, k);
    ln_status status = LN_OK;
    if (*value == '$')
        status = expand(ini, value, NULL, 0, text, NULL);
    else if (!(*text = strdup(value)))
        status = LN_ERR_MEMORY;
    if (status == LN_ERR_IO || (status == LN_OK && !*text))
        return fail_variable(ini, k, ", or keep what begins with $ in a file");
    return status == LN_OK ? LN_OK : ln_fail_memory(ini->error);
}

static ln_status take_items(const ln_ini *ini, const ln_key *k, const char *text, char **items,
                            uint64_t *count)
{
    for (const char *at = text;; at++) {
        at += strspn(at, " \t");
        size_t all = strcspn(at, ","), length = all;
        while (length > 0 && strchr(" \t", at[length - 1]))
            length--;
        if (length == 0)
            return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: %s: nothing stands before or behind a comma",
                           ini->path, ini->line, k->name);
        if (*count == k->items)
            return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: %s: has more than %llu entries", ini->path,
                           ini->line, k->name, (unsigned long long)k->items);
        items[*count] = strndup(at, length);
        if (!items[*count])
            return ln_fail_memory(ini->error);
        ++*count;
        at += all;
        if (!*at)
            return LN_OK;
    }
}

static ln_status take_texts(const ln_ini *ini, const ln_key *k, const char *value, char **items,
                            uint64_t *count)
{
    char *text = NULL;
    ln_status status = take_text(ini, k, value, &text);
    if (status == LN_OK && text)
        status = take_items(ini, k, text, items, count);
    free(text);
    return status;
}

/* ---- Settings -------------------------------------------------------------------------------- */

static ln_status take(const ln_keys *keys, const ln_ini *ini, const ln_key *k, const char *value)
{
    void *place = (char *)keys->object + k->at;
    uint64_t *count = (uint64_t *)(void *)((char *)keys->object + k->count_at);
    switch (k->kind) {
    case LN_KEY_NUMBER:
        return take_number(ini, k, value, place);
    case LN_KEY_NUMBERS:
        return take_numbers(ini, k, value, place, count);
    case LN_KEY_CHOICE:
        return take_word(ini, k, value, place);
    case LN_KEY_EITHER:
        return take_either(ini, k, value, place);
    case LN_KEY_TEXTS:
        return take_texts(ini, k, value, place, count);
    case LN_KEY_PLACE:
    case LN_KEY_URL:
        return take_place(ini, k, value, place);
    case LN_KEY_SECRET:
        return take_secret(ini, k, value, place);
    default:
        return take_text(ini, k, value, place);
    }
}

ln_status ln_keys_take(ln_keys *keys, const ln_ini *ini, const char *section, const char *name,
                       const char *value)
{
    const ln_key *k = ln_keys_find(keys, section, name);
    if (!*section)
        return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: '%s' stands before the first [section]", ini->path,
                       ini->line, name);
    if (!has_section(keys, section))
        return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: there is no section [%s]: %s lists them", ini->path,
                       ini->line, section, keys->manual);
    if (!k)
        return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: [%s] has no setting '%s': %s lists them", ini->path,
                       ini->line, section, name, keys->manual);
    size_t *line = &keys->line_of[k - keys->list];
    if (*line)
        return ln_fail(ini->error, LN_ERR_IO, "%s:%zu: '%s' was given in line %zu already", ini->path,
                       ini->line, name, *line);
    *line = ini->line;
    return take(keys, ini, k, value);
}

int ln_keys_given(const ln_keys *keys, const char *section, const char *name)
{
    return keys->line_of[ln_keys_find(keys, section, name) - keys->list] > 0;
}

size_t ln_keys_line(const ln_keys *keys, const char *section, const char *name)
{
    return ln_keys_given(keys, section, name) ? keys->line_of[ln_keys_find(keys, section, name) - keys->list]
                                              : 1;
}
