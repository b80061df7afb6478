/* Who is logged in, as the store had it a moment ago. The web server's thread looks here and never waits for
 * the store; one other thread brings it up to date. */
#ifndef LN_SERVICE_LOGIN_SESSION_H
#define LN_SERVICE_LOGIN_SESSION_H

#include "service/login/token.h"

#include <pthread.h>

#define LN_SESSION_IDLE_MS 43200000u   /* 12 hours without a request end a session */
#define LN_SESSION_WHOLE_MS 604800000u /* so do 7 days */
#define LN_SESSION_TOUCH_MS 60000u     /* how exactly the store knows when it was used last */
#define LN_SESSION_STALE_MS 60000u     /* nobody is logged in when the store was last read longer ago */

typedef struct ln_sessions {
    pthread_mutex_t lock;                 /* of what follows */
    ln_access access;                     /* with sessions as they were used last */
    uint64_t stored_ms[LN_MOST_SESSIONS]; /* when each was used last, as the store knows */
    uint64_t read_ms;                     /* when the store was read; 0: not yet */
} ln_sessions;

void ln_sessions_begin(ln_sessions *sessions);
void ln_sessions_end(ln_sessions *sessions);

/* Takes what the store has now; in `access`, the times of use that are newer here are put in. */
void ln_sessions_set(ln_sessions *sessions, ln_access *access, uint64_t now_ms);

/* Fills in name, role and csrf of whoever has the token, and notes that it is used. The role stays
 * LN_ROLE_NONE if there is no such session, or it has ended; is_unknown tells that the store was not read for
 * LN_SESSION_STALE_MS. */
void ln_sessions_find(ln_sessions *sessions, const char *token, uint64_t now_ms, ln_visitor *visitor);

/* Whether a session goes on. Asking is no use of it. */
int ln_sessions_goes_on(ln_sessions *sessions, const uint8_t hash[LN_SESSION_TOKEN], uint64_t now_ms);

/* Whether the store was read lately, and had no account. */
int ln_sessions_is_open(ln_sessions *sessions, uint64_t now_ms);

/* Copies all of it. */
void ln_sessions_copy(ln_sessions *sessions, ln_access *access);

/* Takes out a session whose use the store is to be told of. Returns 0 if there is none. */
int ln_sessions_untold(ln_sessions *sessions, ln_session_row *session);

#endif
