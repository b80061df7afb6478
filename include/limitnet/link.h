/* LimitNet link: models of a radio link. C99, no allocation, no variables of its own, the same results on
 * every machine. The rules of core.h hold here too: a link is for one thread at a time. */
#ifndef LIMITNET_LINK_H
#define LIMITNET_LINK_H

#include <limitnet/core.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* A link that loses each packet with the same probability, independently of the others. The fields are
 * private. */
typedef struct ln_loss {
    uint64_t state;       /* private */
    uint32_t per_million; /* private */
} ln_loss;

/* Makes a link. There is nothing to release.
 *   link          receives the link; empty after an error
 *   per_million   how many of a million packets are lost on average, 0..1,000,000 (300,000 is 30 %)
 *   seed          links of the same seed lose the same packets, and a link that loses more also loses those
 *                 that a link that loses less does
 * Errors: LN_ERR_ARGUMENT. */
ln_status ln_loss_init(ln_loss *link, uint32_t per_million, uint64_t seed);

/* Whether the next packet is lost: 1 or 0. Call it once for each packet, in the order of sending. */
int ln_loss_next(ln_loss *link);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif
#endif
