/* Rules: what raises an alarm, and what does not. Times are minutes; an alarm is written as "rule event
 * picture minute". */
#include "service/rules/rules.h"

#include "faults/fault.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#define MINUTE UINT64_C(60000)
#define NOON UINT64_C(1780315200000) /* 2026-06-01 12:00 UTC */
#define AT(minute) (NOON + (uint64_t)((minute)*60000))

/* ---- Settings and news ----------------------------------------------------------------------- */

static ln_service_settings settings;

static const char head[] = "[service]\nstore = x.db\n[source a]\nkind = webhook\nform = sigfox\nsecret = s\n";

/* Reads rules as a user writes them. */
static void read_rules_in(const char *zone, const char *rules)
{
    char path[] = "/tmp/rules-XXXXXX";
    ln_error error = {0};
    int file = mkstemp(path);
    assert_true(file >= 0);
    dprintf(file, "%s[service]\ntime zone = %s\n%s", head, zone, rules);
    close(file);
    if (settings.rules)
        ln_service_settings_free(&settings);
    if (ln_service_settings_read(&settings, path, &error) != LN_OK)
        fail_msg("%s", error.text);
    ln_service_settings_use_zone(&settings);
    unlink(path);
}

static void read_rules(const char *rules)
{
    read_rules_in("UTC", rules);
}

static int close_settings(void **unused)
{
    (void)unused;
    if (settings.rules)
        ln_service_settings_free(&settings);
    return 0;
}

static ln_sight fox(int percent)
{
    return (ln_sight){.class_index = 277, .label = "red fox", .score = percent * 100};
}

static ln_sight cat(int percent)
{
    return (ln_sight){.class_index = 281, .label = "tabby", .score = percent * 100};
}

static ln_sight nothing(void)
{
    return (ln_sight){.class_index = 1, .label = "grass", .score = 9000};
}

/* A look that shows one thing. */
typedef struct shown {
    int64_t picture;
    double minute;
    uint32_t packets;
    int final;
    ln_sight sight;
} shown;

typedef struct run {
    char *state;
    char alarms[4096];
    uint64_t due_ms;
    int anew;
} run;

static void apply(run *r, const ln_news *news)
{
    ln_verdict verdict;
    ln_error error;
    assert_int_equal(ln_rules_run(&settings, r->state, news, &verdict, &error), LN_OK);
    for (size_t i = 0; i < verdict.count; i++) {
        const ln_alarm_row *row = &verdict.alarms[i].row;
        assert_ptr_equal(row->body, verdict.alarms[i].body);
        size_t length = strlen(r->alarms);
        snprintf(r->alarms + length, sizeof r->alarms - length, "%s%s %lld %lld %g", length ? "; " : "",
                 row->rule, (long long)row->event, (long long)row->picture,
                 ((double)row->time_ms - (double)NOON) / (double)MINUTE);
    }
    assert_true(strlen(verdict.state) <= LN_RULES_STATE);
    free(r->state);
    r->state = strdup(verdict.state);
    r->due_ms = verdict.due_ms;
    r->anew = verdict.began_anew;
    ln_verdict_free(&verdict);
}

static void look(run *r, const shown *s, size_t count)
{
    ln_look looks[64];
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++)
        looks[i] = (ln_look){s[i].picture, AT(s[i].minute), s[i].packets, s[i].final, &s[i].sight, 1};
    apply(r, &(ln_news){.source = "a",
                        .device = "0102",
                        .now_ms = count ? looks[count - 1].time_ms : NOON,
                        .looks = looks,
                        .look_count = count});
}

/* The same looks at once, one by one with the state written between, and each of them twice with the state of
 * before (killed before the result was kept) and of after (killed behind it): always the same alarms. */
static void expect(const shown *s, size_t count, const char *alarms)
{
    run all = {0}, single = {0}, again = {0};
    look(&all, s, count);
    for (size_t i = 0; i < count; i++) {
        look(&single, &s[i], 1);
        run lost = {.state = again.state ? strdup(again.state) : NULL};
        look(&lost, &s[i], 1);
        free(lost.state);
        look(&again, &s[i], 1);
        look(&again, s, i + 1);
    }
    assert_string_equal(all.alarms, alarms);
    assert_string_equal(single.alarms, alarms);
    assert_string_equal(again.alarms, alarms);
    assert_string_equal(all.state, single.state);
    assert_string_equal(all.state, again.state);
    free(all.state);
    free(single.state);
    free(again.state);
}

#define EXPECT(alarms, ...)                                                                                  \
    expect((const shown[]){__VA_ARGS__}, sizeof((const shown[]){__VA_ARGS__}) / sizeof(shown), alarms)

/* ---- Seen ------------------------------------------------------------------------------------ */

static void test_one_event_one_alarm(void **unused)
{
    (void)unused;
    read_rules("[rule fox]\nkind = seen\nclasses = red fox\nscore = 0.6\ncooldown = 30 min\n");
    EXPECT("", {1, 0, 1, 0, nothing()}, {1, 1, 2, 0, fox(59)}, {2, 5, 1, 1, cat(99)});
    EXPECT("fox 1 1 1", {1, 0, 1, 0, nothing()}, {1, 1, 2, 0, fox(60)}, {1, 2, 3, 0, fox(90)},
           {1, 3, 4, 1, fox(95)});
    /* Quiet for 30 minutes from the alarm on, whatever is seen, and then an event of its own. */
    EXPECT("fox 1 1 0; fox 4 4 30", {1, 0, 1, 1, fox(90)}, {2, 10, 1, 1, nothing()}, {3, 29, 1, 1, fox(90)},
           {4, 30, 1, 1, fox(90)}, {5, 31, 1, 1, fox(90)});
    /* The picture that raised it raises no other, however long it takes. */
    EXPECT("fox 1 1 0", {1, 0, 1, 0, fox(90)}, {1, 40, 2, 0, nothing()}, {1, 50, 3, 1, fox(90)});
    /* A clock that was set back by a year does not make the rule quiet for a year. */
    EXPECT("fox 1 1 0; fox 2 2 -525600", {1, 0, 1, 1, fox(90)}, {2, -525600, 1, 1, fox(90)});
}

static void test_no_cooldown(void **unused)
{
    (void)unused;
    read_rules("[rule fox]\nkind = seen\nclasses = 277\ncooldown = 0 s\n");
    EXPECT("fox 1 1 0; fox 2 2 2", {1, 0, 1, 0, fox(90)}, {1, 1, 2, 1, fox(90)}, {2, 2, 1, 0, fox(90)},
           {2, 3, 2, 1, fox(90)});
}

static void test_looks(void **unused)
{
    (void)unused;
    read_rules("[rule fox]\nkind = seen\nclasses = red fox\nlooks = 3\n");
    EXPECT("", {1, 0, 1, 0, fox(90)}, {1, 1, 2, 0, fox(90)}, {1, 2, 3, 1, nothing()}, {2, 3, 1, 0, fox(90)},
           {2, 4, 2, 0, fox(90)});
    /* A look with no new packets shows nothing new, also when it is the final one. */
    EXPECT("", {1, 0, 1, 0, fox(90)}, {1, 1, 2, 0, fox(90)}, {1, 2, 2, 1, fox(90)});
    /* The event is that of the picture in which the run began. */
    EXPECT("fox 1 2 2", {1, 0, 1, 0, fox(90)}, {1, 1, 2, 1, fox(90)}, {2, 2, 1, 0, fox(90)},
           {2, 3, 2, 1, fox(90)});
}

static void test_pictures(void **unused)
{
    (void)unused;
    read_rules("[rule fox]\nkind = seen\nclasses = red fox\npictures = 2\n");
    EXPECT("fox 2 3 7", {1, 0, 1, 0, fox(90)}, {1, 1, 2, 1, nothing()}, {2, 2, 1, 0, nothing()},
           {2, 3, 1, 1, fox(90)}, {3, 4, 1, 0, nothing()}, {3, 5, 2, 0, nothing()}, {3, 7, 2, 1, fox(90)});
}

/* Nothing that comes behind the final look of a picture counts. */
static void test_final_looks(void **unused)
{
    (void)unused;
    read_rules("[rule fox]\nkind = seen\nclasses = red fox\n");
    EXPECT("", {1, 0, 2, 1, nothing()}, {1, 1, 3, 0, fox(90)}, {1, 2, 4, 1, fox(90)});
    read_rules("[rule fox]\nkind = seen\nclasses = red fox\npictures = 2\n");
    EXPECT("", {1, 0, 2, 1, fox(90)}, {1, 1, 3, 1, fox(90)});
}

static void test_order_of_pictures(void **unused)
{
    (void)unused;
    read_rules("[rule fox]\nkind = seen\nclasses = red fox\ncooldown = 1 min\n");
    /* An older picture that is still open raises nothing after a newer one did. */
    EXPECT("fox 2 2 1; fox 3 3 9", {1, 0, 1, 0, nothing()}, {2, 1, 1, 0, fox(90)}, {1, 8, 2, 1, fox(90)},
           {3, 9, 1, 0, fox(90)});
    /* More pictures than are remembered: those that are over stay over. */
    shown many[64];
    for (int i = 0; i < 62; i++)
        many[i] = (shown){i + 10, i, 1, 1, nothing()};
    many[62] = (shown){10, 62, 9, 1, fox(90)};
    many[63] = (shown){72, 63, 1, 1, fox(90)};
    expect(many, 64, "fox 72 72 63");
    /* One that is still open is remembered longer than those that are over. */
    many[0].final = 0;
    expect(many, 64, "fox 10 10 62; fox 72 72 63");
}

static void test_classes_and_several_rules(void **unused)
{
    (void)unused;
    read_rules("[rule any]\nkind = seen\nscore = 0.9\n[rule two]\nkind = seen\nclasses = red fox, 281\n");
    EXPECT("two 1 1 0; any 2 2 1", {1, 0, 1, 1, cat(89)}, {2, 1, 1, 1, nothing()}, {3, 2, 1, 1, fox(89)});
    read_rules("[rule two]\nkind = seen\nclasses = 28, fox, red, 2777\n");
    EXPECT("", {1, 0, 1, 1, cat(89)}, {2, 1, 1, 1, fox(89)});
}

static ln_sight place(double x, double y)
{
    return (ln_sight){.class_index = 0, .label = "person", .score = 8000, .has_place = 1, .x = x, .y = y};
}

static void test_zone(void **unused)
{
    (void)unused;
    read_rules("[rule gate]\nkind = seen\nclasses = person\nzone = 0.25, 0.5, 0.75, 1\ncooldown = 0 s\n");
    EXPECT("gate 3 3 2; gate 5 5 4", {1, 0, 1, 1, place(0.5, 0.49)}, {2, 1, 1, 1, place(0.76, 0.75)},
           {3, 2, 1, 1, place(0.25, 0.5)},
           {4, 3, 1, 1, {.label = "person", .score = 8000, .x = 0.5, .y = 0.7}}, {5, 4, 1, 1, place(0.75, 1)},
           {6, 5, 1, 1, place(0.2, 0.7)});
}

static void test_best_of_a_look(void **unused)
{
    (void)unused;
    read_rules("[rule any]\nkind = seen\nclasses = tabby, red fox\n");
    const ln_sight sights[] = {nothing(), cat(60), fox(70), cat(65)};
    const ln_look one = {1, NOON, 1, 1, sights, 4};
    ln_verdict verdict;
    assert_int_equal(
        ln_rules_run(&settings, NULL,
                     &(ln_news){.source = "a", .device = "01\"\n\xff", .looks = &one, .look_count = 1},
                     &verdict, NULL),
        LN_OK);
    assert_int_equal(verdict.count, 1);
    assert_string_equal(verdict.alarms[0].row.label, "red fox");
    assert_int_equal(verdict.alarms[0].row.score, 7000);
    json_t *body = json_loads(verdict.alarms[0].body, 0, NULL);
    assert_non_null(body);
    assert_string_equal(json_string_value(json_object_get(body, "device")), "01\"\n?");
    assert_string_equal(json_string_value(json_object_get(body, "text")), "any: 01\"\n? sees red fox (70 %)");
    assert_string_equal(json_string_value(json_object_get(body, "time")), "2026-06-01T12:00:00Z");
    assert_true(json_real_value(json_object_get(body, "score")) == 0.7);
    assert_int_equal(json_integer_value(json_object_get(body, "picture")), 1);
    json_decref(body);
    ln_verdict_free(&verdict);
}

static void test_devices(void **unused)
{
    (void)unused;
    static const struct {
        const char *pattern;
        int watched; /* the device 0102 of the source a */
    } cases[] = {{"0102", 1},       {"01*", 1},       {"a/*", 1},    {"a/0102", 1}, {"b/*", 0},
                 {"0103, 010?", 1}, {"0103, 02*", 0}, {"[0-9]*", 1}, {"010", 0},    {"*", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char rules[128];
        snprintf(rules, sizeof rules, "[rule fox]\nkind = seen\ndevices = %s\n", cases[i].pattern);
        read_rules(rules);
        EXPECT(cases[i].watched ? "fox 1 1 0" : "", {1, 0, 1, 1, fox(90)});
    }
}

/* ---- Hours ----------------------------------------------------------------------------------- */

/* Whether a rule with these hours raises an alarm at a time of 2026, UTC. */
static int raises(const char *zone, const char *hours, int month, int day, int hour, int minute)
{
    char rules[128];
    snprintf(rules, sizeof rules, "[rule fox]\nkind = seen\nhours = %s\n", hours);
    read_rules_in("UTC", rules);
    struct tm utc = {.tm_year = 126, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour, .tm_min = minute};
    uint64_t time_ms = (uint64_t)mktime(&utc) * 1000;
    read_rules_in(zone, rules);
    const ln_sight sight = fox(90);
    const ln_look one = {1, time_ms, 1, 1, &sight, 1};
    ln_verdict verdict;
    const ln_news news = {.source = "a", .device = "b", .looks = &one, .look_count = 1};
    assert_int_equal(ln_rules_run(&settings, NULL, &news, &verdict, NULL), LN_OK);
    int raised = verdict.count == 1;
    ln_verdict_free(&verdict);
    return raised;
}

static void test_hours(void **unused)
{
    (void)unused;
    assert_int_equal(raises("UTC", "08:00-17:00", 6, 1, 7, 59), 0);
    assert_int_equal(raises("UTC", "08:00-17:00", 6, 1, 8, 0), 1);
    assert_int_equal(raises("UTC", "08:00-17:00", 6, 1, 16, 59), 1);
    assert_int_equal(raises("UTC", "08:00-17:00", 6, 1, 17, 0), 0);
    assert_int_equal(raises("UTC", "21:00-05:00", 6, 1, 20, 59), 0); /* over midnight */
    assert_int_equal(raises("UTC", "21:00-05:00", 6, 1, 21, 0), 1);
    assert_int_equal(raises("UTC", "21:00-05:00", 6, 1, 0, 0), 1);
    assert_int_equal(raises("UTC", "21:00-05:00", 6, 1, 4, 59), 1);
    assert_int_equal(raises("UTC", "21:00-05:00", 6, 1, 5, 0), 0);
}

/* In Berlin, the clock goes from 02:00 to 03:00 at 01:00 UTC on 29 March 2026, and back on 25 October. */
static void test_hours_when_the_clock_changes(void **unused)
{
    (void)unused;
    assert_int_equal(raises("Europe/Berlin", "03:00-04:00", 3, 29, 0, 59), 0); /* 01:59 */
    assert_int_equal(raises("Europe/Berlin", "03:00-04:00", 3, 29, 1, 0), 1);  /* 03:00 */
    assert_int_equal(raises("Europe/Berlin", "03:00-04:00", 3, 28, 1, 0), 0);  /* 02:00, a day before */
    assert_int_equal(raises("Europe/Berlin", "02:00-03:00", 10, 25, 0, 30),
                     1); /* 02:30, for the first time */
    assert_int_equal(raises("Europe/Berlin", "02:00-03:00", 10, 25, 1, 30), 1); /* and again */
    assert_int_equal(raises("Europe/Berlin", "02:00-03:00", 10, 25, 2, 0), 0);  /* 03:00 */
    assert_int_equal(raises("Europe/Berlin", "22:00-05:00", 7, 1, 20, 0), 1);   /* 22:00 in summer */
    assert_int_equal(raises("Europe/Berlin", "22:00-05:00", 12, 1, 20, 0), 0);  /* 21:00 in winter */
}

/* ---- Silent, battery ------------------------------------------------------------------------- */

static void hear(run *r, double now, const ln_heard *heard, size_t count)
{
    apply(r, &(ln_news){
                 .source = "a", .device = "0102", .now_ms = AT(now), .heard = heard, .heard_count = count});
}

static void test_silent(void **unused)
{
    (void)unused;
    char alarm[64];
    run r = {0};
    read_rules("[rule quiet]\nkind = silent\nsilent after = 1 h\n");
    hear(&r, 0, NULL, 0);
    assert_true(r.due_ms == UINT64_MAX); /* never heard, never silent */
    hear(&r, 1, &(ln_heard){1, AT(1), LN_NO_BATTERY}, 1);
    assert_true(r.due_ms == AT(61));
    hear(&r, 60.99, NULL, 0);
    assert_string_equal(r.alarms, "");
    hear(&r, 61, NULL, 0);
    snprintf(alarm, sizeof alarm, "quiet %llu 0 61", (unsigned long long)AT(1));
    assert_string_equal(r.alarms, alarm);
    assert_true(r.due_ms == UINT64_MAX);
    hear(&r, 500, NULL, 0);
    hear(&r, 501, &(ln_heard){1, AT(1), LN_NO_BATTERY}, 1); /* a frame that was known */
    assert_string_equal(r.alarms, alarm);
    hear(&r, 600, &(ln_heard){2, AT(599), LN_NO_BATTERY}, 1); /* it is back */
    assert_string_equal(r.alarms, alarm);
    hear(&r, 659, NULL, 0);
    assert_true(strstr(r.alarms, "; quiet ") && strstr(r.alarms, " 0 659"));
    free(r.state);
}

static void test_battery(void **unused)
{
    (void)unused;
    static const int levels[] = {50, 20, 19, LN_NO_BATTERY, 21, 18, 24, 19, 25, 19, 10, 100, 0};
    static const char alarms[] = "low 3 0 2; low 10 0 9; low 13 0 12";
    run one = {0}, all = {0};
    ln_heard heard[sizeof levels / sizeof *levels];
    size_t count = sizeof levels / sizeof *levels;
    read_rules("[rule low]\nkind = battery\nbattery below = 20 %\n");
    for (size_t i = 0; i < count; i++) {
        heard[i] = (ln_heard){(int64_t)i + 1, AT((double)i), levels[i]};
        hear(&one, (double)i, &heard[i], 1);
        hear(&one, (double)i, heard, i + 1); /* all of them again */
    }
    hear(&all, 20, heard, count);
    assert_string_equal(one.alarms, alarms);
    assert_string_equal(all.alarms, alarms);
    assert_string_equal(one.state, all.state);
    free(one.state);
    free(all.state);
    /* A margin beyond 100 % would never be reached. */
    run high = {0};
    read_rules("[rule low]\nkind = battery\nbattery below = 98 %\n");
    hear(&high, 0, (const ln_heard[]){{1, AT(0), 97}, {2, AT(1), 100}, {3, AT(2), 97}}, 3);
    assert_string_equal(high.alarms, "low 1 0 0; low 3 0 2");
    free(high.state);
}

/* ---- State ----------------------------------------------------------------------------------- */

static void test_rules_that_change(void **unused)
{
    (void)unused;
    run r = {0};
    read_rules("[rule fox]\nkind = seen\nclasses = red fox\ncooldown = 1 h\n[rule gone]\nkind = seen\n");
    look(&r, &(shown){1, 0, 1, 1, fox(90)}, 1);
    assert_string_equal(r.alarms, "fox 1 1 0; gone 1 1 0");
    read_rules("[rule new]\nkind = seen\n[rule fox]\nkind = seen\nclasses = red fox\ncooldown = 1 h\n");
    look(&r, &(shown){2, 1, 1, 1, fox(90)}, 1);
    assert_string_equal(r.alarms, "fox 1 1 0; gone 1 1 0; new 2 2 1");
    assert_null(strstr(r.state, "gone"));
    free(r.state);
}

static void test_states_that_are_none(void **unused)
{
    (void)unused;
    static const char *const states[] = {
        "",
        "{",
        "[]",
        "null",
        "{\"frame\":1}",
        "{\"frame\":-1,\"heard\":1,\"floor\":1,\"pictures\":[],\"rules\":{}}",
        "{\"frame\":1,\"heard\":1,\"floor\":1,\"pictures\":[[1,4294967296,0]],\"rules\":{}}",
        "{\"frame\":1,\"heard\":1,\"floor\":1,\"pictures\":[[1,2]],\"rules\":{}}",
        "{\"frame\":1,\"heard\":1,\"floor\":1,\"pictures\":[],\"rules\":{\"fox\":{\"run\":\"1\"}}}",
    };
    read_rules("[rule fox]\nkind = seen\n");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        run r = {.state = strdup(states[i])};
        look(&r, &(shown){1, 0, 1, 1, fox(90)}, 1);
        assert_true(r.anew);
        assert_string_equal(r.alarms, "fox 1 1 0");
        look(&r, &(shown){2, 1, 1, 1, fox(90)}, 1);
        assert_false(r.anew);
        free(r.state);
    }
}

/* The longest state: as many rules and pictures as there can be, and the largest numbers. */
static void test_longest_state(void **unused)
{
    (void)unused;
    char *rules = calloc(64, 128);
    assert_non_null(rules);
    for (int i = 0; i < LN_MOST_RULES; i++)
        sprintf(rules + strlen(rules),
                "[rule abcdefghijklmnopqrstuvwxyz0123%02d]\nkind = seen\ncooldown = 0 s\n", i);
    read_rules(rules);
    free(rules);
    run r = {0};
    for (int64_t i = 0; i < 40; i++) {
        const ln_sight sight = fox(90);
        const ln_look one = {INT64_MAX - 40 + i, UINT64_C(253402300799000), UINT32_MAX, 0, &sight, 1};
        ln_verdict verdict;
        const ln_news news = {.source = "a", .device = "b", .looks = &one, .look_count = 1};
        assert_int_equal(ln_rules_run(&settings, r.state, &news, &verdict, NULL), LN_OK);
        assert_false(verdict.began_anew);
        assert_int_equal(verdict.count, LN_MOST_RULES);
        free(r.state);
        r.state = strdup(verdict.state);
        ln_verdict_free(&verdict);
    }
    assert_true(strlen(r.state) <= LN_RULES_STATE);
    free(r.state);
}

/* Each allocation fails once: an error, or the right result. A state is never taken for none. */
static void test_memory(void **unused)
{
    (void)unused;
    const shown before = {1, 0, 1, 1, fox(90)};
    const ln_sight sight = fox(90);
    const ln_look one = {2, AT(60), 1, 1, &sight, 1};
    const ln_heard heard = {9, AT(60), 10};
    const ln_news news = {"a", "0102", AT(200), &heard, 1, &one, 1};
    run r = {0};
    unsigned n = 0;
    read_rules("[rule fox]\nkind = seen\n[rule low]\nkind = battery\nbattery below = 20 %\n"
               "[rule quiet]\nkind = silent\nsilent after = 1 h\n");
    look(&r, &before, 1);
    for (int failed = 1; failed;) {
        static const ln_verdict empty;
        ln_verdict verdict;
        ln_error error = {0};
        fault_arm(FAULT_MEMORY, ++n, ENOMEM);
        ln_status status = ln_rules_run(&settings, r.state, &news, &verdict, &error);
        failed = fault_disarm();
        if (status == LN_OK) {
            assert_int_equal(verdict.count, 3);
            assert_false(verdict.began_anew);
            ln_verdict_free(&verdict);
        } else {
            assert_int_equal(status, LN_ERR_MEMORY);
            assert_non_null(strstr(error.text, "not enough memory"));
            assert_memory_equal(&verdict, &empty, sizeof verdict);
        }
    }
    assert_true(n > 20);
    free(r.state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_event_one_alarm),
        cmocka_unit_test(test_no_cooldown),
        cmocka_unit_test(test_looks),
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_final_looks),
        cmocka_unit_test(test_order_of_pictures),
        cmocka_unit_test(test_classes_and_several_rules),
        cmocka_unit_test(test_zone),
        cmocka_unit_test(test_best_of_a_look),
        cmocka_unit_test(test_devices),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_hours_when_the_clock_changes),
        cmocka_unit_test(test_silent),
        cmocka_unit_test(test_battery),
        cmocka_unit_test(test_rules_that_change),
        cmocka_unit_test(test_states_that_are_none),
        cmocka_unit_test(test_longest_state),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, close_settings);
}
