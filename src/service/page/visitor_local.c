#include "service/page/visitor_local.h"

#include <sodium.h>
#include <stdio.h>

void ln_visitor_local(void *context, const ln_web_request *request, ln_visitor *visitor)
{
    static char token[65]; /* made by the first request: the web server has one thread */
    unsigned char bytes[32];
    (void)context, (void)request;
    if (!*token) {
        randombytes_buf(bytes, sizeof bytes);
        sodium_bin2hex(token, sizeof token, bytes, sizeof bytes);
    }
    *visitor = (ln_visitor){.role = LN_ROLE_ADMIN, .name = "local"};
    snprintf(visitor->csrf, sizeof visitor->csrf, "%s", token);
}
