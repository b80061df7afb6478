#include "service/login/cookie.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define HOST "__Host-"

int ln_cookie_is_secure(const ln_web_request *request)
{
    const char *protocol = request->header(request->context, "X-Forwarded-Proto");
    return protocol && strcasecmp(protocol, "https") == 0;
}

static int find(const char *cookies, const char *name, char *value, size_t room)
{
    const size_t length = strlen(name);
    for (const char *at = cookies; *at; at += *at == ';') {
        at += strspn(at, " \t");
        const size_t size = strcspn(at, ";");
        if (size > length && at[length] == '=' && memcmp(at, name, length) == 0) {
            const size_t value_size = size - length - 1;
            if (value_size >= room)
                return 0;
            memcpy(value, at + length + 1, value_size);
            value[value_size] = 0;
            return 1;
        }
        at += size;
    }
    return 0;
}

int ln_cookie_read(const ln_web_request *request, const char *name, char *value, size_t room)
{
    char full[64];
    const char *cookies = request->header(request->context, "Cookie");
    *value = 0;
    snprintf(full, sizeof full, "%s%s", ln_cookie_is_secure(request) ? HOST : "", name);
    return cookies && find(cookies, full, value, room);
}

void ln_cookie_set(ln_web_answer *answer, int is_secure, const char *name, const char *value, unsigned age_s)
{
    ln_web_header(answer, "Set-Cookie", "%s%s=%s; Path=/; Max-Age=%u; HttpOnly; SameSite=Strict%s",
                  is_secure ? HOST : "", name, value, age_s, is_secure ? "; Secure" : "");
}
