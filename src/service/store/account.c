#include "service/store/account.h"

#include "service/store/own.h"

static const char ACCOUNTS[] = "SELECT name, hash, role FROM account ORDER BY name LIMIT $1";
static const char COUNT[] = "SELECT count(*) FROM account";
static const char ADD[] = "INSERT INTO account (name, hash, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
static const char REMOVE[] = "DELETE FROM account WHERE name = $1";
static const char SET_PASSWORD[] = "UPDATE account SET hash = $2 WHERE name = $1";
static const char SET_ROLE[] = "UPDATE account SET role = $2 WHERE name = $1";

static const char SESSIONS[] = "SELECT token, name, made_ms, seen_ms FROM session ORDER BY made_ms LIMIT $1";
static const char END_THEIRS[] = "DELETE FROM session WHERE name = $1";
static const char END_ONE[] = "DELETE FROM session WHERE token = $1";
static const char END_OLD[] = "DELETE FROM session WHERE made_ms < $1 OR seen_ms < $2";
static const char TOUCH[] = "UPDATE session SET seen_ms = $2 WHERE token = $1 AND seen_ms < $2";
static const char BEGIN[] = "INSERT INTO session (token, name, made_ms, seen_ms) VALUES ($1, $2, $3, $4)";

/* These wait for whoever changes the account or begins a session of it, and change nothing. */
static const char LOCK[] = "UPDATE account SET role = role WHERE name = $1";
static const char LOCK_IF_SAME[] = "UPDATE account SET role = role WHERE name = $1 AND hash = $2";

/* All but the newest, which leaves room for one. */
static const char END_OLDEST[] =
    "DELETE FROM session WHERE name = $1 AND token NOT IN"
    " (SELECT token FROM session WHERE name = $1 ORDER BY made_ms DESC, token LIMIT $2)";

/* ---- Reading --------------------------------------------------------------------------------- */

static void copy(char *to, size_t room, const ln_db_value *value)
{
    const size_t size = value->size < room ? value->size : room - 1;
    memcpy(to, value->bytes, size);
    to[size] = 0;
}

static void take_account(void *context, const ln_db_value *values, size_t count)
{
    ln_access *access = context;
    ln_account_row *row = &access->accounts[access->account_count++];
    (void)count;
    copy(row->name, sizeof row->name, &values[0]);
    copy(row->hash, sizeof row->hash, &values[1]);
    row->role = (int)values[2].integer;
}

static void take_session(void *context, const ln_db_value *values, size_t count)
{
    ln_access *access = context;
    ln_session_row *row = &access->sessions[access->session_count];
    (void)count;
    if (values[0].size != LN_SESSION_TOKEN)
        return;
    memcpy(row->token, values[0].bytes, LN_SESSION_TOKEN);
    copy(row->name, sizeof row->name, &values[1]);
    row->made_ms = (uint64_t)values[2].integer;
    row->seen_ms = (uint64_t)values[3].integer;
    access->session_count++;
}

ln_db_result ln_store_access(ln_store *store, ln_access *access, ln_error *error)
{
    access->account_count = access->session_count = 0;
    ln_db_result result = ln_db_run(store->db, ACCOUNTS, LN_DB_VALUES(ln_db_integer(LN_MOST_ACCOUNTS)),
                                    take_account, access, NULL, error);
    if (result == LN_DB_DONE)
        result = ln_db_run(store->db, SESSIONS, LN_DB_VALUES(ln_db_integer(LN_MOST_SESSIONS)), take_session,
                           access, NULL, error);
    return result;
}

/* ---- Accounts -------------------------------------------------------------------------------- */

static ln_db_result run(ln_store *store, const char *sql, const ln_db_value *values, size_t count,
                        int *changed, ln_error *error)
{
    uint64_t rows = 0;
    const ln_db_result result = ln_db_run(store->db, sql, values, count, NULL, NULL, &rows, error);
    if (changed)
        *changed = result == LN_DB_DONE && rows;
    return result;
}

ln_db_result ln_store_add_account(ln_store *store, const ln_account_row *account, int *added, ln_error *error)
{
    int64_t there = 0;
    *added = 0;
    ln_db_result result = ln_db_begin(store->db, error);
    if (result != LN_DB_DONE)
        return result;
    result = ln_db_run(store->db, COUNT, NULL, 0, ln_store_take_integer, &there, NULL, error);
    if (result == LN_DB_DONE && there < LN_MOST_ACCOUNTS)
        result = run(
            store, ADD,
            LN_DB_VALUES(ln_db_text(account->name), ln_db_text(account->hash), ln_db_integer(account->role)),
            added, error);
    return ln_store_end(store, result, error);
}

/* Ends the sessions of a name, and changes its account. */
static ln_db_result end_and_change(ln_store *store, const char *sql, const ln_db_value *values, size_t count,
                                   int *found, ln_error *error)
{
    *found = 0;
    ln_db_result result = ln_db_begin(store->db, error);
    if (result != LN_DB_DONE)
        return result;
    result = run(store, LOCK, values, 1, NULL, error);
    if (result == LN_DB_DONE)
        result = run(store, END_THEIRS, values, 1, NULL, error);
    if (result == LN_DB_DONE)
        result = run(store, sql, values, count, found, error);
    return ln_store_end(store, result, error);
}

ln_db_result ln_store_remove_account(ln_store *store, const char *name, int *found, ln_error *error)
{
    return end_and_change(store, REMOVE, LN_DB_VALUES(ln_db_text(name)), found, error);
}

ln_db_result ln_store_set_password(ln_store *store, const char *name, const char *hash, int *found,
                                   ln_error *error)
{
    return end_and_change(store, SET_PASSWORD, LN_DB_VALUES(ln_db_text(name), ln_db_text(hash)), found,
                          error);
}

ln_db_result ln_store_set_role(ln_store *store, const char *name, int role, int *found, ln_error *error)
{
    return run(store, SET_ROLE, LN_DB_VALUES(ln_db_text(name), ln_db_integer(role)), found, error);
}

/* ---- Sessions -------------------------------------------------------------------------------- */

static ln_db_result begin_session(ln_store *store, const ln_account_row *account,
                                  const ln_session_row *session, int *began, ln_error *error)
{
    ln_db_result result =
        run(store, LOCK_IF_SAME, LN_DB_VALUES(ln_db_text(account->name), ln_db_text(account->hash)), began,
            error);
    if (result == LN_DB_DONE && *began)
        result =
            run(store, END_OLDEST,
                LN_DB_VALUES(ln_db_text(account->name), ln_db_integer(LN_ACCOUNT_SESSIONS - 1)), NULL, error);
    if (result == LN_DB_DONE && *began)
        result = run(store, BEGIN,
                     LN_DB_VALUES(ln_db_bytes(session->token, LN_SESSION_TOKEN), ln_db_text(account->name),
                                  ln_db_integer((int64_t)session->made_ms),
                                  ln_db_integer((int64_t)session->seen_ms)),
                     NULL, error);
    return result;
}

ln_db_result ln_store_add_session(ln_store *store, const ln_account_row *account,
                                  const ln_session_row *session, int *began, ln_error *error)
{
    *began = 0;
    ln_db_result result = ln_db_begin(store->db, error);
    if (result != LN_DB_DONE)
        return result;
    return ln_store_end(store, begin_session(store, account, session, began, error), error);
}

ln_db_result ln_store_end_session(ln_store *store, const uint8_t token[LN_SESSION_TOKEN], ln_error *error)
{
    return run(store, END_ONE, LN_DB_VALUES(ln_db_bytes(token, LN_SESSION_TOKEN)), NULL, error);
}

ln_db_result ln_store_touch_session(ln_store *store, const ln_session_row *session, ln_error *error)
{
    return run(
        store, TOUCH,
        LN_DB_VALUES(ln_db_bytes(session->token, LN_SESSION_TOKEN), ln_db_integer((int64_t)session->seen_ms)),
        NULL, error);
}

ln_db_result ln_store_end_sessions(ln_store *store, uint64_t made_ms, uint64_t seen_ms, ln_error *error)
{
    return run(store, END_OLD, LN_DB_VALUES(ln_db_integer((int64_t)made_ms), ln_db_integer((int64_t)seen_ms)),
               NULL, error);
}
