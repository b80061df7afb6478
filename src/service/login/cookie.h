/* Cookies. */
#ifndef LN_SERVICE_LOGIN_COOKIE_H
#define LN_SERVICE_LOGIN_COOKIE_H

#include "service/web/web.h"

/* Whether a request came through TLS, as the proxy tells by X-Forwarded-Proto. Anyone may claim it: whoever
 * does so without TLS gets cookies that their own browser does not send, and nothing else. */
int ln_cookie_is_secure(const ln_web_request *request);

/* Reads a cookie. Through TLS its name begins with __Host-, which a browser takes from this host alone and
 * only by TLS, so that neither a neighbouring host nor a line without TLS can put one in its place. value
 * room for `room` bytes, its end included; empty if there is none, or it is longer */
int ln_cookie_read(const ln_web_request *request, const char *name, char *value, size_t room);

/* Sets a cookie that scripts cannot read, and that comes with no request which another site began.
 *   age_s   how long the browser keeps it; 0: it is removed */
void ln_cookie_set(ln_web_answer *answer, int is_secure, const char *name, const char *value, unsigned age_s);

#endif
