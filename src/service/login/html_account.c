#include "service/login/html_account.h"

#include "service/login/account.h"
#include "service/page/html.h"

void ln_html_account(ln_text *out, const ln_visitor *visitor)
{
    if (!visitor || visitor->role == LN_ROLE_NONE)
        return;
    ln_text_add(out, "<div class=\"account\"><span>");
    ln_html_text(out, visitor->name);
    ln_text_add(out, " (%s)</span>", ln_role_name(visitor->role));
    if (visitor->role == LN_ROLE_ADMIN)
        ln_text_add(out, " <a href=\"/accounts\">Accounts</a>");
    if (ln_visitor_has_session(visitor))
        ln_text_add(out, " <a href=\"/password\">Password</a>");
    ln_text_add(out, " <form method=\"post\" action=\"/logout\">");
    ln_html_csrf(out, visitor);
    ln_text_add(out, "<button>Log out</button></form></div>\n");
}
