/* Pages as HTML: escaping, and what stands around each of them. */
#ifndef LN_SERVICE_PAGE_HTML_H
#define LN_SERVICE_PAGE_HTML_H

#include "service/login/visitor.h"

/* Adds a text, between tags or in a quoted attribute. Null is nothing. */
void ln_html_text(ln_text *out, const char *text);

/* Adds a text as a part of a path, or as a value of a query. Null is nothing. */
void ln_html_url(ln_text *out, const char *text);

/* Adds a time as people read it, in the time zone of the settings. */
void ln_html_time(ln_text *out, uint64_t time_ms);

/* Adds what was seen and its score, parts of 10,000. */
void ln_html_label(ln_text *out, const char *label, int score);

/* What stands around a page. */
typedef struct ln_html_frame {
    const char *title;
    const char *here;  /* path of its entry in the menu; null: it has none */
    const char *watch; /* which changes it shows at once (page.js): "*": all; a device; DEVICE/PICTURE;
                          "alarms"; null: none */
    const char *mark;  /* where those changes begin: of ln_live_mark */
    const ln_visitor *visitor;
} ln_html_frame;

void ln_html_begin(ln_text *out, const ln_html_frame *frame);
void ln_html_end(ln_text *out);

/* The field that each form carries. */
void ln_html_csrf(ln_text *out, const ln_visitor *visitor);

#endif
