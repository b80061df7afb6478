/* What the files of the HTTP server share: web.c has the daemon, web/request.c each request,
 * web/headers.c the headers of its answer, web/stream.c an answer that goes on. */
#ifndef LN_SERVICE_WEB_OWN_H
#define LN_SERVICE_WEB_OWN_H

#include "service/web/client.h"
#include "service/web/guard.h"

#include <microhttpd.h>
#include <pthread.h>

/* Whoever reads a stream. Empty is all zero. */
typedef struct ln_web_reader ln_web_reader;
struct ln_web_reader {
    ln_web *web;
    struct MHD_Connection *connection;
    ln_web_stream stream;
    ln_web_reader *next; /* of those that wait */
};

struct ln_web {
    const ln_web_config *config;
    ln_web_guard *guard;
    struct MHD_Daemon *daemon;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    unsigned handled;       /* requests that a handler has, or holds */
    int is_ending;          /* 1: no handler gets another one */
    ln_web_reader *waiting; /* their streams had nothing, and their connections are suspended */
    unsigned wakes;         /* calls of ln_web_wake so far */
};

/* As MHD_OPTION_URI_LOG_CALLBACK, MHD_OPTION_NOTIFY_COMPLETED and the daemon want them; the context is the
 * ln_web. */
void *ln_web_on_line(void *context, const char *line, struct MHD_Connection *connection);
enum MHD_Result ln_web_on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *part, size_t *size,
                                  void **state);
void ln_web_on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how);

/* An answer that is the reader's stream, to be ended with ln_web_end_stream also after an error. Null: memory
 * is short. */
struct MHD_Response *ln_web_begin_stream(ln_web_reader *reader);
void ln_web_end_stream(ln_web_reader *reader);

/* Whether the client has closed a connection. Nobody else notices while there is nothing to send. */
int ln_web_is_gone(struct MHD_Connection *connection);

/* Who sends the request of a connection. Returns whether a proxy on this computer has named the client. */
int ln_web_client_of(char client[LN_WEB_CLIENT], struct MHD_Connection *connection);

/* Lets those that wait go on. The lock is the caller's. */
void ln_web_wake_readers(ln_web *web);

/* Adds the headers that an answer names, and those of every answer. */
void ln_web_add_headers(struct MHD_Response *response, const ln_web_answer *answer);

/* A connection's place in the guard, as a pointer: 0 is none. */
static inline int ln_web_place_of(const void *context)
{
    return (int)(intptr_t)context - 1;
}

#endif
