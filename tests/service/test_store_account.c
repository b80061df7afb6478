/* Accounts and sessions in the store. Runs against SQLite, and against PostgreSQL (postgres.sh). */
#include "service/support_store.h"

#include "service/store/account.h"

static ln_access access_;

static void read_access(ln_store *store)
{
    assert_done(ln_store_access(store, &access_, &error));
}

static ln_account_row account_of(const char *name, int role)
{
    ln_account_row row = {.hash = "hash", .role = role};
    snprintf(row.name, sizeof row.name, "%s", name);
    return row;
}

static int add_account(ln_store *store, const char *name, int role)
{
    const ln_account_row row = account_of(name, role);
    int added;
    assert_done(ln_store_add_account(store, &row, &added, &error));
    return added;
}

static ln_session_row session_of(unsigned number, uint64_t made_ms)
{
    ln_session_row row = {.made_ms = made_ms, .seen_ms = made_ms};
    memcpy(row.token, &number, sizeof number);
    return row;
}

static int begin(ln_store *store, const char *name, const char *hash, unsigned number, uint64_t made_ms)
{
    ln_account_row row = account_of(name, 0);
    const ln_session_row session = session_of(number, made_ms);
    int began;
    snprintf(row.hash, sizeof row.hash, "%s", hash);
    assert_done(ln_store_add_session(store, &row, &session, &began, &error));
    return began;
}

static void accounts_are_added_once(void **state)
{
    ln_store *store = new_store();
    (void)state;
    assert_int_equal(query("SELECT count(*) FROM account"), 0);
    assert_true(add_account(store, "eve", 3));
    assert_true(add_account(store, "adam", 1));
    assert_false(add_account(store, "eve", 1));
    read_access(store);
    assert_int_equal(access_.account_count, 2);
    assert_string_equal(access_.accounts[0].name, "adam");
    assert_string_equal(access_.accounts[1].name, "eve");
    assert_string_equal(access_.accounts[1].hash, "hash");
    assert_int_equal(access_.accounts[1].role, 3);
    ln_store_close(store);
}

static void there_is_room_for_so_many(void **state)
{
    ln_store *store = new_store();
    char name[16];
    (void)state;
    for (int i = 0; i < LN_MOST_ACCOUNTS; i++) {
        snprintf(name, sizeof name, "%d", i);
        assert_true(add_account(store, name, 1));
    }
    assert_false(add_account(store, "one more", 1));
    read_access(store);
    assert_int_equal(access_.account_count, LN_MOST_ACCOUNTS);
    ln_store_close(store);
}

static void changes_end_sessions(void **state)
{
    ln_store *store = new_store();
    int found;
    (void)state;
    add_account(store, "eve", 3);
    add_account(store, "adam", 1);
    assert_true(begin(store, "eve", "hash", 1, NOW));
    assert_true(begin(store, "adam", "hash", 2, NOW + 1));
    assert_true(begin(store, "adam", "hash", 3, NOW + 2));

    assert_done(ln_store_set_role(store, "adam", 2, &found, &error));
    assert_true(found);
    read_access(store);
    assert_int_equal(access_.session_count, 3);
    assert_int_equal(access_.accounts[0].role, 2);

    assert_done(ln_store_set_password(store, "adam", "other", &found, &error));
    assert_true(found);
    read_access(store);
    assert_int_equal(access_.session_count, 1);
    assert_string_equal(access_.sessions[0].name, "eve");
    assert_string_equal(access_.accounts[0].hash, "other");
    assert_false(begin(store, "adam", "hash", 4, NOW)); /* the password that was right a moment ago */
    assert_true(begin(store, "adam", "other", 4, NOW));

    assert_done(ln_store_remove_account(store, "adam", &found, &error));
    assert_true(found);
    assert_false(begin(store, "adam", "other", 5, NOW));
    read_access(store);
    assert_int_equal(access_.session_count, 1);
    assert_int_equal(access_.account_count, 1);

    assert_done(ln_store_remove_account(store, "adam", &found, &error));
    assert_false(found);
    assert_done(ln_store_set_password(store, "adam", "x", &found, &error));
    assert_false(found);
    assert_done(ln_store_set_role(store, "adam", 1, &found, &error));
    assert_false(found);
    ln_store_close(store);
}

static void an_account_has_so_many_sessions(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_account(store, "eve", 3);
    add_account(store, "adam", 3);
    begin(store, "adam", "hash", 1000, NOW - 1);
    for (unsigned i = 0; i < LN_ACCOUNT_SESSIONS + 2; i++)
        assert_true(begin(store, "eve", "hash", i, NOW + i));
    read_access(store);
    assert_int_equal(access_.session_count, LN_ACCOUNT_SESSIONS + 1);
    assert_int_equal(access_.sessions[0].made_ms, NOW - 1);
    assert_int_equal(access_.sessions[1].made_ms, NOW + 2); /* its two oldest have gone */
    ln_store_close(store);
}

static void sessions_are_used_and_end(void **state)
{
    ln_store *store = new_store();
    (void)state;
    add_account(store, "eve", 3);
    for (unsigned i = 0; i < 3; i++)
        begin(store, "eve", "hash", i, NOW + i);
    ln_session_row session = session_of(1, NOW + 1);
    session.seen_ms = NOW + 100;
    assert_done(ln_store_touch_session(store, &session, &error));
    session.seen_ms = NOW + 50; /* another process was slower */
    assert_done(ln_store_touch_session(store, &session, &error));
    read_access(store);
    assert_int_equal(access_.sessions[1].seen_ms, NOW + 100);
    assert_int_equal(access_.sessions[0].seen_ms, NOW);
    assert_memory_equal(access_.sessions[1].token, session.token, LN_SESSION_TOKEN);

    assert_done(ln_store_end_sessions(store, NOW + 1, NOW, &error));
    assert_int_equal(query("SELECT count(*) FROM session"), 2);
    assert_done(ln_store_end_sessions(store, NOW, NOW + 100, &error));
    assert_int_equal(query("SELECT count(*) FROM session"), 1);
    assert_done(ln_store_end_session(store, session.token, &error));
    assert_done(ln_store_end_session(store, session.token, &error));
    assert_int_equal(query("SELECT count(*) FROM session"), 0);
    ln_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accounts_are_added_once),   cmocka_unit_test(there_is_room_for_so_many),
        cmocka_unit_test(changes_end_sessions),      cmocka_unit_test(an_account_has_so_many_sessions),
        cmocka_unit_test(sessions_are_used_and_end),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
