/* Who asks for a page, and what that one may do: a viewer sees; an operator also judges alarms and exports; an
 * admin also manages accounts and deletes pictures. Roles are in this order: each may what those before it may. */
#ifndef LN_SERVICE_PAGE_VISITOR_H
#define LN_SERVICE_PAGE_VISITOR_H

#include "service/web.h"

typedef enum ln_visitor_role {
    LN_ROLE_NONE, /* not logged in */
    LN_ROLE_VIEWER,
    LN_ROLE_OPERATOR,
    LN_ROLE_ADMIN
} ln_visitor_role;

typedef struct ln_visitor {
    ln_visitor_role role;
    char name[65];
    char csrf[65]; /* what each form sends back in its field `csrf` */
} ln_visitor;

/* Fills in who sent a request. */
typedef void ln_visitor_of(void *context, const ln_web_request *request, ln_visitor *visitor);

#endif
