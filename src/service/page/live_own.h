/* What the files of live.h share: live.c asks the store and keeps events, live_viewer.c hands them out. */
#ifndef LN_SERVICE_PAGE_LIVE_OWN_H
#define LN_SERVICE_PAGE_LIVE_OWN_H

#include "service/page/live.h"
#include "service/page/store_page.h"

#include <pthread.h>
#include <time.h>

#define LN_LIVE_EVENTS 1024 /* that are kept for viewers which are behind */

struct ln_live {
    const char *where;
    uint32_t birth; /* tells marks of another process apart */

    /* Of the thread. */
    ln_changes before; /* what the store said last: what is there again is not new */
    uint64_t asked_ms, reload_ms;
    int has_begun;

    pthread_mutex_t lock; /* of what follows */
    char *events[LN_LIVE_EVENTS];
    uint64_t next; /* number of the next event */
    unsigned viewers;
};

static inline uint64_t ln_live_clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

#endif
