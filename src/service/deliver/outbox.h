/* The deliver role of `limitnet serve`: takes alarms out of the outbox, delivers them with their pictures,
 * and notes what became of them.
 *
 * Each target has a thread of its own, so one that is slow or dead holds up no other, and is sent one alarm
 * at a time. An alarm is noted as delivered after it was: a process that dies in between delivers it again.
 */
#ifndef LN_SERVICE_DELIVER_OUTBOX_H
#define LN_SERVICE_DELIVER_OUTBOX_H

#include "service/metrics.h"
#include "service/settings/settings.h"

#include <stdatomic.h>

/* How long an entry is held: much longer than LN_DELIVER_SECONDS. Then another process takes it. */
#define LN_OUTBOX_LEASE_MS 90000

/* Entries whose target the settings do not have are given up once they are due for so long. Until then
 * another process, which was started with newer settings, may take them. */
#define LN_OUTBOX_GONE_MS 600000

/* Delivers until `stop` becomes 1; deliveries that are under way end first. Any number of processes may.
 *   settings   with the targets, the store and the model whose decoder shows the pictures
 *   metrics    where deliveries are counted; null: nowhere
 * Errors: LN_ERR_MEMORY, LN_ERR_IO: a thread cannot be started. */
ln_status ln_outbox_run(const ln_service_settings *settings, ln_metrics *metrics, const atomic_int *stop,
                        ln_error *error);

#endif
