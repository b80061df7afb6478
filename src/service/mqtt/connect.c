/* What is asked of Paho, and what it answers. */
#include "service/log.h"
#include "service/mqtt/link_own.h"

#include <string.h>

#define KEEP_ALIVE_S 30
#define CONNECT_S 10

/* ---- Called by Paho -------------------------------------------------------------------------- */

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
    ln_mqtt_link *link = context;
    (void)length; /* a topic with a zero in it is cut there, and none of ours */
    int taken = link->take(topic, message->payload, (size_t)message->payloadlen);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return taken;
}

static void on_lost(void *context, char *cause)
{
    ln_mqtt_link_set(context, LN_MQTT_CLOSED, cause ? cause : "the connection broke");
}

static void on_subscribed(void *context, MQTTAsync_successData *answer)
{
    (void)answer;
    ln_mqtt_link_set(context, LN_MQTT_READY, "");
}

static void on_not_subscribed(void *context, MQTTAsync_failureData *answer)
{
    (void)answer;
    ln_mqtt_link_set(context, LN_MQTT_CLOSED, "the broker refuses the topic: check its access rules");
}

static void on_connected(void *context, MQTTAsync_successData *answer)
{
    ln_mqtt_link *link = context;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    (void)answer;
    options.onSuccess = on_subscribed;
    options.onFailure = on_not_subscribed;
    options.context = link;
    if (MQTTAsync_subscribe(link->client, link->topic.bytes, 1, &options) != MQTTASYNC_SUCCESS)
        ln_mqtt_link_set(link, LN_MQTT_CLOSED, "subscribing failed");
}

/* Codes 1 to 5 are the broker's, of CONNACK. */
static void on_not_connected(void *context, MQTTAsync_failureData *answer)
{
    static const char *const refusals[] = {
        "",
        "the broker does not speak MQTT 3.1.1",
        "the broker refuses the client id",
        "the broker is not available",
        "the broker refuses user or password",
        "the broker does not let this user in: check user and password",
    };
    int code = answer ? answer->code : 0;
    const char *message = answer && answer->message ? answer->message : MQTTAsync_strerror(code);
    if (code >= 1 && code <= 5)
        message = refusals[code];
    ln_mqtt_link_set(context, LN_MQTT_CLOSED, message ? message : "no connection");
}

static void on_disconnected(void *context, MQTTAsync_successData *answer)
{
    (void)answer;
    ln_mqtt_link_set(context, LN_MQTT_CLOSED, "");
}

/* What OpenSSL says is more than Paho does. */
static int on_tls_error(const char *text, size_t size, void *context)
{
    (void)size;
    ln_log(LN_LOG_WARNING, "TLS fails",
           LN_LOG_VALUES(LN_LOG_TEXT("source", ((ln_mqtt_link *)context)->config->source.name),
                         LN_LOG_TEXT("why", text)));
    return 1;
}

/* ---- Connecting ------------------------------------------------------------------------------ */

void ln_mqtt_link_connect(ln_mqtt_link *link)
{
    const ln_mqtt_config *config = link->config;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    tls.trustStore = config->ca_file;
    tls.enabledCipherSuites = "DEFAULT"; /* Paho's own default is ALL */
    tls.verify = 1;
    tls.ssl_error_cb = on_tls_error;
    tls.ssl_error_context = link;
    options.keepAliveInterval = KEEP_ALIVE_S;
    options.cleansession = 0;
    options.MQTTVersion = MQTTVERSION_3_1_1; /* what The Things Stack has */
    options.connectTimeout = CONNECT_S;
    options.username = config->user;
    options.password = config->password;
    options.ssl = strncmp(config->url, "mqtts://", 8) ? NULL : &tls;
    options.onSuccess = on_connected;
    options.onFailure = on_not_connected;
    options.context = link;
    ln_mqtt_link_set(link, LN_MQTT_CONNECTING, "");
    int code = MQTTAsync_connect(link->client, &options);
    if (code != MQTTASYNC_SUCCESS)
        on_not_connected(link, &(MQTTAsync_failureData){.code = code});
}

void ln_mqtt_link_disconnect(ln_mqtt_link *link, int timeout_ms)
{
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    options.timeout = timeout_ms;
    options.onSuccess = on_disconnected;
    options.context = link;
    ln_mqtt_link_set(link, LN_MQTT_DISCONNECTING, "");
    if (MQTTAsync_disconnect(link->client, &options) != MQTTASYNC_SUCCESS)
        ln_mqtt_link_set(link, LN_MQTT_CLOSED, "");
}

ln_status ln_mqtt_link_make(ln_mqtt_link *link, ln_error *error)
{
    const ln_mqtt_config *config = link->config;
    int code = MQTTAsync_create(&link->client, config->url, link->id, MQTTCLIENT_PERSISTENCE_NONE, NULL);
    if (code == MQTTASYNC_SUCCESS)
        code = MQTTAsync_setCallbacks(link->client, link, on_lost, on_message, NULL);
    if (code == MQTTASYNC_SUCCESS)
        return LN_OK;
    const char *why = MQTTAsync_strerror(code);
    return ln_fail(error, LN_ERR_ARGUMENT, "source %s: the MQTT client cannot be made: %s",
                   config->source.name, why ? why : "its settings are wrong");
}
