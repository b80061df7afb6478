#include "service/source_mqtt.h"

#include "service/downlink.h"
#include "service/log.h"
#include "service/mqtt_link.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_RETRY_MS 100 /* of an event that could not be stored */
#define LAST_RETRY_MS 5000
#define DEVICES 4096 /* whose applications are remembered; of two that meet, the later one */

struct ln_mqtt {
    const ln_mqtt_config *config;
    ln_downlink_form form;
    ln_ingest *ingest; /* used by Paho's thread only */
    ln_mqtt_link *link;
    const atomic_int *stop;
    pthread_mutex_t lock; /* of `devices` */
    ln_downlink_device *devices;
};

/* ---- Devices that can be answered ------------------------------------------------------------ */

static ln_downlink_device *place_of(ln_mqtt *mqtt, const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return &mqtt->devices[hash % DEVICES];
}

static void remember(ln_mqtt *mqtt, const char *topic)
{
    ln_downlink_device device;
    if (!ln_downlink_parse(mqtt->form, topic, &device))
        return;
    pthread_mutex_lock(&mqtt->lock);
    *place_of(mqtt, device.name) = device;
    pthread_mutex_unlock(&mqtt->lock);
}

static int recall(ln_mqtt *mqtt, const char *name, ln_downlink_device *device)
{
    pthread_mutex_lock(&mqtt->lock);
    *device = *place_of(mqtt, name);
    pthread_mutex_unlock(&mqtt->lock);
    return strcmp(device->name, name) == 0;
}

/* ---- Uplinks --------------------------------------------------------------------------------- */

static void sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

/* Waits for so long. Returns 0 at once when the service stops. */
static int wait_ms(const ln_mqtt *mqtt, unsigned ms)
{
    for (unsigned step = 0; ms && !*mqtt->stop; ms -= step) {
        step = ms < 100 ? ms : 100;
        sleep_ms(step);
    }
    return !*mqtt->stop;
}

/* Paho acknowledges when this returns 1. When it returned 0, Paho would acknowledge too and keep the event in
 * memory, so this never does: it waits until the event is stored. */
static int take(void *context, char *topic, const void *bytes, size_t size)
{
    ln_mqtt *mqtt = context;
    const ln_ingest_source *source = &mqtt->config->source;
    unsigned delay_ms = FIRST_RETRY_MS;
    while (ln_ingest_take(mqtt->ingest, source, bytes, size) == LN_LATER) {
        if (!wait_ms(mqtt, delay_ms)) {
            ln_log(LN_LOG_WARNING, "the service stops before an event could be stored: the broker keeps it",
                   LN_LOG_VALUES(LN_LOG_TEXT("source", source->name)));
            ln_mqtt_link_hold();
        }
        delay_ms = 2 * delay_ms < LAST_RETRY_MS ? 2 * delay_ms : LAST_RETRY_MS;
    }
    remember(mqtt, topic);
    return 1;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static ln_status check(const ln_mqtt_config *config, ln_downlink_form form, ln_error *error)
{
    const char *name = config->source.name;
    if (strncmp(config->url, "mqtt://", 7) && strncmp(config->url, "mqtts://", 8))
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: url is not mqtt://host:port or mqtts://host:port",
                       name);
    if (strchr(config->url, '@'))
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: url names a user: give user and password apart",
                       name);
    if (!config->topic && form == LN_DOWNLINK_NONE)
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: this network has no topic of its own: give one",
                       name);
    if (!config->client || !config->client[0])
        return ln_fail(
            error, LN_ERR_ARGUMENT,
            "source %s: give client, a name for this service that no other client of the broker has", name);
    return LN_OK;
}

ln_status ln_mqtt_open(ln_mqtt **mqtt, const ln_mqtt_config *config, ln_error *error)
{
    ln_downlink_form form = ln_downlink_form_of(config->form);
    ln_status status = check(config, form, error);
    *mqtt = NULL;
    if (status != LN_OK)
        return status;
    ln_mqtt *m = calloc(1, sizeof *m);
    if (!m)
        return ln_fail_memory(error);
    pthread_mutex_init(&m->lock, NULL);
    m->config = config;
    m->form = form;
    m->ingest = ln_ingest_open(config->store, config->metrics);
    m->devices = calloc(DEVICES, sizeof *m->devices);
    status =
        m->ingest && m->devices ? ln_mqtt_link_open(&m->link, config, take, m, error) : ln_fail_memory(error);
    if (status != LN_OK) {
        ln_mqtt_close(m);
        return status;
    }
    *mqtt = m;
    return LN_OK;
}

int ln_mqtt_run(ln_mqtt *mqtt, const atomic_int *stop)
{
    mqtt->stop = stop;
    return ln_mqtt_link_run(mqtt->link, stop);
}

void ln_mqtt_close(ln_mqtt *mqtt)
{
    if (!mqtt)
        return;
    ln_mqtt_link_close(mqtt->link);
    ln_ingest_close(mqtt->ingest);
    free(mqtt->devices);
    pthread_mutex_destroy(&mqtt->lock);
    free(mqtt);
}

ln_status ln_mqtt_send(ln_mqtt *mqtt, const char *device, unsigned port, const uint8_t *bytes, size_t size,
                       ln_error *error)
{
    const char *name = mqtt->config->source.name;
    ln_downlink_device to;
    ln_text topic = {0}, message = {0};
    if (port < 1 || port > 223 || size < 1 || size > LN_DOWNLINK_BYTES)
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: port %u or %zu bytes cannot be a downlink", name,
                       port, size);
    if (mqtt->form == LN_DOWNLINK_NONE || !recall(mqtt, device, &to))
        return ln_fail(error, LN_ERR_STATE, "source %s: no uplink of device %s has come since the start",
                       name, device);
    ln_status status = ln_downlink_make(mqtt->form, &to, port, bytes, size, &topic, &message);
    if (status != LN_OK)
        ln_fail_memory(error);
    else if (!ln_mqtt_link_publish(mqtt->link, topic.bytes, message.bytes, message.size))
        status = ln_fail(error, LN_ERR_STATE, "source %s: the broker is away", name);
    free(topic.bytes);
    free(message.bytes);
    return status;
}
