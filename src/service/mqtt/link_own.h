/* A connection's parts: mqtt/connect.c talks to Paho, mqtt/link.c decides when. */
#ifndef LN_SERVICE_MQTT_LINK_OWN_H
#define LN_SERVICE_MQTT_LINK_OWN_H

#include "service/mqtt/link.h"

#include <MQTTAsync.h>
#include <pthread.h>

typedef enum ln_mqtt_state {
    LN_MQTT_CLOSED,
    LN_MQTT_CONNECTING, /* or subscribing */
    LN_MQTT_READY,
    LN_MQTT_DISCONNECTING
} ln_mqtt_state;

struct ln_mqtt_link {
    const ln_mqtt_config *config;
    const char *id; /* of the client */
    ln_mqtt_take *take;
    ln_mqtt_tell *tell;
    MQTTAsync client;
    ln_text topic;
    pthread_mutex_t lock; /* of what follows; never held while Paho is called */
    pthread_cond_t changed;
    ln_mqtt_state state;
    char problem[256]; /* why it became LN_MQTT_CLOSED */
};

/* Changes the state; any thread may. */
void ln_mqtt_link_set(ln_mqtt_link *link, ln_mqtt_state to, const char *problem);

/* Makes Paho's client. Errors: LN_ERR_ARGUMENT. */
ln_status ln_mqtt_link_make(ln_mqtt_link *link, ln_error *error);

/* Begins to connect and to subscribe. LN_MQTT_CONNECTING becomes LN_MQTT_READY then, or LN_MQTT_CLOSED. */
void ln_mqtt_link_connect(ln_mqtt_link *link);

/* Begins to disconnect: LN_MQTT_DISCONNECTING becomes LN_MQTT_CLOSED, at once if there was no connection. */
void ln_mqtt_link_disconnect(ln_mqtt_link *link, int timeout_ms);

#endif
