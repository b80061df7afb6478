/* A source: uplinks from a network's MQTT broker.
 *
 * An event is acknowledged once it is on the disk. As long as the store is away or full, nothing is: each
 * connection waits with the event that it has, and goes on by itself. If the service dies meanwhile, the
 * broker brings the event again. A broker keeps events for a service that is away only if it is told to
 * (docs/SERVICE.md).
 *
 * Each connection is a process of its own (mqtt/child.h says why), which has one event in hand at a time. It
 * ends with this one, however this one dies. */
#ifndef LN_SERVICE_SOURCES_MQTT_H
#define LN_SERVICE_SOURCES_MQTT_H

#include "service/sources/intake.h"

#include <stdatomic.h>

#define LN_MQTT_CONNECTIONS 32 /* of a source at most */

typedef struct ln_mqtt_config {
    ln_ingest_source source;
    const char *form;     /* name of the form, as for ln_event_reader_of */
    const char *url;      /* mqtt://host:port or mqtts://host:port */
    const char *client;   /* the client's id, its own in the broker: it names the session that is kept. Of
                             several connections, "-1", "-2" and so on follow */
    const char *user;     /* null: none */
    const char *password; /* null: none */
    const char *ca_file;  /* certificates that are trusted; null: the system's */
    const char *topic;    /* null: the network's topic of uplinks */
    const char *share;    /* name of the group of clients that share the events; null: this one gets all */
    unsigned connections; /* 1..LN_MQTT_CONNECTIONS; 0 is 1. Several need a share */
} ln_mqtt_config;

typedef struct ln_mqtt ln_mqtt;

/* Makes a source with its processes, which wait. Call it before other threads run.
 *   config   must stay, with all that it points to
 *   mqtt     the caller's to ln_mqtt_close; null after an error
 * Errors: LN_ERR_ARGUMENT: a setting is wrong; LN_ERR_IO: there is no other process; LN_ERR_MEMORY. */
ln_status ln_mqtt_open(ln_mqtt **mqtt, const ln_mqtt_config *config, ln_error *error);

/* Connects, takes uplinks, and connects again after each fault, until `stop` is not zero. Then the
 * connections finish what they have in hand, or, if that cannot be stored, leave it to the broker.
 * Errors: LN_ERR_STATE: a process died. */
ln_status ln_mqtt_run(ln_mqtt *mqtt, ln_intake *intake, ln_metrics *metrics, const atomic_int *stop,
                      ln_error *error);

/* Ends its processes. The intake has stopped. Null is allowed. */
void ln_mqtt_close(ln_mqtt *mqtt);

/* Sends a few bytes to a device whose uplink has come since the start. Any thread may. It is sent once at
 * most: cameras need no downlink.
 *   device   its name, as in ln_uplink
 *   port     1..223
 *   size     1..LN_DOWNLINK_BYTES (service/sources/downlink.h)
 * Errors: LN_ERR_STATE: no uplink of this device has come, the broker is away, or the network has no
 * downlinks through a broker; LN_ERR_MEMORY, LN_ERR_ARGUMENT. */
ln_status ln_mqtt_send(ln_mqtt *mqtt, const char *device, unsigned port, const uint8_t *bytes, size_t size,
                       ln_error *error);

#endif
