/* Watches connections: how many each client has, and how long a request takes. It ends those whose request
 * takes too long, whether bytes trickle in or not: the HTTP library's own time-out begins anew with each
 * byte. */
#ifndef LN_SERVICE_WEB_GUARD_H
#define LN_SERVICE_WEB_GUARD_H

#include "service/web/client.h"
#include "service/web/web.h"

typedef struct ln_web_guard ln_web_guard;

/* Null: memory or threads are short. The caller's to ln_web_guard_free. */
ln_web_guard *ln_web_guard_new(void);
void ln_web_guard_free(ln_web_guard *guard);

/* Whether a client may have a further connection.
 *   network   of ln_web_network; "": nobody in particular, who is not counted */
int ln_web_guard_admits(ln_web_guard *guard, const char *network);

/* A connection of a client has come. Returns its place, or -1: there are too many. */
int ln_web_guard_add(ln_web_guard *guard, int socket, const char *network);

/* A connection of a proxy is used for a client now, or for nobody: "". Returns 0 if that one has as many as
 * it may; then it is nobody's. */
int ln_web_guard_use(ln_web_guard *guard, int place, const char *network);

/* A request begins with the next byte. */
void ln_web_guard_begin(ln_web_guard *guard, int place);

/* The request is complete: the answer may take its time. */
void ln_web_guard_end(ln_web_guard *guard, int place);

/* The connection goes; must be called before its socket is closed. */
void ln_web_guard_remove(ln_web_guard *guard, int place);

#endif
