/* The page: cameras and their pictures, alarms and search, as HTML that the server makes. It works without
 * scripts; page.js shows changes at once. */
#ifndef LN_SERVICE_PAGE_PAGE_H
#define LN_SERVICE_PAGE_PAGE_H

#include "service/login/visitor.h"
#include "service/serve.h"
#include "service/settings/settings.h"

#define LN_PAGE_ROUTES 16 /* at most */
#define LN_PAGE_PARTS 4

typedef struct ln_page_config {
    const ln_service_settings *settings; /* store, model, people; must stay */
    ln_visitor_of *visitor_of;
    ln_visitor_stays *stays;
    void *visitors; /* the context of both */
} ln_page_config;

typedef struct ln_page ln_page;

/* Opens the page. The configuration is copied; what it points to must stay. Null: memory is short. */
ln_page *ln_page_open(const ln_page_config *config);
void ln_page_close(ln_page *page);

/* Its routes, and its threads of the role LN_SERVE_WEB. Both point to the page. */
size_t ln_page_routes(ln_page *page, ln_web_route routes[LN_PAGE_ROUTES]);
void ln_page_parts(ln_page *page, ln_serve_part parts[LN_PAGE_PARTS]);

#endif
