#include "service/mqtt/devices.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DEVICES 4096

struct ln_mqtt_devices {
    pthread_mutex_t lock;
    ln_downlink_device places[DEVICES];
};

ln_mqtt_devices *ln_mqtt_devices_new(void)
{
    ln_mqtt_devices *devices = calloc(1, sizeof *devices);
    if (devices)
        pthread_mutex_init(&devices->lock, NULL);
    return devices;
}

void ln_mqtt_devices_free(ln_mqtt_devices *devices)
{
    if (!devices)
        return;
    pthread_mutex_destroy(&devices->lock);
    free(devices);
}

static ln_downlink_device *place_of(ln_mqtt_devices *devices, const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return &devices->places[hash % DEVICES];
}

void ln_mqtt_devices_add(ln_mqtt_devices *devices, const ln_downlink_device *device)
{
    pthread_mutex_lock(&devices->lock);
    *place_of(devices, device->name) = *device;
    pthread_mutex_unlock(&devices->lock);
}

int ln_mqtt_devices_find(ln_mqtt_devices *devices, const char *name, ln_downlink_device *device)
{
    pthread_mutex_lock(&devices->lock);
    *device = *place_of(devices, name);
    pthread_mutex_unlock(&devices->lock);
    return device->name[0] && strcmp(device->name, name) == 0;
}
