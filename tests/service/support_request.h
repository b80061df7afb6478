/* A request for handlers, as the web server gives it. */
#ifndef LN_TESTS_SUPPORT_REQUEST_H
#define LN_TESTS_SUPPORT_REQUEST_H

#include "service/web/web.h"

#include <string.h>
#include <strings.h>

/* The context has names and values in turn, and ends with a null. */
static inline const char *fake_header(void *context, const char *name)
{
    const char *const *at = context;
    for (; *at; at += 2)
        if (strcasecmp(at[0], name) == 0)
            return at[1];
    return NULL;
}

static inline ln_web_request fake_request(const char *const *headers, const char *body, const char *query)
{
    return (ln_web_request){.method = "POST",
                            .path = "/",
                            .header = fake_header,
                            .context = (void *)(uintptr_t)headers,
                            .body = (const uint8_t *)body,
                            .size = body ? strlen(body) : 0,
                            .query = query,
                            .client = "192.0.2.1"};
}

#endif
