/* A request from its first header to the end of its answer. */
#include "service/web/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISCARD 1048576 /* bytes of a body that is too long which are read for the answer's sake */

typedef struct request {
    ln_web *web;
    struct MHD_Connection *connection;
    char *query; /* null: none */
    char client[LN_WEB_CLIENT];
    int is_proxied; /* 1: a proxy on this computer asks for the client */
    int is_begun;   /* 1: its headers are there */
    int is_cut;     /* 1: its path has a zero byte, where it would seem to end */
    uint8_t *body;
    size_t size;
    int is_handled;        /* 1: it counts among the handled ones */
    ln_web_finish *finish; /* that is still to be called; null: none */
    void *work;
    ln_web_reader reader; /* of an answer that is a stream */
} request;

static int connection_place(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? ln_web_place_of(info->socket_context) : -1;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static void count_request(const ln_web *web, unsigned status)
{
    char text[16];
    snprintf(text, sizeof text, "%u", status);
    ln_metrics_add(web->config->metrics, LN_METRIC_REQUESTS, text, NULL, 1);
}

/* Sends an answer and frees it. */
static enum MHD_Result send_answer(request *r, ln_web_answer *answer)
{
    enum MHD_Result result = MHD_NO;
    struct MHD_Response *response = NULL;
    r->reader = (ln_web_reader){.web = r->web, .connection = r->connection, .stream = answer->stream};
    if (answer->stream.read)
        response = ln_web_begin_stream(&r->reader);
    else if (!answer->body.failed)
        response =
            MHD_create_response_from_buffer(answer->body.size, answer->body.bytes, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(answer->body.bytes);
        return MHD_NO;
    }
    ln_web_add_headers(response, answer);
    ln_web_guard_end(r->web->guard, connection_place(r->connection));
    result = MHD_queue_response(r->connection, answer->status, response);
    MHD_destroy_response(response);
    count_request(r->web, answer->status);
    return result;
}

static enum MHD_Result refuse(request *r, unsigned status, const char *why)
{
    ln_web_answer answer = {0};
    ln_web_say(&answer, status, why);
    return send_answer(r, &answer);
}

/* ---- Handlers -------------------------------------------------------------------------------- */

/* Counts a request that a handler is to have. Returns 0 if none gets another one. */
static int begin_handling(request *r)
{
    ln_web *web = r->web;
    pthread_mutex_lock(&web->lock);
    r->is_handled = !web->is_ending;
    web->handled += (unsigned)r->is_handled;
    pthread_mutex_unlock(&web->lock);
    return r->is_handled;
}

static void end_handling(request *r)
{
    ln_web *web = r->web;
    if (!r->is_handled)
        return;
    pthread_mutex_lock(&web->lock);
    r->is_handled = 0;
    if (--web->handled == 0)
        pthread_cond_broadcast(&web->changed);
    pthread_mutex_unlock(&web->lock);
}

static const char *header(void *context, const char *name)
{
    return MHD_lookup_connection_value(((request *)context)->connection, MHD_HEADER_KIND, name);
}

static void hold(void *context, ln_web_finish *finish, void *work)
{
    request *r = context;
    r->finish = finish;
    r->work = work;
    ln_web_guard_end(r->web->guard, connection_place(r->connection));
    MHD_suspend_connection(r->connection);
}

static void go_on(void *context)
{
    MHD_resume_connection(((request *)context)->connection);
}

static int is_gone(void *context)
{
    return ln_web_is_gone(((request *)context)->connection);
}

static void finish(request *r, ln_web_answer *answer)
{
    ln_web_finish *call = r->finish;
    r->finish = NULL;
    call(r->work, answer);
}

/* Answers a request, holds it, or finds that its body is needed. */
static enum MHD_Result answer_to(request *r, const char *method, const char *path, int complete)
{
    const ln_web_config *config = r->web->config;
    const ln_web_request asked = {
        method, path, header, r, r->body, r->size, hold, go_on, r->query ? r->query : "", r->client, is_gone};
    ln_web_answer answer = {.status = 200};
    if (ln_web_answer_to(config->routes, config->route_count, &asked, complete, &answer) && !r->finish)
        return send_answer(r, &answer);
    free(answer.body.bytes);
    return MHD_YES;
}

static enum MHD_Result handle(request *r, const char *method, const char *path)
{
    if (!begin_handling(r))
        return refuse(r, 503, "the service stops");
    enum MHD_Result result = answer_to(r, method, path, 1);
    if (!r->finish)
        end_handling(r);
    return result;
}

/* ---- Called by the library ------------------------------------------------------------------- */

/* Called with a request's first line, before the library takes it apart. What it returns is the `state` of
 * the calls below, which fail if it is null. */
void *ln_web_on_line(void *context, const char *line, struct MHD_Connection *connection)
{
    const char *mark = strchr(line, '?');
    request *r = calloc(1, sizeof *r);
    char *query = mark ? strdup(mark + 1) : NULL;
    if (!r || (mark && !query)) {
        free(query);
        free(r);
        return NULL;
    }
    *r = (request){.web = context, .connection = connection, .query = query};
    const char *zero = strstr(line, "%00");
    r->is_cut = zero && (!mark || zero < mark);
    return r;
}

/* The connections of a proxy count for those whom it asks for. */
static int has_too_many(const request *r)
{
    char network[LN_WEB_CLIENT];
    ln_web_network(network, r->client);
    return r->is_proxied && !ln_web_guard_use(r->web->guard, connection_place(r->connection), network);
}

static enum MHD_Result refuse_for_now(request *r)
{
    ln_web_answer answer = {.retry_after_s = 5};
    ln_web_say(&answer, 429, "too many connections from your address: try again in a moment");
    return send_answer(r, &answer);
}

static int is_too_long(const request *r)
{
    const char *length = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "Content-Length");
    return length && strtoull(length, NULL, 10) > LN_WEB_BODY;
}

/* Takes a part of the body. What is too long is not kept, but its size is. */
static enum MHD_Result take_part(request *r, const char *part, size_t *size)
{
    if (r->size + *size <= LN_WEB_BODY) {
        uint8_t *body = realloc(r->body, r->size + *size);
        if (!body)
            return MHD_NO;
        memcpy(body + r->size, part, *size);
        r->body = body;
    }
    r->size += *size;
    *size = 0;
    return r->size <= DISCARD ? MHD_YES : MHD_NO;
}

/* Called with the headers, with each part of the body, at its end, and again when it was held. */
enum MHD_Result ln_web_on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *part, size_t *size,
                                  void **state)
{
    static const char too_long[] = "the body is too long";
    request *r = *state;
    (void)context, (void)connection, (void)version;
    if (!r)
        return MHD_NO;
    if (!r->is_begun) {
        r->is_begun = 1;
        r->is_proxied = ln_web_client_of(r->client, r->connection);
        if (r->is_cut)
            return refuse(r, 400, "the address has a zero byte");
        if (has_too_many(r))
            return refuse_for_now(r);
        return is_too_long(r) ? refuse(r, 413, too_long) : answer_to(r, method, path, 0);
    }
    if (r->finish) {
        ln_web_answer answer = {.status = 200};
        finish(r, &answer);
        return send_answer(r, &answer);
    }
    if (*size)
        return take_part(r, part, size);
    return r->size > LN_WEB_BODY ? refuse(r, 413, too_long) : handle(r, method, path);
}

/* The client of a request that was held may be gone: it is not asked for its answer then. */
static void drop(request *r)
{
    ln_web_answer answer = {0};
    finish(r, &answer);
    free(answer.body.bytes);
    if (answer.stream.read)
        answer.stream.close(answer.stream.context);
}

void ln_web_on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    const ln_web *web = context;
    request *r = *state;
    (void)how;
    if (r) {
        if (r->finish)
            drop(r);
        end_handling(r);
        ln_web_end_stream(&r->reader);
        if (r->is_proxied)
            ln_web_guard_use(web->guard, connection_place(connection), "");
        free(r->query);
        free(r->body);
    }
    free(r);
    *state = NULL;
    ln_web_guard_begin(web->guard, connection_place(connection));
}
