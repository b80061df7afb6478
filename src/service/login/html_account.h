/* Who is logged in, the way to the accounts, and the way out: a part of each page's frame. */
#ifndef LN_SERVICE_LOGIN_HTML_ACCOUNT_H
#define LN_SERVICE_LOGIN_HTML_ACCOUNT_H

#include "service/login/visitor.h"

/* Adds nothing for whoever is not logged in. */
void ln_html_account(ln_text *out, const ln_visitor *visitor);

#endif
