/* Hints to cameras (SPEC 6.9): what workers have left in the store for devices goes out, through the broker
 * of the device's network, or as the answer to an uplink of Sigfox. Each is sent once at most, and may be
 * lost: cameras need none. */
#ifndef LN_SERVICE_SOURCES_HINTS_H
#define LN_SERVICE_SOURCES_HINTS_H

#include "service/serve.h"

/* A hint about frames that came longer ago is not sent. By then a picture is over, as `idle` in the settings
 * has it, so nothing is left to stop; and the loss of links in the field drifts within hours. */
#define LN_HINT_EXPIRY_MS 3600000

typedef struct ln_hints_config {
    const char *store;          /* as for ln_store_open */
    const char *const *sources; /* names of the MQTT sources of this process */
    size_t source_count;
    unsigned port;  /* of the downlinks, 1..223 */
    unsigned a_day; /* to a device at most, at least 1: evenly spread, as networks bound any 24 hours */
} ln_hints_config;

/* Sends the hints for devices of MQTT sources. A part of the role LN_SERVE_INGEST, of one thread; its context
 * is an ln_hints_config. */
ln_serve_run_part ln_hints_run;

/* Hints for devices of Sigfox. */
typedef struct ln_hints ln_hints;

/* Null: memory is short. The configuration must stay, and its sources and port are not needed. The caller's
 * to ln_hints_close. */
ln_hints *ln_hints_open(const ln_hints_config *config);
void ln_hints_close(ln_hints *hints);

/* What ln_serve_config takes as `downlink`; its context is an ln_hints. Any thread may call it. */
ln_webhook_downlink ln_hints_answer;

#endif
