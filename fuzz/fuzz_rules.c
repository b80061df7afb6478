/* Any bytes as what the rules knew, up to a line "%%", and as frames and looks behind it. Looks at once or in
 * two parts give the same; looks that come again raise nothing; the state can be read, and is bounded. */
#include "fuzz_error.h"

#include "service/rules/rules.h"

#include <stdlib.h>
#include <string.h>

#define MOST_LOOKS 48
#define MOST_SIGHTS 3
#define MINUTE UINT64_C(60000)

static const char rules[] = "[service]\nstore = x.db\n[source a]\nkind = webhook\nform = sigfox\nsecret = s\n"
                            "[rule one]\nkind = seen\nclasses = fox, 3\ncooldown = 5 min\n"
                            "[rule two]\nkind = seen\nlooks = 2\nzone = 0, 0, 0.5, 1\ncooldown = 0 s\n"
                            "[rule three]\nkind = seen\npictures = 2\nhours = 22:00-02:00\n"
                            "[rule quiet]\nkind = silent\nsilent after = 1 h\n"
                            "[rule low]\nkind = battery\nbattery below = 20 %\n"
                            "[rule others]\nkind = seen\ndevices = b/*\n";

static ln_sight sights[MOST_LOOKS][MOST_SIGHTS];
static ln_look looks[MOST_LOOKS];
static ln_heard heard[MOST_LOOKS];

static void make_sight(ln_sight *s, fuzz_part *rest)
{
    static const char *const labels[] = {"fox", "cat", "\"\n", "\xff"};
    uint8_t byte = fuzz_byte(rest);
    *s = (ln_sight){.class_index = byte & 7,
                    .label = labels[byte >> 3 & 3],
                    .score = fuzz_byte(rest) * 40,
                    .has_place = byte >> 5 & 1,
                    .x = fuzz_byte(rest) / 255.0,
                    .y = byte / 255.0};
}

static size_t make_looks(fuzz_part *rest)
{
    size_t count = 0;
    for (; count < MOST_LOOKS && rest->size > 0; count++) {
        uint8_t byte = fuzz_byte(rest);
        size_t seen = byte >> 1 & 3;
        looks[count] = (ln_look){.picture = 1 + fuzz_byte(rest) % 64,
                                 .time_ms = (1 + fuzz_byte(rest)) * MINUTE,
                                 .packets = byte >> 3,
                                 .final = byte & 1,
                                 .sights = sights[count],
                                 .count = seen < MOST_SIGHTS ? seen : MOST_SIGHTS};
        for (size_t i = 0; i < looks[count].count; i++)
            make_sight(&sights[count][i], rest);
        heard[count] =
            (ln_heard){looks[count].picture, looks[count].time_ms, byte & 2 ? byte % 101 : LN_NO_BATTERY};
    }
    return count;
}

/* Runs the rules over some of the looks; returns the new state, to be freed, and counts alarms. */
static char *judge(const ln_service_settings *settings, const char *state, size_t from, size_t to,
                   size_t *alarms)
{
    const ln_news news = {.source = "a",
                          .device = "0102",
                          .now_ms = 1000 * MINUTE,
                          .heard = heard + from,
                          .heard_count = to - from,
                          .looks = looks + from,
                          .look_count = to - from};
    ln_verdict verdict;
    ln_error error = FUZZ_UNTOUCHED;
    ln_status status = ln_rules_run(settings, state, &news, &verdict, &error);
    fuzz_check_error(status, &error);
    REQUIRE(status == LN_OK && strlen(verdict.state) <= LN_RULES_STATE);
    for (size_t i = 0; i < verdict.count; i++) {
        const ln_alarm *alarm = &verdict.alarms[i];
        REQUIRE(alarm->body && alarm->row.body == alarm->body && alarm->row.event >= 0);
        REQUIRE(strcmp(alarm->row.rule, "others") != 0 && !strchr(alarm->body, '\n'));
    }
    *alarms += verdict.count;
    char *copy = strdup(verdict.state);
    REQUIRE(copy);
    ln_verdict_free(&verdict);
    return copy;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ln_service_settings settings;
    if (!settings.rules)
        REQUIRE(ln_service_settings_read(&settings, fuzz_write("serve.conf", rules, sizeof rules - 1),
                                         NULL) == LN_OK);
    fuzz_part rest = {data, size};
    char *state = fuzz_text(fuzz_take(&rest));
    size_t count = make_looks(&rest), half = count / 2, all = 0, parts = 0, again = 0;
    char *once = judge(&settings, state, 0, count, &all);
    char *first = judge(&settings, state, 0, half, &parts);
    char *second = judge(&settings, first, half, count, &parts);
    char *repeated = judge(&settings, once, 0, count, &again);
    REQUIRE(again == 0 && strcmp(once, repeated) == 0);
    /* Only silence depends on when it is looked for. */
    REQUIRE(count == 0 || strstr(first, "quiet") || (all == parts && strcmp(once, second) == 0));
    free(state);
    free(once);
    free(first);
    free(second);
    free(repeated);
    return 0;
}
