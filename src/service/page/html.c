#include "service/page/html.h"

#include "service/login/csrf.h"
#include "service/login/html_account.h"

#include <string.h>
#include <time.h>

void ln_html_text(ln_text *out, const char *text)
{
    static const char SPECIAL[] = "&<>\"'";
    static const char *const WRITTEN[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    while (text && *text) {
        const size_t plain = strcspn(text, SPECIAL);
        ln_text_add(out, "%.*s", (int)plain, text);
        text += plain;
        if (*text)
            ln_text_add(out, "%s", WRITTEN[strchr(SPECIAL, *text++) - SPECIAL]);
    }
}

void ln_html_url(ln_text *out, const char *text)
{
    static const char PLAIN[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    while (text && *text) {
        const size_t plain = strspn(text, PLAIN);
        ln_text_add(out, "%.*s", (int)plain, text);
        text += plain;
        if (*text)
            ln_text_add(out, "%%%02X", (unsigned char)*text++);
    }
}

void ln_html_time(ln_text *out, uint64_t time_ms)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    char exact[32] = "", shown[64] = "";
    struct tm utc, local;
    if (gmtime_r(&seconds, &utc))
        strftime(exact, sizeof exact, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (localtime_r(&seconds, &local))
        strftime(shown, sizeof shown, "%Y-%m-%d %H:%M:%S %Z", &local);
    ln_text_add(out, "<time datetime=\"%s\">", exact);
    ln_html_text(out, shown);
    ln_text_add(out, "</time>");
}

void ln_html_label(ln_text *out, const char *label, int score)
{
    ln_text_add(out, "<strong>");
    ln_html_text(out, label ? label : "nothing");
    ln_text_add(out, "</strong>");
    if (label)
        ln_text_add(out, " %d %%", (score + 50) / 100);
}

void ln_html_csrf(ln_text *out, const ln_visitor *visitor)
{
    ln_text_add(out, "<input type=\"hidden\" name=\"" LN_CSRF "\" value=\"");
    ln_html_text(out, visitor->csrf);
    ln_text_add(out, "\">");
}

/* ---- Around a page --------------------------------------------------------------------------- */

static void add_menu(ln_text *out, const char *here, const ln_visitor *visitor)
{
    static const char *const ENTRIES[][2] = {{"/", "Cameras"}, {"/alarms", "Alarms"}, {"/search", "Search"}};
    ln_text_add(out, "<header><p class=\"name\">LimitNet</p><nav aria-label=\"Pages\"><ul>");
    for (size_t i = 0; i < sizeof ENTRIES / sizeof *ENTRIES; i++)
        ln_text_add(out, "<li><a href=\"%s\"%s>%s</a></li>", ENTRIES[i][0],
                    here && !strcmp(here, ENTRIES[i][0]) ? " aria-current=\"page\"" : "", ENTRIES[i][1]);
    ln_text_add(out, "</ul></nav>");
    ln_html_account(out, visitor);
    ln_text_add(out, "</header>\n");
}

static void add_attribute(ln_text *out, const char *name, const char *value)
{
    if (!value)
        return;
    ln_text_add(out, " %s=\"", name);
    ln_html_text(out, value);
    ln_text_add(out, "\"");
}

void ln_html_begin(ln_text *out, const ln_html_frame *frame)
{
    ln_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    ln_html_text(out, frame->title);
    ln_text_add(out, " - LimitNet</title>\n<link rel=\"stylesheet\" href=\"/page.css\">\n"
                     "<script src=\"/page.js\" defer></script>\n</head>\n<body");
    add_attribute(out, "data-watch", frame->watch);
    add_attribute(out, "data-mark", frame->watch ? frame->mark : NULL);
    ln_text_add(out, ">\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
    add_menu(out, frame->here, frame->visitor);
    ln_text_add(out, "<main id=\"main\" tabindex=\"-1\">\n<h1>");
    ln_html_text(out, frame->title);
    ln_text_add(out, "</h1>\n");
}

void ln_html_end(ln_text *out)
{
    ln_text_add(out, "</main>\n<p id=\"state\" role=\"status\"></p>\n</body>\n</html>\n");
}
