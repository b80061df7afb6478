/* What a source says to the processes that have its connections, and what they say: messages over a pair of
 * SOCK_SEQPACKET sockets. Both ends are one program, so a message's head is a struct as it stands. When one
 * end dies, the other one sees the end at once. */
#ifndef LN_SERVICE_MQTT_WIRE_H
#define LN_SERVICE_MQTT_WIRE_H

#include "service/sources/downlink.h"
#include "service/events/event.h"

#include <sys/types.h>

/* Bytes behind a head at most: an event that is longer is cut here, and refused as too long. */
#define LN_MQTT_BODY (LN_EVENT_BYTES + 1)

typedef enum ln_mqtt_word {
    /* To a connection. */
    LN_MQTT_START,   /* connect */
    LN_MQTT_ANSWER,  /* to the event; value: an ln_taken */
    LN_MQTT_PUBLISH, /* bytes for a device; value: the port */
    LN_MQTT_END,     /* finish what is under way, disconnect, end */
    /* From a connection. */
    LN_MQTT_EVENT, /* one; the next one comes after its answer. With its device, if the topic tells it */
    LN_MQTT_STATE  /* value 1: the broker is connected; 0: it is not */
} ln_mqtt_word;

typedef struct ln_mqtt_head {
    ln_mqtt_word word;
    unsigned value;
    ln_downlink_device device; /* empty names: none */
} ln_mqtt_head;

/* Sends a message whole. Returns 0 if it cannot: the other end is gone, or, unless `may_wait`, has not read
 * what was sent before. Any thread may. */
int ln_mqtt_wire_send(int socket, const ln_mqtt_head *head, const void *body, size_t size, int may_wait);

/* Waits for a message. Returns the size of its body, or -1: the other end is gone. */
ssize_t ln_mqtt_wire_receive(int socket, ln_mqtt_head *head, uint8_t body[LN_MQTT_BODY]);

#endif
