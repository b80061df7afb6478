/* Tokens, sessions that end, and how often something may be tried. */
#include "service/login/limit.h"
#include "service/login/session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW 1800000000000u

/* ---- Tokens ---------------------------------------------------------------------------------- */

static void tokens_differ_and_give_nothing_away(void **state)
{
    char token[LN_TOKEN], other[LN_TOKEN], csrf[LN_TOKEN], again[LN_TOKEN];
    uint8_t hash[LN_SESSION_TOKEN];
    (void)state;
    ln_token_make(token);
    ln_token_make(other);
    assert_int_equal(strlen(token), 64);
    assert_string_not_equal(token, other);
    ln_token_csrf(token, csrf);
    ln_token_csrf(token, again);
    assert_string_equal(csrf, again);
    assert_string_not_equal(csrf, token);
    assert_true(ln_token_hash(token, hash));
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(again + 2 * i, 3, "%02x", hash[i]);
    assert_string_not_equal(again, token);
    assert_string_not_equal(again, csrf); /* forms do not show what the store keeps */
    static const char *const wrong[] = {"", "g", "A", "\xff"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        memcpy(other, token, sizeof other);
        memcpy(other + 63, wrong[i], strlen(wrong[i]) + 1);
        assert_false(ln_token_hash(other, hash));
        ln_token_csrf(other, csrf);
        assert_string_equal(csrf, "");
    }
}

static void a_browser_is_known_to_its_account_only(void **state)
{
    ln_account_row eve = {.name = "eve", .hash = "$argon2id$one"},
                   adam = {.name = "adam", .hash = "$argon2id$one"};
    char mark[LN_DEVICE];
    (void)state;
    ln_device_make(mark, &eve);
    assert_true(ln_device_is_of(mark, &eve));
    assert_false(ln_device_is_of(mark, &adam));
    assert_false(ln_device_is_of("", &eve));
    memcpy(eve.hash, "$argon2id$two", 14);
    assert_false(ln_device_is_of(mark, &eve)); /* another password */
    ln_device_make(mark, &eve);
    mark[95] = mark[95] == '0' ? '1' : '0';
    assert_false(ln_device_is_of(mark, &eve));
}

/* ---- Sessions -------------------------------------------------------------------------------- */

typedef struct world {
    ln_sessions sessions;
    ln_access access;
    char token[LN_TOKEN];
} world;

/* Eve is logged in. */
static int set_up(void **state)
{
    world *w = calloc(1, sizeof *w);
    if (!w)
        return -1;
    ln_sessions_begin(&w->sessions);
    ln_token_make(w->token);
    w->access.account_count = w->access.session_count = 1;
    w->access.accounts[0] = (ln_account_row){.name = "eve", .role = LN_ROLE_OPERATOR};
    w->access.sessions[0] = (ln_session_row){.name = "eve", .made_ms = NOW, .seen_ms = NOW};
    ln_token_hash(w->token, w->access.sessions[0].token);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    world *w = *state;
    ln_sessions_end(&w->sessions);
    free(w);
    return 0;
}

static ln_visitor_role role_at(world *w, uint64_t now_ms)
{
    ln_visitor visitor;
    ln_sessions_find(&w->sessions, w->token, now_ms, &visitor);
    assert_int_equal(visitor.role == LN_ROLE_NONE, visitor.name[0] == 0 && visitor.csrf[0] == 0);
    assert_int_equal(visitor.is_unknown, now_ms > w->sessions.read_ms + LN_SESSION_STALE_MS);
    return visitor.role;
}

/* As the thread does now and then. */
static void read_again(world *w, uint64_t now_ms)
{
    ln_access access = w->access;
    ln_sessions_set(&w->sessions, &access, now_ms);
}

static void sessions_end_when_idle(void **state)
{
    world *w = *state;
    const uint64_t idle = LN_SESSION_IDLE_MS;
    assert_int_equal(role_at(w, NOW), LN_ROLE_NONE); /* nothing was read yet */
    read_again(w, NOW + idle - 1);
    assert_int_equal(role_at(w, NOW + idle - 1), LN_ROLE_OPERATOR);
    read_again(w, NOW + 2 * idle - 2); /* it was used, though the store does not know yet */
    assert_int_equal(role_at(w, NOW + 2 * idle - 2), LN_ROLE_OPERATOR);
    read_again(w, NOW + 3 * idle);
    assert_int_equal(role_at(w, NOW + 3 * idle), LN_ROLE_NONE);
}

static void sessions_end_when_old(void **state)
{
    world *w = *state;
    const uint64_t end = NOW + LN_SESSION_WHOLE_MS;
    w->access.sessions[0].seen_ms = end - 1000;
    read_again(w, end - 1);
    assert_int_equal(role_at(w, end - 1), LN_ROLE_OPERATOR);
    assert_int_equal(role_at(w, end), LN_ROLE_NONE);
}

static void sessions_follow_the_store(void **state)
{
    world *w = *state;
    ln_session_row untold;
    read_again(w, NOW);
    w->access.accounts[0].role = LN_ROLE_VIEWER;
    read_again(w, NOW);
    assert_int_equal(role_at(w, NOW), LN_ROLE_VIEWER);
    assert_false(ln_sessions_untold(&w->sessions, &untold));
    assert_int_equal(role_at(w, NOW + LN_SESSION_TOUCH_MS), LN_ROLE_VIEWER);
    assert_true(ln_sessions_untold(&w->sessions, &untold));
    assert_int_equal(untold.seen_ms, NOW + LN_SESSION_TOUCH_MS);
    assert_false(ln_sessions_untold(&w->sessions, &untold));
    assert_int_equal(role_at(w, NOW + LN_SESSION_STALE_MS + 1),
                     LN_ROLE_NONE); /* the store is away too long */
    read_again(w, NOW + LN_SESSION_STALE_MS + 1);
    assert_int_equal(role_at(w, NOW + LN_SESSION_STALE_MS + 1), LN_ROLE_VIEWER);
    w->access.session_count = 0;
    read_again(w, NOW);
    assert_int_equal(role_at(w, NOW), LN_ROLE_NONE);
}

static void what_goes_on_is_asked_without_use(void **state)
{
    world *w = *state;
    uint8_t hash[LN_SESSION_TOKEN];
    read_again(w, NOW);
    ln_token_hash(w->token, hash);
    assert_true(ln_sessions_goes_on(&w->sessions, hash, NOW));
    hash[0] ^= 1;
    assert_false(ln_sessions_goes_on(&w->sessions, hash, NOW));
    hash[0] ^= 1;
    for (uint64_t hours = 1; hours < 12; hours++) {
        read_again(w, NOW + hours * 3600000);
        assert_true(ln_sessions_goes_on(&w->sessions, hash, NOW + hours * 3600000));
    }
    read_again(w, NOW + LN_SESSION_IDLE_MS);
    assert_false(ln_sessions_goes_on(&w->sessions, hash, NOW + LN_SESSION_IDLE_MS));
    read_again(w, NOW);
    assert_false(ln_sessions_goes_on(&w->sessions, hash, NOW + LN_SESSION_STALE_MS + 1));
    w->access.account_count = 0;
    read_again(w, NOW);
    assert_false(ln_sessions_goes_on(&w->sessions, hash, NOW));
}

static void without_an_account_it_is_open(void **state)
{
    world *w = *state;
    assert_false(ln_sessions_is_open(&w->sessions, NOW)); /* nobody knows yet */
    read_again(w, NOW);
    assert_false(ln_sessions_is_open(&w->sessions, NOW));
    w->access.account_count = w->access.session_count = 0;
    read_again(w, NOW);
    assert_true(ln_sessions_is_open(&w->sessions, NOW));
    assert_false(ln_sessions_is_open(&w->sessions, NOW + LN_SESSION_STALE_MS + 1));
}

/* ---- Limits ---------------------------------------------------------------------------------- */

static const ln_limit_rate rate = {3, 1000};

static void tries_run_out_and_come_back(void **state)
{
    static ln_limit limit;
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(ln_limit_take(&limit, rate, 'a', "x", NOW), 0);
    assert_int_equal(ln_limit_take(&limit, rate, 'a', "x", NOW), 1000);
    assert_int_equal(ln_limit_take(&limit, rate, 'a', "x", NOW + 999), 1);
    assert_int_equal(ln_limit_take(&limit, rate, 'n', "x", NOW), 0); /* another kind */
    assert_int_equal(ln_limit_take(&limit, rate, 'a', "y", NOW), 0);
    assert_int_equal(ln_limit_take(&limit, rate, 'a', "x", NOW + 1000), 0);
    assert_int_equal(ln_limit_take(&limit, rate, 'a', "x", NOW + 1000), 1000);
    ln_limit_give(&limit, rate, 'a', "x", NOW + 1000);
    assert_int_equal(ln_limit_take(&limit, rate, 'a', "x", NOW + 1000), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ln_limit_take(&limit, rate, 'a', "x", NOW + 100000), 0);
    assert_int_equal(ln_limit_take(&limit, rate, 'a', "x", NOW + 100000), 1000);
    for (int i = 0; i < 10; i++)
        ln_limit_give(&limit, rate, 'a', "z", NOW); /* no more than there are */
    for (int i = 0; i < 3; i++)
        assert_int_equal(ln_limit_take(&limit, rate, 'a', "z", NOW), 0);
    assert_int_not_equal(ln_limit_take(&limit, rate, 'a', "z", NOW), 0);
}

/* Ten thousand strangers push out others that have tried once, not the one who has none left. */
static void strangers_do_not_free_anyone(void **state)
{
    static ln_limit limit;
    char key[16];
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(ln_limit_take(&limit, rate, 'n', "eve", NOW), 0);
    for (int i = 0; i < 10000; i++) {
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(ln_limit_take(&limit, rate, 'n', key, NOW), 0);
    }
    assert_int_not_equal(ln_limit_take(&limit, rate, 'n', "eve", NOW), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_differ_and_give_nothing_away),
        cmocka_unit_test(a_browser_is_known_to_its_account_only),
        cmocka_unit_test_setup_teardown(sessions_end_when_idle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sessions_end_when_old, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sessions_follow_the_store, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_goes_on_is_asked_without_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_an_account_it_is_open, set_up, tear_down),
        cmocka_unit_test(tries_run_out_and_come_back),
        cmocka_unit_test(strangers_do_not_free_anyone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
