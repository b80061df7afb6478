#include <limitnet/link.h>

#include "link/random.h"

#define MILLION 1000000u

ln_status ln_loss_init(ln_loss *link, uint32_t per_million, uint64_t seed)
{
    if (!link)
        return LN_ERR_ARGUMENT;
    *link = (ln_loss){0};
    if (per_million > MILLION)
        return LN_ERR_ARGUMENT;
    *link = (ln_loss){seed, per_million};
    return LN_OK;
}

int ln_loss_next(ln_loss *link)
{
    if (!link)
        return 0;
    return ln_random_happens(&link->state, link->per_million);
}
