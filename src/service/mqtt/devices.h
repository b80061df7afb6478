/* The devices of a source that can be sent to: those whose uplinks have come since the start. Any thread may
 * use it. */
#ifndef LN_SERVICE_MQTT_DEVICES_H
#define LN_SERVICE_MQTT_DEVICES_H

#include "service/sources/downlink.h"

typedef struct ln_mqtt_devices ln_mqtt_devices;

/* Null: memory is short. The caller's to ln_mqtt_devices_free. */
ln_mqtt_devices *ln_mqtt_devices_new(void);
void ln_mqtt_devices_free(ln_mqtt_devices *devices);

/* Remembers a device. There is room for 4,096; of two that meet, the later one stays. */
void ln_mqtt_devices_add(ln_mqtt_devices *devices, const ln_downlink_device *device);

/* Returns whether a device of this name is known. */
int ln_mqtt_devices_find(ln_mqtt_devices *devices, const char *name, ln_downlink_device *device);

#endif
