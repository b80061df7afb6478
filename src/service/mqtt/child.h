/* The process of one connection of an MQTT source.
 *
 * Paho has one thread and one lock in a process, and acknowledges an event when its callback returns. So each
 * connection is a process, whose callback returns once the parent has said that the event is on the disk. */
#ifndef LN_SERVICE_MQTT_CHILD_H
#define LN_SERVICE_MQTT_CHILD_H

#include "service/sources/mqtt.h"

#include <sys/types.h>

/* Starts the process, which waits for LN_MQTT_START. It ends when it is told to, and at once when its parent
 * dies. It acknowledges nothing that the parent has not answered.
 *   number    of the connection, from 1
 *   process   the caller's to wait for
 *   socket    to it, as mqtt/wire.h says; the caller's to close
 * Errors: LN_ERR_IO. */
ln_status ln_mqtt_child_start(const ln_mqtt_config *config, unsigned number, pid_t *process, int *socket,
                              ln_error *error);

#endif
