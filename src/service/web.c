#include "service/web.h"

#include "service/web_guard.h"

#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DISCARD 1048576 /* bytes of a body that is too long which are read for the answer's sake */

struct ln_web {
    const ln_web_config *config;
    ln_web_guard *guard;
    struct MHD_Daemon *daemon;
};

/* A request that is being read. */
typedef struct reading {
    uint8_t *body;
    size_t size;
} reading;

/* A connection's place in the guard, as a pointer: 0 is none. */
static int place_of(void *context)
{
    return (int)(intptr_t)context - 1;
}

static int connection_place(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? place_of(info->socket_context) : -1;
}

/* ---- Answers --------------------------------------------------------------------------------- */

static const char *header(void *context, const char *name)
{
    return MHD_lookup_connection_value(context, MHD_HEADER_KIND, name);
}

static void add_headers(struct MHD_Response *response, const ln_web_answer *answer)
{
    char seconds[16];
    if (answer->body.size)
        MHD_add_response_header(response, "Content-Type",
                                answer->type ? answer->type : "text/plain; charset=utf-8");
    if (answer->authenticate)
        MHD_add_response_header(response, "WWW-Authenticate", answer->authenticate);
    if (answer->allow)
        MHD_add_response_header(response, "Allow", answer->allow);
    snprintf(seconds, sizeof seconds, "%u", answer->retry_after_s);
    if (answer->retry_after_s)
        MHD_add_response_header(response, "Retry-After", seconds);
}

static void count_request(const ln_web *web, unsigned status)
{
    char text[16];
    snprintf(text, sizeof text, "%u", status);
    ln_metrics_add(web->config->metrics, LN_METRIC_REQUESTS, text, NULL, 1);
}

/* Sends an answer and frees it. */
static enum MHD_Result send_answer(const ln_web *web, struct MHD_Connection *connection,
                                   ln_web_answer *answer)
{
    enum MHD_Result result = MHD_NO;
    struct MHD_Response *response = NULL;
    if (!answer->body.failed)
        response =
            MHD_create_response_from_buffer(answer->body.size, answer->body.bytes, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(answer->body.bytes);
        return MHD_NO;
    }
    add_headers(response, answer);
    ln_web_guard_end(web->guard, connection_place(connection));
    result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    count_request(web, answer->status);
    return result;
}

static enum MHD_Result refuse_length(const ln_web *web, struct MHD_Connection *connection)
{
    ln_web_answer answer = {0};
    ln_web_say(&answer, 413, "the body is too long");
    return send_answer(web, connection, &answer);
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* Answers a request, or finds that its body is needed: the answer's status is 0 then. */
static enum MHD_Result answer_to(const ln_web *web, struct MHD_Connection *connection, const char *method,
                                 const char *path, const reading *r, int complete)
{
    const ln_web_request request = {method, path, header, connection, r->body, r->size};
    ln_web_answer answer = {.status = 200};
    if (ln_web_answer_to(web->config->routes, web->config->route_count, &request, complete, &answer))
        return send_answer(web, connection, &answer);
    free(answer.body.bytes);
    return MHD_YES;
}

static int is_too_long(struct MHD_Connection *connection)
{
    const char *length = header(connection, "Content-Length");
    return length && strtoull(length, NULL, 10) > LN_WEB_BODY;
}

/* Takes a part of the body. What is too long is not kept, but its size is. */
static enum MHD_Result take_part(reading *r, const char *part, size_t *size)
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

/* Called with the headers, with each part of the body, and at its end. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *part, size_t *size,
                                  void **state)
{
    const ln_web *web = context;
    reading *r = *state;
    (void)version;
    if (!r) {
        *state = r = calloc(1, sizeof *r);
        if (!r)
            return MHD_NO;
        return is_too_long(connection) ? refuse_length(web, connection)
                                       : answer_to(web, connection, method, path, r, 0);
    }
    if (*size)
        return take_part(r, part, size);
    return r->size > LN_WEB_BODY ? refuse_length(web, connection)
                                 : answer_to(web, connection, method, path, r, 1);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
    const ln_web *web = context;
    reading *r = *state;
    (void)how;
    if (r)
        free(r->body);
    free(r);
    *state = NULL;
    ln_web_guard_begin(web->guard, connection_place(connection));
}

static void on_connection(void *context, struct MHD_Connection *connection, void **place,
                          enum MHD_ConnectionNotificationCode what)
{
    const ln_web *web = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        ln_web_guard_remove(web->guard, place_of(*place));
        return;
    }
    int socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *place = (void *)(intptr_t)(ln_web_guard_add(web->guard, socket) + 1);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static ln_status start(ln_web *web, const struct addrinfo *address, ln_error *error)
{
    const ln_web_config *config = web->config;
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | (address->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    web->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, web, MHD_OPTION_SOCK_ADDR, address->ai_addr,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, web, MHD_OPTION_NOTIFY_CONNECTION, on_connection, web,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)LN_WEB_CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)LN_WEB_PER_CLIENT, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LN_WEB_IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)LN_WEB_HEADERS, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_END);
    if (web->daemon)
        return LN_OK;
    return ln_fail(
        error, LN_ERR_IO,
        "cannot listen on %s port %u: another program may have it, or the address is not this machine's",
        config->host, config->port);
}

ln_status ln_web_start(ln_web **web, const ln_web_config *config, ln_error *error)
{
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *address;
    char port[16];
    *web = NULL;
    snprintf(port, sizeof port, "%u", config->port);
    if (config->port > 65535 || getaddrinfo(config->host, port, &hints, &address))
        return ln_fail(error, LN_ERR_ARGUMENT,
                       "%s port %u is no address to listen on, such as 127.0.0.1 or ::", config->host,
                       config->port);
    ln_web *w = calloc(1, sizeof *w);
    ln_status status = w ? LN_OK : ln_fail_memory(error);
    if (status == LN_OK) {
        w->config = config;
        w->guard = ln_web_guard_new();
        status = w->guard ? start(w, address, error) : ln_fail_memory(error);
    }
    freeaddrinfo(address);
    if (status != LN_OK) {
        ln_web_stop(w);
        return status;
    }
    *web = w;
    return LN_OK;
}

unsigned ln_web_port(const ln_web *web)
{
    return MHD_get_daemon_info(web->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

void ln_web_stop(ln_web *web)
{
    if (!web)
        return;
    if (web->daemon)
        MHD_stop_daemon(web->daemon);
    ln_web_guard_free(web->guard);
    free(web);
}
