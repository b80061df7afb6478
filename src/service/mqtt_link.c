#include "service/mqtt_link.h"

#include "service/downlink.h"
#include "service/log.h"

#include <MQTTAsync.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEEP_ALIVE_S 30
#define CONNECT_S 10
#define ANSWER_MS 30000 /* that the broker may take to answer all of connecting and subscribing */
#define FIRST_DELAY_MS 1000
#define LAST_DELAY_MS 60000
#define END_MS 10000

typedef enum state {
    CLOSED,
    CONNECTING, /* or subscribing */
    READY,
    DISCONNECTING
} state;

/* ln_mqtt_link_hold has Paho's one thread. */
static atomic_int held;

struct ln_mqtt_link {
    const ln_mqtt_config *config;
    ln_mqtt_take *take;
    void *context;
    MQTTAsync client;
    ln_text topic;
    pthread_mutex_t lock; /* of what follows; never held while Paho is called */
    pthread_cond_t changed;
    state state;
    char problem[256]; /* why it became CLOSED */
};

static const char *name_of(const ln_mqtt_link *link)
{
    return link->config->source.name;
}

static void set_state(ln_mqtt_link *link, state to, const char *problem)
{
    pthread_mutex_lock(&link->lock);
    link->state = to;
    snprintf(link->problem, sizeof link->problem, "%s", problem);
    pthread_cond_broadcast(&link->changed);
    pthread_mutex_unlock(&link->lock);
}

/* Waits while the state is this one, for so long at most (0: any time), and until `stop` is set unless it is
 * null. Returns the state then. */
static state wait_while(ln_mqtt_link *link, state same, unsigned ms, const atomic_int *stop)
{
    const unsigned step_ms = 100;
    pthread_mutex_lock(&link->lock);
    for (unsigned waited = 0; link->state == same && (!ms || waited < ms) && !held && !(stop && *stop);
         waited += step_ms) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += step_ms * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&link->changed, &link->lock, &until);
    }
    state now = link->state;
    pthread_mutex_unlock(&link->lock);
    return now;
}

/* ---- Called by Paho -------------------------------------------------------------------------- */

static int on_message(void *context, char *topic, int length, MQTTAsync_message *message)
{
    ln_mqtt_link *link = context;
    (void)length; /* a topic with a zero in it is cut there, and none of ours */
    int taken = link->take(link->context, topic, message->payload, (size_t)message->payloadlen);
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return taken;
}

static void on_lost(void *context, char *cause)
{
    set_state(context, CLOSED, cause ? cause : "the connection broke");
}

static void on_subscribed(void *context, MQTTAsync_successData *answer)
{
    (void)answer;
    set_state(context, READY, "");
}

static void on_not_subscribed(void *context, MQTTAsync_failureData *answer)
{
    (void)answer;
    set_state(context, CLOSED, "the broker refuses the topic: check its access rules");
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
        set_state(link, CLOSED, "subscribing failed");
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
    set_state(context, CLOSED, message ? message : "no connection");
}

static void on_disconnected(void *context, MQTTAsync_successData *answer)
{
    (void)answer;
    set_state(context, CLOSED, "");
}

/* What OpenSSL says is more than Paho does. */
static int on_tls_error(const char *text, size_t size, void *context)
{
    (void)size;
    ln_log(LN_LOG_WARNING, "TLS fails",
           LN_LOG_VALUES(LN_LOG_TEXT("source", name_of(context)), LN_LOG_TEXT("why", text)));
    return 1;
}

/* ---- Connecting ------------------------------------------------------------------------------ */

static void begin_connecting(ln_mqtt_link *link)
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
    set_state(link, CONNECTING, "");
    int code = MQTTAsync_connect(link->client, &options);
    if (code != MQTTASYNC_SUCCESS)
        on_not_connected(link, &(MQTTAsync_failureData){.code = code});
}

/* Closes the connection, if there is one. */
static void disconnect(ln_mqtt_link *link)
{
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    options.timeout = END_MS / 2;
    options.onSuccess = on_disconnected;
    options.context = link;
    set_state(link, DISCONNECTING, "");
    if (MQTTAsync_disconnect(link->client, &options) == MQTTASYNC_SUCCESS)
        wait_while(link, DISCONNECTING, END_MS, NULL);
    set_state(link, CLOSED, "");
}

static void log_problem(ln_mqtt_link *link, ln_log_level level, const char *what)
{
    char why[sizeof link->problem];
    pthread_mutex_lock(&link->lock);
    snprintf(why, sizeof why, "%s", link->state == CONNECTING ? "it does not answer" : link->problem);
    pthread_mutex_unlock(&link->lock);
    ln_log(level, what,
           LN_LOG_VALUES(LN_LOG_TEXT("source", name_of(link)), LN_LOG_TEXT("url", link->config->url),
                         LN_LOG_TEXT("why", why)));
}

/* Connects, and stays until the connection is lost. Returns whether there was one. */
static int stay_connected(ln_mqtt_link *link, const atomic_int *stop)
{
    begin_connecting(link);
    state now = wait_while(link, CONNECTING, ANSWER_MS, stop);
    if (*stop)
        return 0;
    if (now != READY) {
        log_problem(link, LN_LOG_ERROR, "the broker cannot be used");
        disconnect(link);
        return 0;
    }
    ln_log(LN_LOG_INFO, "the broker is connected",
           LN_LOG_VALUES(LN_LOG_TEXT("source", name_of(link)), LN_LOG_TEXT("url", link->config->url),
                         LN_LOG_TEXT("topic", link->topic.bytes)));
    ln_metrics_set(link->config->metrics, LN_METRIC_CONNECTED, name_of(link), NULL, 1);
    wait_while(link, READY, 0, stop);
    ln_metrics_set(link->config->metrics, LN_METRIC_CONNECTED, name_of(link), NULL, 0);
    if (!*stop)
        log_problem(link, LN_LOG_WARNING, "the broker is gone");
    return 1;
}

int ln_mqtt_link_run(ln_mqtt_link *link, const atomic_int *stop)
{
    unsigned delay_ms = FIRST_DELAY_MS;
    ln_metrics_set(link->config->metrics, LN_METRIC_CONNECTED, name_of(link), NULL, 0);
    while (!*stop) {
        if (stay_connected(link, stop))
            delay_ms = FIRST_DELAY_MS;
        /* Not all clients of a broker come back at once. */
        wait_while(link, CLOSED, delay_ms / 2 + randombytes_uniform(delay_ms / 2), stop);
        delay_ms = 2 * delay_ms < LAST_DELAY_MS ? 2 * delay_ms : LAST_DELAY_MS;
    }
    disconnect(link);
    return !held;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

static ln_status make_client(ln_mqtt_link *link, ln_error *error)
{
    const ln_mqtt_config *config = link->config;
    int code =
        MQTTAsync_create(&link->client, config->url, config->client, MQTTCLIENT_PERSISTENCE_NONE, NULL);
    if (code == MQTTASYNC_SUCCESS)
        code = MQTTAsync_setCallbacks(link->client, link, on_lost, on_message, NULL);
    if (code == MQTTASYNC_SUCCESS)
        return LN_OK;
    const char *why = MQTTAsync_strerror(code);
    return ln_fail(error, LN_ERR_ARGUMENT, "source %s: the MQTT client cannot be made: %s", name_of(link),
                   why ? why : "its settings are wrong");
}

ln_status ln_mqtt_link_open(ln_mqtt_link **link, const ln_mqtt_config *config, ln_mqtt_take *take,
                            void *context, ln_error *error)
{
    const char *topic =
        config->topic ? config->topic : ln_downlink_uplinks(ln_downlink_form_of(config->form));
    pthread_condattr_t attributes;
    ln_mqtt_link *l = calloc(1, sizeof *l);
    *link = NULL;
    if (!l)
        return ln_fail_memory(error);
    l->config = config;
    l->take = take;
    l->context = context;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&l->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    if (config->share)
        ln_text_add(&l->topic, "$share/%s/", config->share);
    ln_text_add(&l->topic, "%s", topic);
    ln_status status = ln_text_check(&l->topic, error);
    if (status == LN_OK)
        status = make_client(l, error);
    if (status != LN_OK) {
        ln_mqtt_link_close(l);
        return status;
    }
    *link = l;
    return LN_OK;
}

void ln_mqtt_link_hold(void)
{
    held = 1;
    for (;;)
        pause();
}

int ln_mqtt_link_publish(ln_mqtt_link *link, const char *topic, const void *bytes, size_t size)
{
    return MQTTAsync_send(link->client, topic, (int)size, bytes, 0, 0, NULL) == MQTTASYNC_SUCCESS;
}

void ln_mqtt_link_close(ln_mqtt_link *link)
{
    if (!link)
        return;
    if (link->client)
        MQTTAsync_destroy(&link->client);
    free(link->topic.bytes);
    pthread_cond_destroy(&link->changed);
    pthread_mutex_destroy(&link->lock);
    free(link);
}
