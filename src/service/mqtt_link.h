/* A connection to an MQTT broker, by Eclipse Paho: connects, subscribes, and connects again. */
#ifndef LN_SERVICE_MQTT_LINK_H
#define LN_SERVICE_MQTT_LINK_H

#include "service/source_mqtt.h"

typedef struct ln_mqtt_link ln_mqtt_link;

/* Takes a message. It is acknowledged when this returns, with 1. Called by Paho's only thread, which holds
 * Paho's lock: meanwhile no message of any connection is received. */
typedef int ln_mqtt_take(void *context, char *topic, const void *bytes, size_t size);

ln_status ln_mqtt_link_open(ln_mqtt_link **link, const ln_mqtt_config *config, ln_mqtt_take *take,
                            void *context, ln_error *error);

/* As ln_mqtt_run. */
int ln_mqtt_link_run(ln_mqtt_link *link, const atomic_int *stop);

/* Keeps Paho's thread, which calls it, for ever: the message is never acknowledged. */
_Noreturn void ln_mqtt_link_hold(void);

/* Publishes with QoS 0: that never waits for Paho's lock. Returns 0 if there is no connection. */
int ln_mqtt_link_publish(ln_mqtt_link *link, const char *topic, const void *bytes, size_t size);

void ln_mqtt_link_close(ln_mqtt_link *link);

#endif
