#ifndef LN_SERVICE_RULES_BODY_H
#define LN_SERVICE_RULES_BODY_H

#include "service/rules/rules.h"

/* Makes an alarm's body: what targets get, as JSON. `value` is the battery in percent, or when the last frame
 * came. Null: no memory. The caller's to free(). */
char *ln_rules_body(const ln_rule *rule, const ln_alarm *alarm, const ln_news *news, uint64_t value);

#endif
