/* Fields of forms and of addresses, as application/x-www-form-urlencoded writes them. Names are compared as
 * they came: ours have no character that a browser would encode. */
#ifndef LN_SERVICE_WEB_FORM_H
#define LN_SERVICE_WEB_FORM_H

#include "service/web/web.h"

/* Reads a field of a request's body, or of its query. Of several with one name the first counts.
 *   value   room for `room` bytes, its end included; empty if there is none
 * Returns whether there is such a field and it is a text: UTF-8, without a zero byte, that fits. A body of
 * another type has no fields. */
int ln_form_field(const ln_web_request *request, const char *name, char *value, size_t room);
int ln_query_field(const ln_web_request *request, const char *name, char *value, size_t room);

#endif
