/* Answers that several pages give, and what addresses say. */
#include "service/log.h"
#include "service/web/form.h"
#include "service/page/page_own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HTML "text/html; charset=utf-8"

void ln_page_begin(const ln_visit *visit, ln_web_answer *answer, const char *title, const char *here,
                   const char *watch)
{
    answer->type = HTML;
    ln_html_begin(&answer->body, &(ln_html_frame){title, here, watch, visit->live, &visit->visitor});
}

void ln_page_refuse(ln_web_answer *answer, const ln_visitor *visitor, unsigned status, const char *why)
{
    answer->status = status;
    answer->type = HTML;
    ln_html_begin(&answer->body, &(ln_html_frame){.title = "This cannot be shown", .visitor = visitor});
    ln_text_add(&answer->body, "<p>");
    ln_html_text(&answer->body, why);
    ln_text_add(&answer->body, "</p>\n");
    ln_html_end(&answer->body);
}

void ln_page_fail(const ln_visit *visit, ln_web_answer *answer, const ln_error *error)
{
    ln_log(LN_LOG_WARNING, "a page cannot be shown", LN_LOG_VALUES(LN_LOG_TEXT("why", error->text)));
    answer->retry_after_s = 5;
    ln_page_refuse(answer, &visit->visitor, 503, "The store cannot be read now. Try again.");
}

uint64_t ln_page_clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- Addresses ------------------------------------------------------------------------------- */

int64_t ln_page_number(const char *text)
{
    char *end;
    errno = 0;
    const long long number = strtoll(text, &end, 10);
    return errno || *end || end == text || number < 0 || strspn(text, "0123456789") != strlen(text) ? 0
                                                                                                    : number;
}

int64_t ln_page_query_number(const ln_visit *visit, const char *name)
{
    char text[24];
    return ln_query_field(&visit->request, name, text, sizeof text) ? ln_page_number(text) : 0;
}

int ln_page_key(const char *path, const char *begin, const char *end, int64_t *device, int64_t *id)
{
    char first[24] = "", second[24] = "";
    int used = 0;
    if (strncmp(path, begin, strlen(begin)))
        return 0;
    path += strlen(begin);
    if (sscanf(path, "%20[0-9]/%20[0-9]%n", first, second, &used) != 2 || !used || strcmp(path + used, end))
        return 0;
    *device = ln_page_number(first);
    *id = ln_page_number(second);
    return *device && *id;
}
