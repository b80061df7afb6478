/* Delivering alarms to people and programs: webhooks, Telegram, mail, MQTT.
 *
 * A delivery may happen twice, when the answer to the first one was lost. Each has an id that stays the same,
 * so that the receiver can tell: docs/SERVICE.md says where each kind of target finds it. */
#ifndef LN_SERVICE_DELIVER_DELIVER_H
#define LN_SERVICE_DELIVER_DELIVER_H

#include "service/settings/settings.h"
#include "service/store/store.h"

#define LN_DELIVER_SECONDS 30      /* that a delivery takes at most */
#define LN_DELIVER_MOST_WAIT 86400 /* seconds that a receiver may ask us to wait */

typedef enum ln_delivery_fate {
    LN_DELIVERED,
    LN_DELIVER_AGAIN, /* it may work later */
    LN_DELIVER_NEVER  /* the receiver refuses it, and would again */
} ln_delivery_fate;

typedef struct ln_delivery {
    ln_delivery_fate fate;
    uint64_t wait_ms; /* LN_DELIVER_AGAIN: how long to wait for the next attempt */
    char why[200];    /* one line, without any secret; empty: delivered */
} ln_delivery;

/* Delivers an entry of the outbox. Any number of threads may.
 *   picture   PNG or JPEG; null: none goes along */
ln_delivery ln_deliver(const ln_target *target, const ln_outbox_row *entry, const uint8_t *picture,
                       size_t size);

/* How long to wait after so many attempts: twice as long after each one, from about 5 s to about an hour.
 *   random   any number: a quarter more or less, so that receivers are not asked by all at once */
uint64_t ln_deliver_wait(unsigned attempts, uint32_t random);

#endif
