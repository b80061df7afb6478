#include "service/rules/state.h"

#include "service/json.h"

#include <stdlib.h>
#include <string.h>

/* ---- Pictures -------------------------------------------------------------------------------- */

static ln_seen_picture *find(ln_rules_state *s, int64_t id)
{
    for (size_t i = 0; i < s->pictures; i++)
        if (s->picture[i].id == id)
            return &s->picture[i];
    return NULL;
}

/* Forgets the oldest picture that is final, or the oldest one. */
static void make_room(ln_rules_state *s)
{
    ln_seen_picture *oldest = s->picture;
    for (ln_seen_picture *p = s->picture; p < s->picture + s->pictures; p++)
        if (p->final > oldest->final || (p->final == oldest->final && p->id < oldest->id))
            oldest = p;
    if (oldest->id > s->floor)
        s->floor = oldest->id;
    *oldest = s->picture[--s->pictures];
}

void ln_rules_state_look(ln_rules_state *s, int64_t id, uint32_t packets, int final, int *more, int *finished)
{
    ln_seen_picture *p = find(s, id);
    *more = *finished = 0;
    if (!p && id <= s->floor)
        return;
    if (!p) {
        if (s->pictures == LN_RULES_PICTURES)
            make_room(s);
        p = &s->picture[s->pictures++];
        *p = (ln_seen_picture){.id = id};
    }
    *more = packets > p->packets && !p->final;
    *finished = final && !p->final;
    if (*more)
        p->packets = packets;
    p->final |= final;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* A number that is not negative; 0 and `*wrong` if it is none. */
static int64_t number_of(const json_t *value, int *wrong)
{
    if (json_is_integer(value) && json_integer_value(value) >= 0)
        return json_integer_value(value);
    *wrong = 1;
    return 0;
}

static void read_rule(ln_rule_state *rule, const json_t *object, int *wrong)
{
    *rule = (ln_rule_state){
        .run = (uint64_t)number_of(json_object_get(object, "run"), wrong),
        .began = number_of(json_object_get(object, "began"), wrong),
        .raised_for = number_of(json_object_get(object, "for"), wrong),
        .raised_ms = (uint64_t)number_of(json_object_get(object, "raised"), wrong),
        .open = number_of(json_object_get(object, "open"), wrong) > 0,
    };
}

static void read_pictures(ln_rules_state *s, const json_t *list, int *wrong)
{
    s->pictures = json_array_size(list);
    if (!json_is_array(list) || s->pictures > LN_RULES_PICTURES) {
        s->pictures = 0;
        *wrong = 1;
    }
    for (size_t i = 0; i < s->pictures; i++) {
        const json_t *entry = json_array_get(list, i);
        int64_t packets = number_of(json_array_get(entry, 1), wrong);
        s->picture[i] = (ln_seen_picture){number_of(json_array_get(entry, 0), wrong), (uint32_t)packets,
                                          number_of(json_array_get(entry, 2), wrong) > 0};
        *wrong |= packets > UINT32_MAX;
    }
}

ln_status ln_rules_state_read(ln_rules_state *s, const ln_service_settings *settings, const char *text)
{
    json_t *root;
    *s = (ln_rules_state){0};
    ln_status status = ln_json_read(&root, text, strlen(text));
    if (status != LN_OK)
        return status;
    const json_t *rules = json_object_get(root, "rules");
    int wrong = !json_is_object(rules);
    s->frame = number_of(json_object_get(root, "frame"), &wrong);
    s->heard_ms = (uint64_t)number_of(json_object_get(root, "heard"), &wrong);
    s->floor = number_of(json_object_get(root, "floor"), &wrong);
    read_pictures(s, json_object_get(root, "pictures"), &wrong);
    for (size_t i = 0; i < settings->rule_count; i++) {
        const json_t *rule = json_object_get(rules, settings->rules[i].name);
        if (rule)
            read_rule(&s->rule[i], rule, &wrong);
    }
    json_decref(root);
    if (wrong)
        *s = (ln_rules_state){0};
    return wrong ? LN_ERR_IO : LN_OK;
}

/* ---- Writing --------------------------------------------------------------------------------- */

/* json_pack gives null after an error, which the functions that add it hand on. */
static int add_rules(json_t *rules, const ln_rules_state *s, const ln_service_settings *settings)
{
    int failed = 0;
    for (size_t i = 0; i < settings->rule_count; i++) {
        const ln_rule_state *r = &s->rule[i];
        if (r->run || r->raised_for || r->raised_ms || r->open)
            failed |= json_object_set_new(rules, settings->rules[i].name,
                                          json_pack("{sI sI sI sI si}", "run", (json_int_t)r->run, "began",
                                                    (json_int_t)r->began, "for", (json_int_t)r->raised_for,
                                                    "raised", (json_int_t)r->raised_ms, "open", r->open));
    }
    return failed;
}

static int add_pictures(json_t *pictures, const ln_rules_state *s)
{
    int failed = 0;
    for (size_t i = 0; i < s->pictures; i++)
        failed |= json_array_append_new(pictures,
                                        json_pack("[IIi]", (json_int_t)s->picture[i].id,
                                                  (json_int_t)s->picture[i].packets, s->picture[i].final));
    return failed;
}

char *ln_rules_state_write(const ln_rules_state *s, const ln_service_settings *settings)
{
    json_t *rules = json_object(), *pictures = json_array();
    int failed = add_rules(rules, s, settings) | add_pictures(pictures, s);
    json_t *root =
        json_pack("{sI sI sI so so}", "frame", (json_int_t)s->frame, "heard", (json_int_t)s->heard_ms,
                  "floor", (json_int_t)s->floor, "pictures", pictures, "rules", rules);
    char *text = root && !failed ? json_dumps(root, JSON_COMPACT) : NULL;
    json_decref(root);
    return text;
}
