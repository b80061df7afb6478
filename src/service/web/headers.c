/* Headers of an answer. */
#include "service/web/own.h"

#include <stdio.h>
#include <strings.h>

/* What a browser is told with every answer. Scripts, styles and pictures come from here only, without any
 * exception, and no page of others may show ours or learn where its visitors come from. */
static const struct {
    const char *name, *value;
} SECURITY[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
     "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
};

static void add_security(struct MHD_Response *response, const ln_web_answer *answer)
{
    int is_kept = 0;
    for (size_t i = 0; i < sizeof SECURITY / sizeof *SECURITY; i++)
        MHD_add_response_header(response, SECURITY[i].name, SECURITY[i].value);
    for (size_t i = 0; i < answer->header_count; i++) {
        is_kept |= strcasecmp(answer->headers[i].name, "Cache-Control") == 0;
        MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    }
    if (!is_kept)
        MHD_add_response_header(response, "Cache-Control", "no-store");
}

void ln_web_add_headers(struct MHD_Response *response, const ln_web_answer *answer)
{
    char seconds[16];
    add_security(response, answer);
    if (answer->body.size || answer->stream.read)
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
