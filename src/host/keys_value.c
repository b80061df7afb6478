/* What was read: whether there is a value, shown, and released. */
#include "host/keys.h"

#include <stdlib.h>
#include <string.h>

void ln_url_print(ln_text *out, const char *url)
{
    const char *colon = strstr(url, "://"), *host = colon ? colon + 3 : url;
    if (!colon) {
        ln_text_add(out, "%s", url);
        return;
    }
    int length = (int)strcspn(host, "/?#");
    for (int i = length; i > 0; i--)
        if (host[i - 1] == '@') {
            host += i;
            length -= i;
            break;
        }
    ln_text_add(out, "%.*s://%.*s%s", (int)(colon - url), url, length, host, host[length] ? "/..." : "");
}

static void print_word(ln_text *out, const char *words, uint64_t number)
{
    const char *word = words + 1;
    for (; number > 0; number--)
        word = strchr(word, ' ') + 1;
    ln_text_add(out, "%.*s", (int)strcspn(word, " "), word);
}

static void print_numbers(ln_text *out, const ln_key *k, const uint64_t *items, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        ln_text_add(out, i ? ", " : "");
        ln_value_print(out, k->quantity, items[i]);
    }
}

static void print_texts(ln_text *out, char *const *items, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        ln_text_add(out, i ? ", %s" : "%s", items[i]);
}

typedef struct value {
    const uint64_t *numbers;
    char *const *texts;
    uint64_t count; /* 0: it has none */
} value;

static value value_of(const ln_keys *keys, const ln_key *k)
{
    const char *object = keys->object;
    value v = {(const uint64_t *)(const void *)(object + k->at),
               (char *const *)(const void *)(object + k->at), 1};
    switch (k->kind) {
    case LN_KEY_NUMBERS:
    case LN_KEY_TEXTS:
        v.count = *(const uint64_t *)(const void *)(object + k->count_at);
        break;
    case LN_KEY_NUMBER:
        v.count = *v.numbers >= k->least && *v.numbers <= k->most;
        break;
    case LN_KEY_CHOICE:
        v.count = *v.numbers != LN_KEY_UNSET;
        break;
    default:
        v.count = *v.texts != NULL;
    }
    return v;
}

int ln_keys_has_value(const ln_keys *keys, const char *section, const char *name)
{
    return value_of(keys, ln_keys_find(keys, section, name)).count > 0;
}

static void print_value(ln_text *out, const ln_key *k, const value *v)
{
    switch (k->kind) {
    case LN_KEY_NUMBER:
    case LN_KEY_NUMBERS:
        print_numbers(out, k, v->numbers, v->count);
        break;
    case LN_KEY_CHOICE:
        print_word(out, k->words, *v->numbers);
        break;
    case LN_KEY_SECRET:
        ln_text_add(out, "(not shown)");
        break;
    case LN_KEY_PLACE:
    case LN_KEY_URL:
        ln_url_print(out, *v->texts);
        break;
    default:
        print_texts(out, v->texts, v->count);
    }
}

void ln_keys_print(ln_text *out, const ln_keys *keys, const char *section)
{
    for (const ln_key *k = keys->list; k < keys->list + keys->count; k++) {
        const value v = value_of(keys, k);
        if (strcmp(k->section, section) != 0 || v.count == 0)
            continue;
        ln_text_add(out, "%s = ", k->name);
        print_value(out, k, &v);
        ln_text_add(out, "\n");
    }
}

void ln_keys_free(const ln_keys *keys)
{
    for (const ln_key *k = keys->list; k < keys->list + keys->count; k++) {
        char **texts = (char **)(void *)((char *)keys->object + k->at);
        uint64_t count = 1;
        if (k->kind < LN_KEY_TEXT)
            continue;
        if (k->kind == LN_KEY_TEXTS)
            count = *(const uint64_t *)(const void *)((const char *)keys->object + k->count_at);
        for (uint64_t i = 0; i < count; i++) {
            free(texts[i]);
            texts[i] = NULL;
        }
    }
}
