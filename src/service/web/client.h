/* Who sends a request: whoever is connected, or whom a proxy on this computer names. Behind such a proxy all
 * visitors share one address; what counts by address must not take them for one. */
#ifndef LN_SERVICE_WEB_CLIENT_H
#define LN_SERVICE_WEB_CLIENT_H

#define LN_WEB_CLIENT 64 /* characters of an address, its end included */

/* Whether an address is one of this computer alone, such as 127.0.0.1 or ::1. */
int ln_web_is_local(const char *address);

/* Finds who asks.
 *   peer        address of whoever is connected
 *   forwarded   value of the last header X-Forwarded-For, or null. It counts only from this computer, and of
 *               it the last address: that is the one which the proxy has added
 * Returns whether a proxy has named the client. */
int ln_web_find_client(char client[LN_WEB_CLIENT], const char *peer, const char *forwarded);

/* What counts as one client: someone with IPv6 has 2^64 addresses at least. */
void ln_web_network(char network[LN_WEB_CLIENT], const char *client);

#endif
