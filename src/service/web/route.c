/* From a request to the handler of its route. */
#include "service/web/web.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void ln_web_say(ln_web_answer *answer, unsigned status, const char *text)
{
    answer->status = status;
    ln_text_add(&answer->body, "%s\n", text);
}

void ln_web_header(ln_web_answer *answer, const char *name, const char *format, ...)
{
    va_list arguments;
    if (answer->header_count == LN_WEB_EXTRA) {
        answer->body.failed = 1;
        return;
    }
    const size_t room = sizeof answer->headers->value;
    char *value = answer->headers[answer->header_count].value;
    answer->headers[answer->header_count++].name = name;
    va_start(arguments, format);
    const int length = vsnprintf(value, room, format, arguments);
    va_end(arguments);
    if (length < 0 || (size_t)length >= room)
        answer->body.failed = 1;
}

void ln_web_redirect(ln_web_answer *answer, const char *path)
{
    ln_web_header(answer, "Location", "%s", path);
    ln_web_say(answer, 303, "see there");
}

static int is_of(const ln_web_route *route, const char *path)
{
    size_t size = strlen(route->path);
    return size > 1 && route->path[size - 1] == '/' ? !strncmp(path, route->path, size)
                                                    : !strcmp(path, route->path);
}

static int takes(const ln_web_route *route, const char *method)
{
    return !strcmp(method, route->method) || (!strcmp(method, "HEAD") && !strcmp(route->method, "GET"));
}

/* The route, or null with the answer. */
static const ln_web_route *find(const ln_web_route *routes, size_t count, const ln_web_request *request,
                                ln_web_answer *answer)
{
    const ln_web_route *other = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!is_of(&routes[i], request->path))
            continue;
        if (takes(&routes[i], request->method))
            return &routes[i];
        other = &routes[i];
    }
    if (other)
        answer->allow = other->method;
    if (other)
        ln_web_say(answer, 405, "this address has other methods");
    else
        ln_web_say(answer, 404, "there is nothing here");
    return NULL;
}

int ln_web_answer_to(const ln_web_route *routes, size_t count, const ln_web_request *request, int complete,
                     ln_web_answer *answer)
{
    const ln_web_route *route = find(routes, count, request, answer);
    if (route && route->admit)
        route->admit(route->context, request, answer);
    if (!route || answer->status != 200)
        return 1;
    if (complete)
        route->handle(route->context, request, answer);
    return complete;
}
