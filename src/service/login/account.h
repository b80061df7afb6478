/* Accounts: names, passwords, roles. Passwords are kept as argon2id hashes. */
#ifndef LN_SERVICE_LOGIN_ACCOUNT_H
#define LN_SERVICE_LOGIN_ACCOUNT_H

#include "service/login/visitor.h"
#include "service/store/account.h"

#define LN_PASSWORD_LEAST 10 /* bytes of a password */
#define LN_PASSWORD_MOST 128

/* The role of a name: viewer, operator or admin; LN_ROLE_NONE: there is no such. And the name of a role. */
ln_visitor_role ln_role_of(const char *name);
const char *ln_role_name(ln_visitor_role role);

/* Whether a name may be that of an account: letters, digits, and . _ - @ in between. If not, the error says
 * why. */
int ln_account_is_name(const char *name, ln_error *error);

/* Makes the hash of a password. It takes 64 MiB and about a tenth of a second: do it one at a time.
 * Errors: LN_ERR_ARGUMENT: too short or too long; LN_ERR_MEMORY. */
ln_status ln_account_hash(char hash[LN_ACCOUNT_HASH], const char *password, ln_error *error);

/* Whether the password is the one of the hash. Takes as much. */
int ln_account_matches(const char hash[LN_ACCOUNT_HASH], const char *password);

/* Changes accounts, with one line why not. The store is asked again if another connection was in the way.
 * Errors: LN_ERR_ARGUMENT: the name, password or role cannot be, there is such an account already, or none;
 * LN_ERR_IO: the store; LN_ERR_MEMORY. */
ln_status ln_account_add(ln_store *store, const char *name, const char *password, ln_visitor_role role,
                         ln_error *error);
ln_status ln_account_remove(ln_store *store, const char *name, ln_error *error);
ln_status ln_account_set_password(ln_store *store, const char *name, const char *password, ln_error *error);
ln_status ln_account_set_role(ln_store *store, const char *name, ln_visitor_role role, ln_error *error);

#endif
