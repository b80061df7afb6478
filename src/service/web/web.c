#include "service/web/own.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>

/* "": unknown. */
static void find_peer(char peer[LN_WEB_CLIENT], const struct sockaddr *address)
{
    const socklen_t size =
        address && address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    if (!address || getnameinfo(address, size, peer, LN_WEB_CLIENT, NULL, 0, NI_NUMERICHOST))
        *peer = 0;
}

/* Who a connection counts for. Those of this computer are a proxy's, and count for whom it asks. */
static void find_network(char network[LN_WEB_CLIENT], const struct sockaddr *address)
{
    char peer[LN_WEB_CLIENT];
    find_peer(peer, address);
    ln_web_network(network, ln_web_is_local(peer) ? "" : peer);
}

static const struct sockaddr *address_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info ? info->client_addr : NULL;
}

/* Of several headers of a name the last one counts: a proxy may add its own behind the client's. */
static enum MHD_Result take_forwarded(void *forwarded, enum MHD_ValueKind kind, const char *name,
                                      const char *value)
{
    (void)kind;
    if (!strcasecmp(name, "X-Forwarded-For"))
        *(const char **)forwarded = value;
    return MHD_YES;
}

int ln_web_client_of(char client[LN_WEB_CLIENT], struct MHD_Connection *connection)
{
    const char *forwarded = NULL;
    char peer[LN_WEB_CLIENT];
    find_peer(peer, address_of(connection));
    MHD_get_connection_values(connection, MHD_HEADER_KIND, take_forwarded, &forwarded);
    return ln_web_find_client(client, peer, forwarded);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **place,
                          enum MHD_ConnectionNotificationCode what)
{
    const ln_web *web = context;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        ln_web_guard_remove(web->guard, ln_web_place_of(*place));
        return;
    }
    char network[LN_WEB_CLIENT];
    find_network(network, address_of(connection));
    int socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *place = (void *)(intptr_t)(ln_web_guard_add(web->guard, socket, network) + 1);
}

static enum MHD_Result admit(void *context, const struct sockaddr *address, socklen_t size)
{
    const ln_web *web = context;
    char network[LN_WEB_CLIENT];
    (void)size;
    find_network(network, address);
    return ln_web_guard_admits(web->guard, network) ? MHD_YES : MHD_NO;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static ln_status start(ln_web *web, const struct addrinfo *address, ln_error *error)
{
    const ln_web_config *config = web->config;
    unsigned flags = MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     (address->ai_family == AF_INET6 ? MHD_USE_IPv6 : 0);
    web->daemon = MHD_start_daemon(
        flags, 0, admit, web, ln_web_on_request, web, MHD_OPTION_SOCK_ADDR, address->ai_addr,
        MHD_OPTION_URI_LOG_CALLBACK, ln_web_on_line, web, MHD_OPTION_NOTIFY_COMPLETED, ln_web_on_completed,
        web, MHD_OPTION_NOTIFY_CONNECTION, on_connection, web, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)LN_WEB_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)LN_WEB_IDLE_S,
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
        pthread_mutex_init(&w->lock, NULL);
        pthread_cond_init(&w->changed, NULL);
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

/* The library cannot stop while a connection is suspended. */
static void wait_for_handlers(ln_web *web)
{
    pthread_mutex_lock(&web->lock);
    web->is_ending = 1;
    ln_web_wake_readers(web);
    while (web->handled)
        pthread_cond_wait(&web->changed, &web->lock);
    pthread_mutex_unlock(&web->lock);
}

void ln_web_stop(ln_web *web)
{
    if (!web)
        return;
    wait_for_handlers(web);
    if (web->daemon)
        MHD_stop_daemon(web->daemon);
    ln_web_guard_free(web->guard);
    pthread_cond_destroy(&web->changed);
    pthread_mutex_destroy(&web->lock);
    free(web);
}
