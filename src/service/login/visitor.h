/* Who asks for a page, and what that one may do: a viewer sees; an operator also judges alarms; an admin also
 * manages accounts. Roles are in this order: each may what those before it may. */
#ifndef LN_SERVICE_LOGIN_VISITOR_H
#define LN_SERVICE_LOGIN_VISITOR_H

#include "service/web/web.h"

typedef enum ln_visitor_role {
    LN_ROLE_NONE, /* not logged in */
    LN_ROLE_VIEWER,
    LN_ROLE_OPERATOR,
    LN_ROLE_ADMIN
} ln_visitor_role;

typedef struct ln_visitor {
    ln_visitor_role role;
    int is_unknown; /* 1: the store was not read lately, so the role is none for now */
    char name[65];
    char csrf[65];       /* what each form sends back in its field `csrf` */
    uint8_t session[32]; /* hash of its token; zero: there is none */
} ln_visitor;

/* Fills in who sent a request. */
typedef void ln_visitor_of(void *context, const ln_web_request *request, ln_visitor *visitor);

/* Whether somebody who asked before may still have what a viewer may: for answers that go on. Called by the
 * web server's thread. */
typedef int ln_visitor_stays(void *context, const ln_visitor *visitor);

/* Whether a visitor has logged in: one who needs no account has not. */
int ln_visitor_has_session(const ln_visitor *visitor);

/* Answers 503 where nobody can say yet who asks: to send such a visitor to the login would be wrong. Returns
 * whether it did. */
int ln_visitor_comes_again(const ln_visitor *visitor, ln_web_answer *answer);

#endif
