#include "sim/settings.h"

#include "cloud/error.h"
#include "sim/path.h"
#include "sim/values.h"

#include <stdlib.h>
#include <string.h>

typedef enum kind {
    NUMBER,  /* uint64_t */
    NUMBERS, /* uint64_t[most], and how many there are */
    CHOICE,  /* uint64_t: which of the words */
    EITHER,  /* uint64_t: a number, or LN_SIM_AUTO and LN_SIM_NONE for two words */
    TEXT,    /* char *: a name; with a slash, a path */
    PATH,    /* char *: from the folder of the scenario */
    CODEC    /* char *: a name; behind a colon a name, or a path as in TEXT */
} kind;

typedef struct setting {
    const char *section, *name;
    kind kind;
    size_t at, count_at; /* in ln_scenario */
    ln_quantity quantity;
    uint64_t least, most; /* as they are kept */
    const char *words;    /* of a choice, each behind a blank */
    uint64_t items;       /* of a list, at most */
} setting;

#define AT(member) offsetof(ln_scenario, member)
#define MILLION 1000000u
#define SECOND UINT64_C(1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define NUMBER_OF(section, name, member, quantity, least, most)                                              \
    {                                                                                                        \
        section, name, NUMBER, AT(member), 0, quantity, least, most, NULL, 0                                 \
    }
#define LIST_OF(section, name, member, count, quantity, least, most, items)                                  \
    {                                                                                                        \
        section, name, NUMBERS, AT(member), AT(count), quantity, least, most, NULL, items                    \
    }
#define CHOICE_OF(section, name, member, words)                                                              \
    {                                                                                                        \
        section, name, CHOICE, AT(member), 0, LN_COUNT, 0, 0, words, 0                                       \
    }
#define TEXT_OF(section, name, kind, member)                                                                 \
    {                                                                                                        \
        section, name, kind, AT(member), 0, LN_COUNT, 0, 0, NULL, 0                                          \
    }

static const setting settings[] = {
    NUMBER_OF("scenario", "duration", duration, LN_TIME, SECOND, 366 * DAY),
    NUMBER_OF("scenario", "seed", seed, LN_COUNT, 0, UINT64_MAX),
    LIST_OF("scenario", "times", time, times, LN_TIME, 1, 20 * DAY, LN_SIM_TIMES),
    TEXT_OF("pictures", "folder", PATH, folder),
    TEXT_OF("pictures", "labels", PATH, labels),
    TEXT_OF("pictures", "vision", PATH, vision),
    NUMBER_OF("camera", "count", count, LN_COUNT, 1, 10000),
    TEXT_OF("camera", "codec", CODEC, codec),
    TEXT_OF("camera", "model", TEXT, model),
    NUMBER_OF("camera", "interval", interval, LN_TIME, 100, 20 * DAY),
    CHOICE_OF("camera", "trigger", trigger, " timer motion"),
    NUMBER_OF("camera", "deadline", deadline, LN_TIME, 100, 20 * DAY),
    CHOICE_OF("camera", "queue", queue, " newest fair priority"),
    {"camera", "protection", EITHER, AT(protection), 0, LN_COUNT, 0, LN_MOST_PROTECTION, " auto none", 0},
    NUMBER_OF("camera", "expected loss", expected_loss, LN_PART, 0, MILLION),
    {"camera", "airtime a picture", EITHER, AT(airtime), 0, LN_TIME, 1, HOUR, " fair all", 0},
    CHOICE_OF("camera", "order", order, " importance index"),
    CHOICE_OF("camera", "retransmission", retransmission, " no yes"),
    NUMBER_OF("camera", "spacing", spacing, LN_TIME, 1, HOUR),
    NUMBER_OF("camera", "pictures kept", kept, LN_COUNT, 1, LN_SENDER_PICTURES),
    NUMBER_OF("camera", "urgent", urgent, LN_PART, 0, MILLION),
    TEXT_OF("network", "name", TEXT, network_name),
    LIST_OF("network", "data rate", turn, turns, LN_COUNT, 0, LN_MAX_DATA_RATES - 1, LN_SIM_TURNS),
    NUMBER_OF("network", "band", band_khz, LN_MHZ, 1, 3000000),
    NUMBER_OF("network", "repeats", repeats, LN_COUNT, 1, 15),
    NUMBER_OF("network", "airtime a day", daily_airtime, LN_TIME, 1, HOUR),
    NUMBER_OF("network", "mac commands", commands, LN_PART, 0, MILLION),
    NUMBER_OF("network", "payload", payload, LN_COUNT, LN_MIN_PAYLOAD, LN_MAX_PAYLOAD),
    NUMBER_OF("network", "rate", bits_per_second, LN_RATE, 10, 100000000),
    NUMBER_OF("link", "loss", loss, LN_PART, 0, MILLION),
    NUMBER_OF("link", "burst length", burst_length, LN_TIME, 1, DAY),
    TEXT_OF("link", "burst", TEXT, burst_name),
    NUMBER_OF("link", "spells", spells, LN_TIME, 1, 20 * DAY),
    NUMBER_OF("link", "swing", swing, LN_PART, 0, MILLION),
    TEXT_OF("link", "trace", PATH, trace),
    NUMBER_OF("link", "gamma", gamma, LN_RATE, 10, 100000000),
    NUMBER_OF("gateway", "channels", channels, LN_COUNT, 1, 64),
    NUMBER_OF("gateway", "capture", capture, LN_DB, 0, 60),
    NUMBER_OF("gateway", "spread", spread, LN_DB, 0, 100),
    CHOICE_OF("gateway", "deaf", deaf, " no yes"),
    NUMBER_OF("feedback", "hints a day", hints, LN_COUNT, 1, 1000),
    NUMBER_OF("feedback", "stop", stop, LN_PART, 0, MILLION),
    NUMBER_OF("feedback", "loss", feedback_loss, LN_PART, 0, MILLION),
    NUMBER_OF("feedback", "expiry", expiry, LN_TIME, SECOND, 7 * DAY),
    NUMBER_OF("energy", "sending", sending, LN_POWER, 0, 100 * MILLION),
    NUMBER_OF("energy", "receiving", receiving, LN_POWER, 0, 100 * MILLION),
    NUMBER_OF("energy", "sleeping", sleeping, LN_POWER, 0, 100 * MILLION),
    NUMBER_OF("energy", "encoding", encoding, LN_ENERGY, 0, 100 * MILLION),
    LIST_OF("alarm", "classes", alarm, alarms, LN_COUNT, 0, UINT32_MAX, LN_SIM_CLASSES),
    NUMBER_OF("alarm", "score", alarm_score, LN_PART, 0, MILLION),
};

#define COUNT (sizeof settings / sizeof *settings)

_Static_assert(COUNT <= LN_SETTINGS, "line_of has a place for each setting");

void ln_settings_default(ln_scenario *scenario)
{
    *scenario = (ln_scenario){
        .seed = 1,
        .count = 1,
        .protection = LN_SIM_AUTO,
        .expected_loss = LN_SIM_UNSET,
        .airtime = LN_SIM_AUTO,
        .kept = 2,
        .repeats = 1,
        .capture = LN_SIM_UNSET,
        .stop = LN_SIM_UNSET,
        .expiry = 10 * 60 * SECOND,
        .sending = 400000,
        .receiving = 40000,
        .sleeping = 10,
        .encoding = 15000,
        .alarm_score = MILLION / 2,
    };
}

static size_t number_of(const char *section, const char *name)
{
    size_t i = 0;
    while (i < COUNT && (strcmp(settings[i].section, section) != 0 || strcmp(settings[i].name, name) != 0))
        i++;
    return i;
}

static int has_section(const char *section)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(settings[i].section, section) == 0)
            return 1;
    return 0;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static ln_status fail_range(ln_reading *r, const setting *s, const char *value)
{
    return ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: '%s' is no %s from %.12g to %.12g%s%s, such as '%s'%s%s",
                   r->path, r->line, s->name, value, ln_value_noun(s->quantity),
                   ln_value_usual(s->quantity, s->least), ln_value_usual(s->quantity, s->most),
                   *ln_value_unit(s->quantity) ? " " : "", ln_value_unit(s->quantity),
                   ln_value_example(s->quantity), s->words ? ", nor any of:" : "", s->words ? s->words : "");
}

static int is_within(const setting *s, uint64_t number)
{
    return number >= s->least && number <= s->most;
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

static ln_status take_word(ln_reading *r, const setting *s, const char *value, uint64_t *number)
{
    int word = find_word(s->words, value);
    *number = (uint64_t)word;
    return word >= 0 ? LN_OK
                     : ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: '%s' is none of:%s", r->path, r->line,
                               s->name, value, s->words);
}

static ln_status take_either(ln_reading *r, const setting *s, const char *value, uint64_t *number)
{
    int word = find_word(s->words, value);
    if (word >= 0)
        *number = word == 0 ? LN_SIM_AUTO : LN_SIM_NONE;
    else if (!ln_value_parse(value, s->quantity, number, NULL) || !is_within(s, *number))
        return fail_range(r, s, value);
    return LN_OK;
}

static ln_status take_list(ln_reading *r, const setting *s, const char *value, uint64_t *items,
                           uint64_t *count)
{
    for (const char *at = value, *end; *count < s->items; at = end + 1) {
        if (!ln_value_parse(at, s->quantity, &items[*count], &end) || !is_within(s, items[*count]))
            return fail_range(r, s, value);
        ++*count;
        if (!*end)
            return LN_OK;
        if (*end != ',')
            return fail_range(r, s, value);
        end += strspn(end + 1, " \t");
    }
    return ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: has more than %llu numbers", r->path, r->line, s->name,
                   (unsigned long long)s->items);
}

static ln_status take_text(ln_reading *r, const setting *s, const char *value, char **text)
{
    if (!*value)
        return ln_fail(r->error, LN_ERR_IO, "%s:%zu: %s: has no value", r->path, r->line, s->name);
    int is_path = s->kind == PATH || strchr(value, '/');
    ln_status status = ln_path_expand(value, is_path ? r->path : NULL, s->kind == CODEC ? ':' : 0, r->path,
                                      r->line, text, r->error);
    if (*text && !**text) { /* a variable that is not in use */
        free(*text);
        *text = NULL;
    }
    return status;
}

/* ---- Settings -------------------------------------------------------------------------------- */

static ln_status take(ln_reading *r, const setting *s, const char *value)
{
    char *place = (char *)r->scenario + s->at;
    switch (s->kind) {
    case NUMBER:
        return ln_value_parse(value, s->quantity, (uint64_t *)(void *)place, NULL) &&
                       is_within(s, *(uint64_t *)(void *)place)
                   ? LN_OK
                   : fail_range(r, s, value);
    case NUMBERS:
        return take_list(r, s, value, (uint64_t *)(void *)place,
                         (uint64_t *)(void *)((char *)r->scenario + s->count_at));
    case CHOICE:
        return take_word(r, s, value, (uint64_t *)(void *)place);
    case EITHER:
        return take_either(r, s, value, (uint64_t *)(void *)place);
    default:
        return take_text(r, s, value, (char **)(void *)place);
    }
}

ln_status ln_setting_take(ln_reading *r, const char *section, const char *name, const char *value)
{
    size_t i = number_of(section, name);
    if (!*section)
        return ln_fail(r->error, LN_ERR_IO, "%s:%zu: '%s' stands before the first [section]", r->path,
                       r->line, name);
    if (!has_section(section))
        return ln_fail(r->error, LN_ERR_IO, "%s:%zu: there is no section [%s]: docs/SIM.md lists them",
                       r->path, r->line, section);
    if (i == COUNT)
        return ln_fail(r->error, LN_ERR_IO, "%s:%zu: [%s] has no setting '%s': docs/SIM.md lists them",
                       r->path, r->line, section, name);
    if (r->line_of[i])
        return ln_fail(r->error, LN_ERR_IO, "%s:%zu: '%s' was given in line %zu already", r->path, r->line,
                       name, r->line_of[i]);
    r->line_of[i] = r->line;
    return take(r, &settings[i], value);
}

int ln_setting_given(const ln_reading *r, const char *section, const char *name)
{
    return r->line_of[number_of(section, name)] > 0;
}

size_t ln_setting_line(const ln_reading *r, const char *section, const char *name)
{
    return ln_setting_given(r, section, name) ? r->line_of[number_of(section, name)] : 1;
}
