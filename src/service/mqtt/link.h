/* A connection to an MQTT broker, by Eclipse Paho: connects, subscribes, and connects again. */
#ifndef LN_SERVICE_MQTT_LINK_H
#define LN_SERVICE_MQTT_LINK_H

#include "service/sources/mqtt.h"

typedef struct ln_mqtt_link ln_mqtt_link;

/* Takes a message. It is acknowledged when this returns, with 1. Called by Paho's only thread, which holds
 * Paho's lock: meanwhile no other message is received. */
typedef int ln_mqtt_take(char *topic, const void *bytes, size_t size);

/* Is told whether the broker is connected. */
typedef void ln_mqtt_tell(int is_connected);

/* Makes a connection; nothing is connected yet.
 *   client   its id; must stay, like the config
 * Errors: LN_ERR_ARGUMENT, LN_ERR_MEMORY. */
ln_status ln_mqtt_link_open(ln_mqtt_link **link, const ln_mqtt_config *config, const char *client,
                            ln_mqtt_take *take, ln_mqtt_tell *tell, ln_error *error);

/* Connects, and connects again after each fault, until `stop` is not zero; then it disconnects. */
void ln_mqtt_link_run(ln_mqtt_link *link, const atomic_int *stop);

/* Publishes with QoS 0: that never waits for Paho's lock. Returns 0 if there is no connection. */
int ln_mqtt_link_publish(ln_mqtt_link *link, const char *topic, const void *bytes, size_t size);

/* After an error only: one that has run ends with its process. */
void ln_mqtt_link_close(ln_mqtt_link *link);

#endif
