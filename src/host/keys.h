/* The keys that a section of a file of settings can have, as a table, and taking their values. */
#ifndef LN_HOST_KEYS_H
#define LN_HOST_KEYS_H

#include "cloud/text.h"
#include "host/ini.h"
#include "host/values.h"

#include <stddef.h>
#include <stdint.h>

typedef enum ln_key_kind {
    LN_KEY_NUMBER,  /* uint64_t */
    LN_KEY_NUMBERS, /* uint64_t[items], and how many there are */
    LN_KEY_CHOICE,  /* uint64_t: which of the words */
    LN_KEY_EITHER,  /* uint64_t: a number, or LN_KEY_WORD(i) for the i-th word; is not printed */
    LN_KEY_TEXT,    /* char * */
    LN_KEY_TEXTS,   /* char *[items], and how many there are: divided by commas */
    LN_KEY_NAME,    /* char *: a name; with a slash, a path */
    LN_KEY_CODEC,   /* char *: a name; behind a colon a name, or a path as in NAME */
    LN_KEY_PATH,    /* char *: from the folder of the file */
    LN_KEY_PLACE,   /* char *: a path, or an address with ://, which is printed as LN_KEY_URL is */
    LN_KEY_URL,     /* char *: only its scheme and host are printed, since the rest may hold a key */
    LN_KEY_SECRET   /* char *: never printed, in no message either. Only a `$` in front names a variable */
} ln_key_kind;

#define LN_KEY_WORD(i) (UINT64_MAX - (i))
#define LN_KEY_UNSET UINT64_MAX /* of a number that has no default */
#define LN_KEYS 64              /* in a table at most */

typedef struct ln_key {
    const char *section, *name;
    ln_key_kind kind;
    size_t at, count_at; /* in the object that takes the values */
    ln_quantity quantity;
    uint64_t least, most; /* as they are kept */
    const char *words;    /* of a choice, each behind a blank */
    uint64_t items;       /* of a list, at most */
} ln_key;

#define LN_NUMBER_KEY(section, name, type, member, quantity, least, most)                                    \
    {                                                                                                        \
        section, name, LN_KEY_NUMBER, offsetof(type, member), 0, quantity, least, most, NULL, 0              \
    }
#define LN_NUMBERS_KEY(section, name, type, member, count, quantity, least, most, items)                     \
    {                                                                                                        \
        section, name, LN_KEY_NUMBERS, offsetof(type, member), offsetof(type, count), quantity, least, most, \
            NULL, items                                                                                      \
    }
#define LN_CHOICE_KEY(section, name, type, member, words)                                                    \
    {                                                                                                        \
        section, name, LN_KEY_CHOICE, offsetof(type, member), 0, LN_COUNT, 0, 0, words, 0                    \
    }
#define LN_TEXT_KEY(section, name, kind, type, member)                                                       \
    {                                                                                                        \
        section, name, kind, offsetof(type, member), 0, LN_COUNT, 0, 0, NULL, 0                              \
    }
#define LN_TEXTS_KEY(section, name, type, member, count, items)                                              \
    {                                                                                                        \
        section, name, LN_KEY_TEXTS, offsetof(type, member), offsetof(type, count), LN_COUNT, 0, 0, NULL,    \
            items                                                                                            \
    }

/* A table, the object that takes its values, and where they were given. */
typedef struct ln_keys {
    const ln_key *list;
    size_t count;
    const char *manual; /* that lists them, for messages */
    void *object;
    size_t line_of[LN_KEYS]; /* of each key that was given; 0: not given */
} ln_keys;

/* A key of the table by its names; null: there is none. */
const ln_key *ln_keys_find(const ln_keys *keys, const char *section, const char *name);

/* Takes one setting. Errors: LN_ERR_IO (unknown, given twice, a value that it cannot have), LN_ERR_MEMORY. */
ln_status ln_keys_take(ln_keys *keys, const ln_ini *ini, const char *section, const char *name,
                       const char *value);

/* The line of a setting, for messages about several of them; 1 if it was not given. */
size_t ln_keys_line(const ln_keys *keys, const char *section, const char *name);

/* Whether it was given. */
int ln_keys_given(const ln_keys *keys, const char *section, const char *name);

/* Whether the object has a value there: given, or by default. A variable that is empty gives none. */
int ln_keys_has_value(const ln_keys *keys, const char *section, const char *name);

/* Prints what the object holds, a line `key = value` for each key of a section that has a value. */
void ln_keys_print(ln_text *out, const ln_keys *keys, const char *section);

/* Releases the texts of the object. */
void ln_keys_free(const ln_keys *keys);

/* Prints the part of a URL that holds no key or password: scheme, host and port. What is no URL is printed
 * whole. */
void ln_url_print(ln_text *out, const char *url);

#endif
