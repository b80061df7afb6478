/* Those who watch: each has its place among the events. */
#include "service/page/live_own.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define QUIET_MS 5000  /* then a comment is sent, by which the server finds out who is gone */
#define ASK_MS 1000    /* between two questions whether the viewer still may */
#define LIFE_MS 600000 /* of a stream: its viewer joins anew, and shows who they are */

typedef struct viewer {
    ln_live *live;
    ln_live_watcher watcher;
    uint64_t next;   /* number of its next event */
    size_t sent;     /* bytes of that one */
    int must_reload; /* 1: something is gone that it does not have */
    uint64_t began_ms, told_ms, asked_ms;
} viewer;

/* Gives the rest of the viewer's next event, as far as it fits. Returns 0 if that is no more kept. */
static int give_event(viewer *v, char *part, size_t room, size_t *size)
{
    ln_live *live = v->live;
    const char *text = v->next + LN_LIVE_EVENTS >= live->next ? live->events[v->next % LN_LIVE_EVENTS] : NULL;
    if (!text)
        return 0;
    const size_t length = strlen(text) - v->sent;
    const size_t given = length < room - *size ? length : room - *size;
    memcpy(part + *size, text + v->sent, given);
    *size += given;
    v->sent += given;
    if (given == length) {
        v->next++;
        v->sent = 0;
    }
    return 1;
}

static long give_events(viewer *v, char *part, size_t room)
{
    size_t size = 0;
    int is_kept = 1;
    pthread_mutex_lock(&v->live->lock);
    while (is_kept && size < room && v->next < v->live->next)
        is_kept = give_event(v, part, room, &size);
    pthread_mutex_unlock(&v->live->lock);
    return is_kept ? (long)size : -1;
}

static long give_text(char *part, size_t room, const char *text)
{
    const size_t size = strlen(text);
    if (size > room)
        return -1;
    memcpy(part, text, size);
    return (long)size;
}

static int may_stay(viewer *v, uint64_t now_ms)
{
    if (now_ms < v->asked_ms + ASK_MS)
        return 1;
    v->asked_ms = now_ms;
    return v->watcher.stays(v->watcher.context, &v->watcher.visitor);
}

static long read_events(void *context, char *part, size_t room)
{
    viewer *v = context;
    const uint64_t now_ms = ln_live_clock_ms(CLOCK_MONOTONIC);
    long size;
    if (!may_stay(v, now_ms))
        return -1;
    if (!v->told_ms || v->must_reload)
        size = give_text(part, room,
                         v->must_reload ? "retry: 2000\nevent: reload\ndata: {}\n\n" : "retry: 2000\n\n");
    else if (now_ms > v->began_ms + LIFE_MS && !v->sent)
        size = -1;
    else
        size = give_events(v, part, room);
    if (size == 0 && now_ms >= v->told_ms + QUIET_MS)
        size = give_text(part, room, ":\n\n");
    v->must_reload = 0;
    if (size > 0)
        v->told_ms = now_ms;
    return size;
}

static void leave(void *context)
{
    viewer *v = context;
    pthread_mutex_lock(&v->live->lock);
    v->live->viewers--;
    pthread_mutex_unlock(&v->live->lock);
    free(v);
}

/* Begins behind the mark, or now if what followed it is gone. */
static void set_begin(viewer *v, const char *mark)
{
    const ln_live *live = v->live;
    uint32_t birth;
    uint64_t next;
    const int is_ours = sscanf(mark, "%8" SCNx32 "-%" SCNu64, &birth, &next) == 2 && birth == live->birth &&
                        next <= live->next && next + LN_LIVE_EVENTS >= live->next;
    v->next = is_ours ? next : live->next;
    v->must_reload = !is_ours;
}

void ln_live_join(ln_live *live, const ln_live_watcher *watcher, const char *mark, ln_web_answer *answer)
{
    viewer *v = calloc(1, sizeof *v);
    if (v) {
        *v = (viewer){.live = live, .watcher = *watcher, .began_ms = ln_live_clock_ms(CLOCK_MONOTONIC)};
        pthread_mutex_lock(&live->lock);
        const int has_room = live->viewers < LN_LIVE_VIEWERS;
        live->viewers += (unsigned)has_room;
        set_begin(v, mark);
        pthread_mutex_unlock(&live->lock);
        if (has_room) {
            answer->type = "text/event-stream";
            ln_web_header(answer, "X-Accel-Buffering", "no"); /* nginx would keep events back */
            answer->stream = (ln_web_stream){read_events, leave, v, 0};
            return;
        }
    }
    free(v);
    answer->retry_after_s = 30;
    ln_web_say(answer, 503, "too many viewers: try again later");
}
