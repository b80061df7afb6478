/* A thread beside the web server's, which answers requests that need the store or a decoder, so that webhooks
 * do not wait for them. */
#ifndef LN_SERVICE_PAGE_DESK_H
#define LN_SERVICE_PAGE_DESK_H

#include "service/serve.h"
#include "service/store/store.h"

typedef struct ln_desk ln_desk;

/* What is to be done for a request. */
typedef struct ln_desk_order {
    void (*work)(void *context, ln_store *store, ln_web_answer *answer);
    void (*free)(void *context); /* called once in any case */
    void *context;
} ln_desk_order;

/* Opens a desk.   store   as for ln_store_open; must stay. Null: memory is short. */
ln_desk *ln_desk_open(const char *store);
void ln_desk_close(ln_desk *desk);

/* An ln_serve_run_part whose context is the desk: one thread. */
ln_status ln_desk_run(void *desk, ln_serve *serve, const atomic_int *stop, ln_error *error);

/* Whether the service begins to end, so that long work is to be left. */
int ln_desk_is_ending(const ln_desk *desk);

/* Holds a request until its order is done. While the desk does not run, it is answered at once. */
void ln_desk_give(ln_desk *desk, const ln_web_request *request, const ln_desk_order *order,
                  ln_web_answer *answer);

#endif
