#include "service/login/visitor.h"

#include <string.h>

int ln_visitor_has_session(const ln_visitor *visitor)
{
    static const uint8_t none[sizeof visitor->session];
    return memcmp(visitor->session, none, sizeof none) != 0;
}

int ln_visitor_comes_again(const ln_visitor *visitor, ln_web_answer *answer)
{
    if (!visitor->is_unknown)
        return 0;
    answer->retry_after_s = 1;
    ln_web_say(answer, 503, "the store did not answer yet: try again in a moment");
    return 1;
}
