/* Whether a form was sent by a page of ours, and not by one of others in a visitor's browser. */
#ifndef LN_SERVICE_LOGIN_CSRF_H
#define LN_SERVICE_LOGIN_CSRF_H

#include "service/login/visitor.h"

/* What stands in each form that is sent: a field `csrf` with this name. */
#define LN_CSRF "csrf"

/* Whether a request with a form comes from our page: its field `csrf` is the visitor's, compared in constant
 * time, and the browser names no other site as the one that began it (Sec-Fetch-Site, Origin). Call it before
 * anything that changes something. */
int ln_csrf_is_ours(const ln_web_request *request, const ln_visitor *visitor);

#endif
