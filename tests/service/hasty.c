/* What makes the program `limitnet-hasty` of `limitnet`: who has died is found out after seconds instead of a
 * minute, and a delivery is tried again soon, so that a test of many deaths need not wait. */
#include "service/deliver/deliver.h"
#include "service/store/store.h"

#define LEASE_MS 3000
#define AGAIN_MS 700

/* The linker puts __wrap_NAME in place of the service's own function, which is __real_NAME then. Their types
 * are taken from it, so that a change there cannot go unseen. */
extern __typeof__(ln_store_take) __real_ln_store_take, __wrap_ln_store_take;
extern __typeof__(ln_store_next) __real_ln_store_next, __wrap_ln_store_next;
extern __typeof__(ln_deliver_wait) __wrap_ln_deliver_wait;

ln_db_result __wrap_ln_store_take(ln_store *store, uint64_t now_ms, uint64_t lease_ms, ln_work *work,
                                  ln_error *error)
{
    (void)lease_ms;
    return __real_ln_store_take(store, now_ms, LEASE_MS, work, error);
}

ln_db_result __wrap_ln_store_next(ln_store *store, const char *target, uint64_t now_ms, uint64_t lease_ms,
                                  ln_outbox_row *entry, ln_error *error)
{
    (void)lease_ms;
    return __real_ln_store_next(store, target, now_ms, LEASE_MS, entry, error);
}

uint64_t __wrap_ln_deliver_wait(unsigned attempts, uint32_t random)
{
    (void)attempts;
    return AGAIN_MS + random % AGAIN_MS;
}
