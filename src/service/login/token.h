/* Random tokens that a browser keeps in cookies, and what is derived from them. */
#ifndef LN_SERVICE_LOGIN_TOKEN_H
#define LN_SERVICE_LOGIN_TOKEN_H

#include "service/login/account.h"

#define LN_TOKEN 65  /* characters of a token: 256 random bits in hexadecimal, and the end */
#define LN_DEVICE 97 /* of a browser's mark */

void ln_token_make(char token[LN_TOKEN]);

/* What the store keeps of a token. Returns 0 if the text is no token. */
int ln_token_hash(const char *token, uint8_t hash[LN_SESSION_TOKEN]);

/* What forms carry for a token: it follows from it, and does not give it away. Empty if the text is no token.
 */
void ln_token_csrf(const char *token, char csrf[LN_TOKEN]);

/* Makes the mark of a browser that an account has logged in from, and checks it. It tells a known browser
 * from a stranger while somebody guesses at the account's password, and is good for nothing else. The key is
 * the hash of the password: nothing is kept of it, and it ends with the password. */
void ln_device_make(char mark[LN_DEVICE], const ln_account_row *account);
int ln_device_is_of(const char *mark, const ln_account_row *account);

#endif
