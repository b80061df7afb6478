#include "service/login/csrf.h"

#include "service/web/form.h"

#include <sodium.h>
#include <string.h>
#include <strings.h>

/* What follows "://" of an origin must be the host that was asked. A proxy passes the host on, or browsers
 * that send no Sec-Fetch-Site are refused. */
static int is_of_host(const char *origin, const char *host)
{
    const char *name = strstr(origin, "://");
    return name && host && strcasecmp(name + 3, host) == 0;
}

/* Browsers send Sec-Fetch-Site through TLS and to this computer, Origin always with a form. Neither: no
 * browser. */
static int is_own_site(const ln_web_request *request)
{
    const char *site = request->header(request->context, "Sec-Fetch-Site");
    const char *origin = request->header(request->context, "Origin");
    if (site)
        return strcmp(site, "same-origin") == 0;
    return !origin || is_of_host(origin, request->header(request->context, "Host"));
}

int ln_csrf_is_ours(const ln_web_request *request, const ln_visitor *visitor)
{
    char shown[sizeof visitor->csrf] = {0};
    return is_own_site(request) && ln_form_field(request, LN_CSRF, shown, sizeof shown) && visitor->csrf[0] &&
           strlen(shown) == strlen(visitor->csrf) && sodium_memcmp(shown, visitor->csrf, strlen(shown)) == 0;
}
