/* The service's HTTP server, by libmicrohttpd: one thread, a table of routes, limits for whoever calls. TLS
 * is a reverse proxy's work.
 *
 * A handler gets a whole request and fills an answer; it does not know the library, so tests and the fuzz
 * target call it through ln_web_answer_to.
 *
 * Every answer tells a browser that nothing from elsewhere may be loaded, framed or guessed, and not to keep
 * it unless the handler adds a Cache-Control of its own. */
#ifndef LN_SERVICE_WEB_WEB_H
#define LN_SERVICE_WEB_WEB_H

#include "cloud/text.h"
#include "service/metrics.h"

#include <stdint.h>

#define LN_WEB_BODY 65536      /* bytes of a request's body at most */
#define LN_WEB_HEADERS 32768   /* of its first line and headers, and of what is read ahead */
#define LN_WEB_CONNECTIONS 512 /* at once */
#define LN_WEB_PER_CLIENT 128  /* of them, from one address: an office of viewers behind one router */
#define LN_WEB_IDLE_S 15       /* a connection on which nothing moves for so long is closed */
#define LN_WEB_REQUEST_S 30    /* so is one whose request is not complete after so long */
#define LN_WEB_EXTRA 4         /* headers of a handler's own in an answer */

/* An answer that goes on, such as server-sent events. */
typedef struct ln_web_stream {
    /* Gives what there is now, `room` bytes at most. 0: nothing yet, so it is called again after ln_web_wake;
     * below 0: that was all, and if `size` says that there should be more, the client learns that it lacks.
     * Called by the server's thread. Null: there is no stream. */
    long (*read)(void *context, char *part, size_t room);
    void (*close)(void *context); /* called once, when nobody reads any more */
    void *context;
    uint64_t size; /* bytes in all; 0: nobody knows */
} ln_web_stream;

/* What is sent back. Begins with status 200 and nothing else. */
typedef struct ln_web_answer {
    unsigned status;
    const char *type;         /* of the body; null: text */
    ln_text body;             /* the server frees it */
    unsigned retry_after_s;   /* header Retry-After; 0: none */
    const char *authenticate; /* header WWW-Authenticate; null: none */
    const char *allow;        /* header Allow; null: none */
    struct {
        const char *name;
        char value[256];
    } headers[LN_WEB_EXTRA]; /* others, added by ln_web_header */
    size_t header_count;
    ln_web_stream stream; /* in place of the body */
} ln_web_answer;

/* Ends a request that was held: fills its answer. */
typedef void ln_web_finish(void *work, ln_web_answer *answer);

typedef struct ln_web_request {
    const char *method, *path;
    /* The value of a header, or null. */
    const char *(*header)(void *context, const char *name);
    void *context; /* of the server's functions */
    const uint8_t *body;
    size_t size;
    /* For an answer that takes its time, while others are served. A handler calls `hold`, and returns without
     * an answer; it must not touch the request any more. Later, `go_on` is called once, by any thread, or by
     * the handler itself; then the server's thread calls `finish`, which answers. It is called in any case,
     * even if nobody waits for the answer any more. */
    void (*hold)(void *context, ln_web_finish *finish, void *work);
    void (*go_on)(void *context);
    const char *query; /* what stands behind the '?', as it came; "": nothing */
    /* Address of whoever asks, such as 192.0.2.1: who is connected, or whom a proxy on this computer names.
     * "": unknown */
    const char *client;
    /* Whether nobody waits for the answer any more. For a request that is held, until `go_on`; by any thread.
     */
    int (*is_gone)(void *context);
} ln_web_request;

typedef void ln_web_handler(void *context, const ln_web_request *request, ln_web_answer *answer);

typedef struct ln_web_route {
    const char *method;     /* GET also answers HEAD */
    const char *path;       /* of the request; one that ends with '/' is of all that begins so, but for "/" */
    ln_web_handler *admit;  /* called with the headers, before the body is read: another status than 200 is
                               the answer. Null: everyone is let in */
    ln_web_handler *handle; /* called with the whole request */
    void *context;
} ln_web_route;

typedef struct ln_web_config {
    const char *host; /* address to listen on, such as 127.0.0.1 or :: */
    unsigned port;    /* 0: any that is free */
    const ln_web_route *routes;
    size_t route_count;
    ln_metrics *metrics; /* where requests are counted; null: nowhere */
} ln_web_config;

typedef struct ln_web ln_web;

/* Starts a server. Handlers are called by its thread, one at a time.
 *   config   must stay, with all that it points to
 *   web      the caller's to ln_web_stop; null after an error
 * Errors: LN_ERR_ARGUMENT: no such address; LN_ERR_IO: it cannot listen there; LN_ERR_MEMORY. */
ln_status ln_web_start(ln_web **web, const ln_web_config *config, ln_error *error);

/* The port that it listens on. */
unsigned ln_web_port(const ln_web *web);

/* Reads streams that had nothing. Any thread may call it while the server runs. */
void ln_web_wake(ln_web *web);

/* Ends with the requests that are being handled, or held; others are refused. Null is allowed. */
void ln_web_stop(ln_web *web);

/* Answers a request: finds its route, lets `admit` look and, if `complete`, `handle` answer. With 404 or 405
 * if there is none. Returns whether the answer is to be sent; if not, the body is needed first. */
int ln_web_answer_to(const ln_web_route *routes, size_t count, const ln_web_request *request, int complete,
                     ln_web_answer *answer);

/* Fills an answer with a status and a line of text. */
void ln_web_say(ln_web_answer *answer, unsigned status, const char *text);

/* Adds a header. One that does not fit makes the answer a failed one, which is not sent.
 *   name   must stay */
__attribute__((format(printf, 3, 4))) void ln_web_header(ln_web_answer *answer, const char *name,
                                                         const char *format, ...);

/* Sends the client to another address of this server, which it gets with GET. */
void ln_web_redirect(ln_web_answer *answer, const char *path);

#endif
