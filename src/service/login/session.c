#include "service/login/session.h"

void ln_sessions_begin(ln_sessions *sessions)
{
    pthread_mutex_init(&sessions->lock, NULL);
}

void ln_sessions_end(ln_sessions *sessions)
{
    pthread_mutex_destroy(&sessions->lock);
}

static int is_stale(const ln_sessions *s, uint64_t now_ms)
{
    return !s->read_ms || now_ms > s->read_ms + LN_SESSION_STALE_MS;
}

static const ln_session_row *find(const ln_access *access, const uint8_t token[LN_SESSION_TOKEN])
{
    for (const ln_session_row *row = access->sessions; row < access->sessions + access->session_count; row++)
        if (memcmp(row->token, token, LN_SESSION_TOKEN) == 0)
            return row;
    return NULL;
}

static int role_of(const ln_access *access, const char *name)
{
    for (size_t i = 0; i < access->account_count; i++)
        if (strcmp(access->accounts[i].name, name) == 0)
            return access->accounts[i].role;
    return LN_ROLE_NONE;
}

/* A session that was used since the store was told stays used. */
static void keep_seen(const ln_access *before, ln_access *fresh)
{
    for (size_t i = 0; i < fresh->session_count; i++) {
        ln_session_row *row = &fresh->sessions[i];
        const ln_session_row *known = find(before, row->token);
        if (known && known->seen_ms > row->seen_ms)
            row->seen_ms = known->seen_ms;
    }
}

void ln_sessions_set(ln_sessions *s, ln_access *access, uint64_t now_ms)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < access->session_count; i++)
        s->stored_ms[i] = access->sessions[i].seen_ms;
    keep_seen(&s->access, access);
    s->access = *access;
    s->read_ms = now_ms;
    pthread_mutex_unlock(&s->lock);
}

static int has_ended(const ln_session_row *row, uint64_t now_ms)
{
    return now_ms >= row->made_ms + LN_SESSION_WHOLE_MS || now_ms >= row->seen_ms + LN_SESSION_IDLE_MS;
}

void ln_sessions_find(ln_sessions *s, const char *token, uint64_t now_ms, ln_visitor *visitor)
{
    uint8_t hash[LN_SESSION_TOKEN];
    *visitor = (ln_visitor){0};
    const int is_token = ln_token_hash(token, hash);
    pthread_mutex_lock(&s->lock);
    visitor->is_unknown = is_stale(s, now_ms);
    const ln_session_row *row = visitor->is_unknown || !is_token ? NULL : find(&s->access, hash);
    if (row && !has_ended(row, now_ms)) {
        if (row->seen_ms < now_ms)
            s->access.sessions[row - s->access.sessions].seen_ms = now_ms;
        visitor->role = (ln_visitor_role)role_of(&s->access, row->name);
        memcpy(visitor->name, row->name, sizeof visitor->name);
        ln_token_csrf(token, visitor->csrf);
        memcpy(visitor->session, hash, sizeof visitor->session);
    }
    pthread_mutex_unlock(&s->lock);
}

int ln_sessions_goes_on(ln_sessions *s, const uint8_t hash[LN_SESSION_TOKEN], uint64_t now_ms)
{
    pthread_mutex_lock(&s->lock);
    const ln_session_row *row = is_stale(s, now_ms) ? NULL : find(&s->access, hash);
    const int goes_on = row && !has_ended(row, now_ms) && role_of(&s->access, row->name) != LN_ROLE_NONE;
    pthread_mutex_unlock(&s->lock);
    return goes_on;
}

int ln_sessions_is_open(ln_sessions *s, uint64_t now_ms)
{
    pthread_mutex_lock(&s->lock);
    const int is_open = !is_stale(s, now_ms) && !s->access.account_count;
    pthread_mutex_unlock(&s->lock);
    return is_open;
}

void ln_sessions_copy(ln_sessions *s, ln_access *access)
{
    pthread_mutex_lock(&s->lock);
    *access = s->access;
    pthread_mutex_unlock(&s->lock);
}

int ln_sessions_untold(ln_sessions *s, ln_session_row *session)
{
    int found = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->access.session_count && !found; i++) {
        const ln_session_row *row = &s->access.sessions[i];
        if (row->seen_ms < s->stored_ms[i] + LN_SESSION_TOUCH_MS)
            continue;
        *session = *row;
        s->stored_ms[i] = row->seen_ms;
        found = 1;
    }
    pthread_mutex_unlock(&s->lock);
    return found;
}
