/* Who may see the page, and who is logged in. These tables are not by device: they are small, and each server
 * of a store that is spread over several has all of them (reference tables). */
#ifndef LN_SERVICE_STORE_ACCOUNT_H
#define LN_SERVICE_STORE_ACCOUNT_H

#include "service/store/store.h"

#define LN_ACCOUNT_NAME 64     /* bytes of a name at most */
#define LN_ACCOUNT_HASH 128    /* of a password's hash, its end included */
#define LN_MOST_ACCOUNTS 64    /* in a store */
#define LN_ACCOUNT_SESSIONS 16 /* of an account; a further one ends the oldest */
#define LN_MOST_SESSIONS (LN_MOST_ACCOUNTS * LN_ACCOUNT_SESSIONS)
#define LN_SESSION_TOKEN 32 /* bytes of the hash of a session's token */

typedef struct ln_account_row {
    char name[LN_ACCOUNT_NAME + 1];
    char hash[LN_ACCOUNT_HASH];
    int role; /* an ln_visitor_role (service/login/visitor.h) */
} ln_account_row;

typedef struct ln_session_row {
    uint8_t token[LN_SESSION_TOKEN]; /* hash of the token, which only the browser has */
    char name[LN_ACCOUNT_NAME + 1];
    uint64_t made_ms, seen_ms; /* when it began, and when it was used last */
} ln_session_row;

/* Who there is, and who is logged in. */
typedef struct ln_access {
    ln_account_row accounts[LN_MOST_ACCOUNTS]; /* by name */
    size_t account_count;
    ln_session_row sessions[LN_MOST_SESSIONS];
    size_t session_count;
} ln_access;

/* Reads all of it. */
ln_db_result ln_store_access(ln_store *store, ln_access *access, ln_error *error);

/* Adds an account.
 *   added   receives 1, or 0 if there is one of this name, or no room for another one */
ln_db_result ln_store_add_account(ln_store *store, const ln_account_row *account, int *added,
                                  ln_error *error);

/* Removes an account, gives it another password or another role. The first two end its sessions.
 *   found   receives 0 if there is no such account */
ln_db_result ln_store_remove_account(ln_store *store, const char *name, int *found, ln_error *error);
ln_db_result ln_store_set_password(ln_store *store, const char *name, const char *hash, int *found,
                                   ln_error *error);
ln_db_result ln_store_set_role(ln_store *store, const char *name, int role, int *found, ln_error *error);

/* Begins a session of the account that a password was compared with.
 *   began   receives 0 if the account is gone, or has another password by now */
ln_db_result ln_store_add_session(ln_store *store, const ln_account_row *account,
                                  const ln_session_row *session, int *began, ln_error *error);

ln_db_result ln_store_end_session(ln_store *store, const uint8_t token[LN_SESSION_TOKEN], ln_error *error);

/* Notes when a session was used last. */
ln_db_result ln_store_touch_session(ln_store *store, const ln_session_row *session, ln_error *error);

/* Deletes sessions that began, or were used last, before these times. */
ln_db_result ln_store_end_sessions(ln_store *store, uint64_t made_ms, uint64_t seen_ms, ln_error *error);

#endif
