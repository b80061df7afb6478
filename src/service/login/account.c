#include "service/login/account.h"

#include <ctype.h>
#include <sodium.h>

#define TRIES 5 /* of a change that another connection was in the way of */

static const char *const roles[] = {"none", "viewer", "operator", "admin"};

ln_visitor_role ln_role_of(const char *name)
{
    for (int role = LN_ROLE_VIEWER; role <= LN_ROLE_ADMIN; role++)
        if (strcmp(name, roles[role]) == 0)
            return (ln_visitor_role)role;
    return LN_ROLE_NONE;
}

const char *ln_role_name(ln_visitor_role role)
{
    return roles[role <= LN_ROLE_ADMIN ? role : LN_ROLE_NONE];
}

/* ---- Names and passwords --------------------------------------------------------------------- */

static int is_letter(char c)
{
    return isascii((unsigned char)c) && isalnum((unsigned char)c);
}

int ln_account_is_name(const char *name, ln_error *error)
{
    const size_t length = strlen(name);
    int is_name = length && length <= LN_ACCOUNT_NAME && is_letter(name[0]) && is_letter(name[length - 1]);
    for (size_t i = 0; i < length && is_name; i++)
        is_name = is_letter(name[i]) || strchr("._-@", name[i]);
    if (!is_name)
        ln_fail(error, LN_ERR_ARGUMENT, "a name has 1 to %d letters and digits, with . _ - @ in between",
                LN_ACCOUNT_NAME);
    return is_name;
}

ln_status ln_account_hash(char hash[LN_ACCOUNT_HASH], const char *password, ln_error *error)
{
    _Static_assert(LN_ACCOUNT_HASH >= crypto_pwhash_STRBYTES, "the hash does not fit");
    const size_t length = strlen(password);
    if (length < LN_PASSWORD_LEAST || length > LN_PASSWORD_MOST)
        return ln_fail(error, LN_ERR_ARGUMENT, "a password has %d to %d characters", LN_PASSWORD_LEAST,
                       LN_PASSWORD_MOST);
    return crypto_pwhash_str(hash, password, length, crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE)
               ? ln_fail_memory(error)
               : LN_OK;
}

int ln_account_matches(const char hash[LN_ACCOUNT_HASH], const char *password)
{
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

/* ---- Changes --------------------------------------------------------------------------------- */

typedef enum change { ADD, REMOVE, SET_PASSWORD, SET_ROLE } change;

static ln_db_result run_once(ln_store *store, change what, const ln_account_row *row, int *done,
                             ln_error *error)
{
    switch (what) {
    case ADD:
        return ln_store_add_account(store, row, done, error);
    case REMOVE:
        return ln_store_remove_account(store, row->name, done, error);
    case SET_PASSWORD:
        return ln_store_set_password(store, row->name, row->hash, done, error);
    case SET_ROLE:
        break;
    }
    return ln_store_set_role(store, row->name, row->role, done, error);
}

static ln_status run(ln_store *store, change what, const ln_account_row *row, ln_error *error)
{
    int done = 0;
    ln_db_result result = LN_DB_BUSY;
    for (int i = 0; i < TRIES && result == LN_DB_BUSY; i++)
        result = run_once(store, what, row, &done, error);
    if (result != LN_DB_DONE)
        return LN_ERR_IO;
    if (done)
        return LN_OK;
    if (what == ADD)
        return ln_fail(error, LN_ERR_ARGUMENT, "%s: there is such an account already, or there are %d",
                       row->name, LN_MOST_ACCOUNTS);
    return ln_fail(error, LN_ERR_ARGUMENT, "%s: there is no such account", row->name);
}

/* Makes what is to be changed; a name that cannot be is no account's. */
static ln_status make(ln_account_row *row, const char *name, const char *password, ln_error *error)
{
    if (!ln_account_is_name(name, error))
        return LN_ERR_ARGUMENT;
    *row = (ln_account_row){0};
    memcpy(row->name, name, strlen(name));
    return password ? ln_account_hash(row->hash, password, error) : LN_OK;
}

ln_status ln_account_add(ln_store *store, const char *name, const char *password, ln_visitor_role role,
                         ln_error *error)
{
    ln_account_row row;
    if (role == LN_ROLE_NONE)
        return ln_fail(error, LN_ERR_ARGUMENT, "a role is viewer, operator or admin");
    ln_status status = make(&row, name, password, error);
    row.role = (int)role;
    return status == LN_OK ? run(store, ADD, &row, error) : status;
}

ln_status ln_account_remove(ln_store *store, const char *name, ln_error *error)
{
    ln_account_row row;
    ln_status status = make(&row, name, NULL, error);
    return status == LN_OK ? run(store, REMOVE, &row, error) : status;
}

ln_status ln_account_set_password(ln_store *store, const char *name, const char *password, ln_error *error)
{
    ln_account_row row;
    ln_status status = make(&row, name, password, error);
    return status == LN_OK ? run(store, SET_PASSWORD, &row, error) : status;
}

ln_status ln_account_set_role(ln_store *store, const char *name, ln_visitor_role role, ln_error *error)
{
    ln_account_row row;
    if (role == LN_ROLE_NONE)
        return ln_fail(error, LN_ERR_ARGUMENT, "a role is viewer, operator or admin");
    ln_status status = make(&row, name, NULL, error);
    row.role = (int)role;
    return status == LN_OK ? run(store, SET_ROLE, &row, error) : status;
}
