#include <limitnet/core.h>

const char *ln_version(void)
{
    return LN_VERSION;
}
