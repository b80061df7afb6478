#include "service/rules/rules.h"

#include "service/rules/body.h"
#include "service/rules/state.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* One run of the rules over one device. */
typedef struct judging {
    const ln_service_settings *settings;
    const ln_news *news;
    ln_rules_state state;
    ln_verdict *verdict;
    ln_error *error;
} judging;

/* ---- What a rule asks for -------------------------------------------------------------------- */

/* A pattern stands for the device's name, or for source/name. */
static int watches(const ln_rule *rule, const char *source, const char *device)
{
    char both[LN_SETTING_NAME + LN_DEVICE_NAME + 16];
    snprintf(both, sizeof both, "%s/%s", source, device);
    for (uint64_t i = 0; i < rule->device_count; i++)
        if (fnmatch(rule->devices[i], device, 0) == 0 || fnmatch(rule->devices[i], both, 0) == 0)
            return 1;
    return rule->device_count == 0;
}

static int is_class(const ln_rule *rule, const ln_sight *sight)
{
    char number[16];
    snprintf(number, sizeof number, "%u", sight->class_index);
    for (uint64_t i = 0; i < rule->class_count; i++)
        if (strcmp(rule->classes[i], number) == 0 || strcmp(rule->classes[i], sight->label) == 0)
            return 1;
    return rule->class_count == 0;
}

static int is_in_zone(const ln_rule *rule, const ln_sight *sight)
{
    double x = sight->x * 1e6, y = sight->y * 1e6;
    return rule->zone_count == 0 ||
           (sight->has_place && x >= (double)rule->zone[0] && y >= (double)rule->zone[1] &&
            x <= (double)rule->zone[2] && y <= (double)rule->zone[3]);
}

/* The best thing in a look that the rule asks for; null: there is none. */
static const ln_sight *find_sight(const ln_rule *rule, const ln_look *look)
{
    const ln_sight *best = NULL;
    for (const ln_sight *s = look->sights; s < look->sights + look->count; s++)
        if (s->score >= 0 && (uint64_t)s->score * 100 >= rule->score && (!best || s->score > best->score) &&
            is_class(rule, s) && is_in_zone(rule, s))
            best = s;
    return best;
}

/* Local time decides, also in a night when the clock changes. */
static int is_in_hours(const ln_rule *rule, uint64_t time_ms)
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm local;
    if (rule->from == rule->to || !localtime_r(&seconds, &local))
        return 1;
    unsigned minute = (unsigned)(local.tm_hour * 60 + local.tm_min);
    return rule->from < rule->to ? minute >= rule->from && minute < rule->to
                                 : minute >= rule->from || minute < rule->to;
}

/* A clock that was set back does not make the rule quiet for longer. */
static int is_quiet(const ln_rule *rule, const ln_rule_state *state, uint64_t time_ms)
{
    uint64_t since = time_ms > state->raised_ms ? time_ms - state->raised_ms : state->raised_ms - time_ms;
    return state->raised_ms > 0 && since < rule->cooldown;
}

/* ---- Alarms ---------------------------------------------------------------------------------- */

static ln_status raise_alarm(judging *j, const ln_rule *rule, const ln_alarm_row *row, uint64_t value)
{
    ln_verdict *v = j->verdict;
    ln_alarm *alarms = realloc(v->alarms, (v->count + 1) * sizeof *alarms);
    if (!alarms)
        return ln_fail_memory(j->error);
    v->alarms = alarms;
    ln_alarm *alarm = &alarms[v->count++];
    *alarm = (ln_alarm){.row = *row, .label = strdup(row->label)};
    alarm->row.rule = rule->name;
    alarm->row.label = alarm->label;
    alarm->row.targets = (const char *const *)rule->targets;
    alarm->row.target_count = rule->target_count;
    alarm->row.body = alarm->body = alarm->label ? ln_rules_body(rule, alarm, j->news, value) : NULL;
    return alarm->body ? LN_OK : ln_fail_memory(j->error);
}

static ln_status see(judging *j, const ln_rule *rule, ln_rule_state *state, const ln_look *look)
{
    if (state->raised_for >= look->picture)
        return LN_OK;
    const ln_sight *sight = find_sight(rule, look);
    if (!sight || is_quiet(rule, state, look->time_ms) || !is_in_hours(rule, look->time_ms)) {
        state->run = 0;
        return LN_OK;
    }
    if (state->run++ == 0)
        state->began = look->picture;
    if (state->run < (rule->pictures ? rule->pictures : rule->looks))
        return LN_OK;
    state->run = 0;
    state->raised_for = look->picture;
    state->raised_ms = look->time_ms;
    return raise_alarm(j, rule,
                       &(ln_alarm_row){.event = state->began,
                                       .picture = look->picture,
                                       .time_ms = look->time_ms,
                                       .label = sight->label,
                                       .score = sight->score},
                       0);
}

static ln_status take_look(judging *j, const ln_look *look)
{
    int more, finished;
    ln_status status = LN_OK;
    ln_rules_state_look(&j->state, look->picture, look->packets, look->final, &more, &finished);
    for (size_t i = 0; i < j->settings->rule_count && status == LN_OK; i++) {
        const ln_rule *rule = &j->settings->rules[i];
        if (rule->kind == LN_RULE_SEEN && (rule->pictures ? finished : more) &&
            watches(rule, j->news->source, j->news->device))
            status = see(j, rule, &j->state.rule[i], look);
    }
    return status;
}

/* A frame: the device is back, and may tell of its battery. */
static ln_status hear(judging *j, const ln_rule *rule, ln_rule_state *state, const ln_heard *heard)
{
    if (rule->kind == LN_RULE_SILENT)
        state->open = 0;
    if (rule->kind != LN_RULE_BATTERY || heard->battery == LN_NO_BATTERY)
        return LN_OK;
    uint64_t battery = (uint64_t)heard->battery, enough = rule->battery + LN_BATTERY_MARGIN;
    int is_low = battery < rule->battery, was_open = state->open;
    state->open = is_low || (was_open && battery < (enough < 100 ? enough : 100));
    if (!is_low || was_open)
        return LN_OK;
    return raise_alarm(j, rule,
                       &(ln_alarm_row){.event = heard->frame, .time_ms = heard->time_ms, .label = "battery"},
                       battery);
}

static ln_status take_heard(judging *j, const ln_heard *heard)
{
    ln_status status = LN_OK;
    if (heard->frame <= j->state.frame)
        return LN_OK;
    j->state.frame = heard->frame;
    j->state.heard_ms = heard->time_ms;
    for (size_t i = 0; i < j->settings->rule_count && status == LN_OK; i++)
        if (watches(&j->settings->rules[i], j->news->source, j->news->device))
            status = hear(j, &j->settings->rules[i], &j->state.rule[i], heard);
    return status;
}

/* Looks whether a device has been silent for too long, or will be. */
static ln_status check_silence(judging *j, const ln_rule *rule, ln_rule_state *state)
{
    uint64_t heard = j->state.heard_ms, due = heard + rule->silent;
    if (heard == 0 || state->open)
        return LN_OK;
    if (j->news->now_ms < due) {
        j->verdict->due_ms = due < j->verdict->due_ms ? due : j->verdict->due_ms;
        return LN_OK;
    }
    state->open = 1;
    return raise_alarm(
        j, rule, &(ln_alarm_row){.event = (int64_t)heard, .time_ms = j->news->now_ms, .label = "silent"},
        heard);
}

/* ---- All rules ------------------------------------------------------------------------------- */

static ln_status judge(judging *j)
{
    ln_status status = LN_OK;
    for (size_t i = 0; i < j->news->heard_count && status == LN_OK; i++)
        status = take_heard(j, &j->news->heard[i]);
    for (size_t i = 0; i < j->news->look_count && status == LN_OK; i++)
        status = take_look(j, &j->news->looks[i]);
    for (size_t i = 0; i < j->settings->rule_count && status == LN_OK; i++) {
        const ln_rule *rule = &j->settings->rules[i];
        if (rule->kind == LN_RULE_SILENT && watches(rule, j->news->source, j->news->device))
            status = check_silence(j, rule, &j->state.rule[i]);
    }
    return status;
}

ln_status ln_rules_run(const void *rules, const char *state, const ln_news *news, ln_verdict *verdict,
                       ln_error *error)
{
    const ln_service_settings *settings = rules;
    judging j = {.settings = settings, .news = news, .verdict = verdict, .error = error};
    *verdict = (ln_verdict){.due_ms = UINT64_MAX};
    ln_status status = state ? ln_rules_state_read(&j.state, settings, state) : LN_OK;
    verdict->began_anew = status == LN_ERR_IO;
    status = status == LN_ERR_MEMORY ? ln_fail_memory(error) : judge(&j);
    if (status == LN_OK) {
        verdict->state = ln_rules_state_write(&j.state, settings);
        if (!verdict->state)
            status = ln_fail_memory(error);
    }
    if (status != LN_OK)
        ln_verdict_free(verdict);
    return status;
}
