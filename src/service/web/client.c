#include "service/web/client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

int ln_web_is_local(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, address, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

int ln_web_find_client(char client[LN_WEB_CLIENT], const char *peer, const char *forwarded)
{
    const char *comma = forwarded ? strrchr(forwarded, ',') : NULL;
    const char *last = comma ? comma + 1 : forwarded;
    if (!last || !ln_web_is_local(peer)) {
        snprintf(client, LN_WEB_CLIENT, "%s", peer);
        return 0;
    }
    last += strspn(last, " ");
    snprintf(client, LN_WEB_CLIENT, "%.*s", (int)strcspn(last, " "), last);
    return 1;
}

void ln_web_network(char network[LN_WEB_CLIENT], const char *client)
{
    struct in6_addr address;
    if (inet_pton(AF_INET6, client, &address) == 1) {
        memset(address.s6_addr + 8, 0, 8);
        inet_ntop(AF_INET6, &address, network, LN_WEB_CLIENT);
    } else {
        snprintf(network, LN_WEB_CLIENT, "%s", client);
    }
}
