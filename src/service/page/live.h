/* Changes as they happen, for pages that are open: server-sent events. A thread asks the store once a second
 * what has changed, and hands it to all viewers.
 *
 * No change is missed: a page carries the mark that holds when it was read, and gets what came after it. A
 * viewer for whom something is gone already is told to read its page anew; so is one that was too slow. */
#ifndef LN_SERVICE_PAGE_LIVE_H
#define LN_SERVICE_PAGE_LIVE_H

#include "service/login/visitor.h"
#include "service/serve.h"

#define LN_LIVE_VIEWERS 200 /* at once; others are told to try again */
#define LN_LIVE_MARK 48     /* characters of a mark, its end included */

typedef struct ln_live ln_live;

/* Null: memory is short.   store   as for ln_store_open; must stay */
ln_live *ln_live_open(const char *store);
void ln_live_close(ln_live *live);

/* An ln_serve_run_part whose context is the ln_live: one thread. */
ln_status ln_live_run(void *live, ln_serve *serve, const atomic_int *stop, ln_error *error);

/* The mark that holds now. */
void ln_live_mark(ln_live *live, char mark[LN_LIVE_MARK]);

/* Who watches, and whether they still may: asked once a second, so that a stream ends with its session. */
typedef struct ln_live_watcher {
    ln_visitor visitor;
    ln_visitor_stays *stays;
    void *context;
} ln_live_watcher;

/* Makes an answer the stream of what comes after a mark. */
void ln_live_join(ln_live *live, const ln_live_watcher *watcher, const char *mark, ln_web_answer *answer);

/* Tells viewers that a picture was deleted: the store does not say so later. Any thread may call it. */
void ln_live_gone(ln_live *live, int64_t device, int64_t id);

#endif
