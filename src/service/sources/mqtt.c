#include "service/sources/mqtt.h"

#include "service/mqtt/child.h"
#include "service/mqtt/devices.h"
#include "service/mqtt/wire.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP_MS 100   /* how often the end is looked for */
#define PATIENCE_S 20 /* for connections that end */

/* A connection, and the process that has it. */
typedef struct connection {
    ln_mqtt *mqtt;
    pid_t process;
    int socket;    /* to it */
    int has_ended; /* 1: the process is gone, or about to be */
    atomic_int is_connected;
    ln_intake_event event; /* that it has in hand */
} connection;

struct ln_mqtt {
    const ln_mqtt_config *config;
    ln_intake *intake;
    ln_metrics *metrics;
    ln_mqtt_devices *devices; /* that can be answered */
    size_t count;
    connection connections[LN_MQTT_CONNECTIONS];
    uint8_t body[LN_MQTT_BODY];
};

static const char *name_of(const ln_mqtt *mqtt)
{
    return mqtt->config->source.name;
}

static int say(const connection *c, ln_mqtt_word word, unsigned value)
{
    return ln_mqtt_wire_send(c->socket, &(ln_mqtt_head){.word = word, .value = value}, NULL, 0, 1);
}

/* ---- Running --------------------------------------------------------------------------------- */

/* A process that died meanwhile has not acknowledged: the broker brings the event again. */
static void answer(ln_intake_event *event)
{
    say(event->context, LN_MQTT_ANSWER, event->read.taken);
}

static void note_connected(connection *c, int is_connected)
{
    ln_mqtt *mqtt = c->mqtt;
    unsigned connected = 0;
    c->is_connected = is_connected;
    for (size_t i = 0; i < mqtt->count; i++)
        connected += mqtt->connections[i].is_connected != 0;
    ln_metrics_set(mqtt->metrics, LN_METRIC_CONNECTED, name_of(mqtt), NULL, connected);
}

/* Takes what the process says. Returns 0 if it is gone. */
static int listen_to(connection *c)
{
    ln_mqtt *mqtt = c->mqtt;
    ln_mqtt_head head;
    ssize_t size = ln_mqtt_wire_receive(c->socket, &head, mqtt->body);
    if (size < 0)
        return 0;
    if (head.word == LN_MQTT_STATE) {
        note_connected(c, (int)head.value);
        return 1;
    }
    if (head.device.name[0])
        ln_mqtt_devices_add(mqtt->devices, &head.device);
    c->event.answer = answer;
    c->event.context = c;
    ln_intake_give(mqtt->intake, &c->event, &mqtt->config->source, mqtt->body, (size_t)size);
    return 1;
}

/* Waits a moment for what the processes say. Returns how many there are still. */
static size_t listen_to_all(ln_mqtt *mqtt)
{
    struct pollfd sockets[LN_MQTT_CONNECTIONS];
    size_t left = 0;
    for (size_t i = 0; i < mqtt->count; i++)
        sockets[i] = (struct pollfd){.fd = mqtt->connections[i].has_ended ? -1 : mqtt->connections[i].socket,
                                     .events = POLLIN};
    poll(sockets, mqtt->count, STEP_MS);
    for (size_t i = 0; i < mqtt->count; i++) {
        connection *c = &mqtt->connections[i];
        if (sockets[i].revents && !listen_to(c)) {
            c->has_ended = 1;
            note_connected(c, 0);
        }
        left += !c->has_ended;
    }
    return left;
}

static time_t clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* They may still have events, which are answered. Whoever does not end is ended by ln_mqtt_close: what it has
 * in hand is not acknowledged. */
static void end_all(ln_mqtt *mqtt)
{
    const time_t until = clock_s() + PATIENCE_S;
    for (size_t i = 0; i < mqtt->count; i++)
        say(&mqtt->connections[i], LN_MQTT_END, 0);
    while (listen_to_all(mqtt) && clock_s() < until)
        continue;
}

ln_status ln_mqtt_run(ln_mqtt *mqtt, ln_intake *intake, ln_metrics *metrics, const atomic_int *stop,
                      ln_error *error)
{
    ln_status status = LN_OK;
    mqtt->intake = intake;
    mqtt->metrics = metrics;
    ln_metrics_set(metrics, LN_METRIC_CONNECTED, name_of(mqtt), NULL, 0);
    for (size_t i = 0; i < mqtt->count; i++)
        say(&mqtt->connections[i], LN_MQTT_START, 0);
    while (!*stop && status == LN_OK)
        if (listen_to_all(mqtt) < mqtt->count && !*stop)
            status =
                ln_fail(error, LN_ERR_STATE, "source %s: the process of a connection died", name_of(mqtt));
    end_all(mqtt);
    return status;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static ln_status check(const ln_mqtt_config *config, ln_error *error)
{
    const char *name = config->source.name;
    if (strncmp(config->url, "mqtt://", 7) && strncmp(config->url, "mqtts://", 8))
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: url is not mqtt://host:port or mqtts://host:port",
                       name);
    if (strchr(config->url, '@'))
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: url names a user: give user and password apart",
                       name);
    if (!config->topic && !ln_downlink_uplinks(ln_downlink_form_of(config->form)))
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: this network has no topic of its own: give one",
                       name);
    if (!config->client || !config->client[0])
        return ln_fail(
            error, LN_ERR_ARGUMENT,
            "source %s: give client, a name for this service that no other client of the broker has", name);
    if (config->connections > LN_MQTT_CONNECTIONS || (config->connections > 1 && !config->share))
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: connections are 1 to %d, and several need a share",
                       name, LN_MQTT_CONNECTIONS);
    return LN_OK;
}

static ln_status start_process(ln_mqtt *mqtt, ln_error *error)
{
    connection *c = &mqtt->connections[mqtt->count];
    c->mqtt = mqtt;
    ln_status status =
        ln_mqtt_child_start(mqtt->config, (unsigned)mqtt->count + 1, &c->process, &c->socket, error);
    mqtt->count += status == LN_OK;
    return status;
}

ln_status ln_mqtt_open(ln_mqtt **mqtt, const ln_mqtt_config *config, ln_error *error)
{
    ln_status status = check(config, error);
    *mqtt = NULL;
    if (status != LN_OK)
        return status;
    ln_mqtt *m = calloc(1, sizeof *m);
    if (!m)
        return ln_fail_memory(error);
    m->config = config;
    m->devices = ln_mqtt_devices_new();
    status = m->devices ? LN_OK : ln_fail_memory(error);
    if (status == LN_OK)
        do
            status = start_process(m, error);
        while (status == LN_OK && m->count < config->connections);
    if (status != LN_OK) {
        ln_mqtt_close(m);
        return status;
    }
    *mqtt = m;
    return LN_OK;
}

void ln_mqtt_close(ln_mqtt *mqtt)
{
    if (!mqtt)
        return;
    for (size_t i = 0; i < mqtt->count; i++) {
        kill(mqtt->connections[i].process, SIGKILL);
        waitpid(mqtt->connections[i].process, NULL, 0);
        close(mqtt->connections[i].socket);
    }
    ln_mqtt_devices_free(mqtt->devices);
    free(mqtt);
}

/* ---- Downlinks ------------------------------------------------------------------------------- */

ln_status ln_mqtt_send(ln_mqtt *mqtt, const char *device, unsigned port, const uint8_t *bytes, size_t size,
                       ln_error *error)
{
    const char *name = name_of(mqtt);
    ln_mqtt_head head = {.word = LN_MQTT_PUBLISH, .value = port};
    if (port < 1 || port > 223 || size < 1 || size > LN_DOWNLINK_BYTES)
        return ln_fail(error, LN_ERR_ARGUMENT, "source %s: port %u or %zu bytes cannot be a downlink", name,
                       port, size);
    if (!ln_mqtt_devices_find(mqtt->devices, device, &head.device))
        return ln_fail(error, LN_ERR_STATE, "source %s: no uplink of device %s has come since the start",
                       name, device);
    for (size_t i = 0; i < mqtt->count; i++) { /* any connection reaches the broker */
        const connection *c = &mqtt->connections[i];
        if (c->is_connected && ln_mqtt_wire_send(c->socket, &head, bytes, size, 0))
            return LN_OK;
    }
    return ln_fail(error, LN_ERR_STATE, "source %s: the broker is away", name);
}
