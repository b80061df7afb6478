/* A topic of an MQTT broker: the JSON of webhooks, with QoS 1. It is delivered when the broker has it. */
#include "service/deliver/own.h"

#include <MQTTAsync.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECT_SECONDS 10

typedef enum step { WAITING, CONNECTED, PUBLISHED, REFUSED, GONE } step;

/* A delivery on its way. The client calls back from a thread of its own, perhaps when nobody waits any more,
 * so callbacks know a delivery by its number only, and look whether it is still there. */
typedef struct journey {
    struct journey *next;
    uintptr_t number;
    step step;
    int code; /* REFUSED: the broker's answer, or what the client says */
} journey;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static journey *journeys;
static uintptr_t last_number;

static void enter(journey *j)
{
    pthread_mutex_lock(&lock);
    *j = (journey){.next = journeys, .number = ++last_number};
    journeys = j;
    pthread_mutex_unlock(&lock);
}

static void leave(journey *j)
{
    pthread_mutex_lock(&lock);
    journey **at = &journeys;
    while (*at != j)
        at = &(*at)->next;
    *at = j->next;
    pthread_mutex_unlock(&lock);
}

static void change(void *number, step to, int code)
{
    pthread_mutex_lock(&lock);
    for (journey *j = journeys; j; j = j->next)
        if (j->number == (uintptr_t)number) {
            j->step = to;
            j->code = code;
        }
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void when_connected(void *number, MQTTAsync_successData *data)
{
    (void)data;
    change(number, CONNECTED, 0);
}

static void when_published(void *number, MQTTAsync_successData *data)
{
    (void)data;
    change(number, PUBLISHED, 0);
}

static void when_disconnected(void *number, MQTTAsync_successData *data)
{
    (void)data;
    change(number, GONE, 0);
}

static void when_failed(void *number, MQTTAsync_failureData *data)
{
    change(number, REFUSED, data ? data->code : 0);
}

static void when_lost(void *number, char *cause)
{
    (void)cause;
    change(number, REFUSED, MQTTASYNC_DISCONNECTED);
}

/* Waits until the journey has left the step `from`, or the time is over. */
static step wait_for(journey *j, step from, const struct timespec *end)
{
    int over = 0;
    pthread_mutex_lock(&lock);
    while (j->step == from && !over)
        over = pthread_cond_timedwait(&changed, &lock, end) != 0;
    step reached = j->step;
    pthread_mutex_unlock(&lock);
    return reached;
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static int begin_connect(MQTTAsync client, const journey *j, const ln_target *target)
{
    MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;
    MQTTAsync_SSLOptions tls = MQTTAsync_SSLOptions_initializer;
    tls.verify = 1;
    tls.trustStore = target->ca_file;
    options.MQTTVersion = MQTTVERSION_3_1_1; /* the default tries 3.1 when it is refused, and hides why */
    options.cleansession = 1;
    options.connectTimeout = CONNECT_SECONDS;
    options.username = target->user;
    options.password = target->password;
    options.ssl = strncmp(target->url, "mqtts:", 6) == 0 ? &tls : NULL;
    options.onSuccess = when_connected;
    options.onFailure = when_failed;
    options.context = (void *)j->number;
    return MQTTAsync_connect(client, &options);
}

static int begin_publish(MQTTAsync client, const journey *j, const char *topic, char *text)
{
    MQTTAsync_message message = MQTTAsync_message_initializer;
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    message.payload = text;
    message.payloadlen = (int)strlen(text);
    message.qos = 1;
    options.onSuccess = when_published;
    options.onFailure = when_failed;
    options.context = (void *)j->number;
    return MQTTAsync_sendMessage(client, topic, &message, &options);
}

static void disconnect(MQTTAsync client, journey *j)
{
    MQTTAsync_disconnectOptions options = MQTTAsync_disconnectOptions_initializer;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 2;
    options.onSuccess = when_disconnected;
    options.onFailure = when_failed;
    options.context = (void *)j->number;
    pthread_mutex_lock(&lock);
    j->step = WAITING;
    pthread_mutex_unlock(&lock);
    if (MQTTAsync_disconnect(client, &options) == MQTTASYNC_SUCCESS)
        wait_for(j, WAITING, &end);
}

/* ---- Outcome --------------------------------------------------------------------------------- */

static void say_refusal(const ln_parcel *parcel, const journey *j, ln_delivery *delivery)
{
    static const char *const answers[] = {NULL, "this version of MQTT", "the client's name",
                                          NULL, "user and password",    "this user"};
    int code = j->code;
    const char *answer = code > 0 && code < 6 ? answers[code] : NULL;
    if (answer)
        ln_deliver_say(delivery, LN_DELIVER_NEVER, parcel, "does not accept %s", answer);
    else
        ln_deliver_say(delivery, LN_DELIVER_AGAIN, parcel, "cannot be reached (code %d)", code);
}

static void travel(MQTTAsync client, journey *j, const ln_parcel *parcel, char *text, ln_delivery *delivery)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += LN_DELIVER_SECONDS;
    int code = begin_connect(client, j, parcel->target);
    step reached = code == MQTTASYNC_SUCCESS ? wait_for(j, WAITING, &end) : REFUSED;
    if (reached == CONNECTED) {
        code = begin_publish(client, j, parcel->target->topic, text);
        reached = code == MQTTASYNC_SUCCESS ? wait_for(j, CONNECTED, &end) : REFUSED;
    }
    if (reached == REFUSED && code == MQTTASYNC_SUCCESS)
        say_refusal(parcel, j, delivery);
    else if (reached == REFUSED)
        ln_deliver_say(delivery, LN_DELIVER_AGAIN, parcel, "cannot be used (code %d)", code);
    else if (reached != PUBLISHED)
        ln_deliver_say(delivery, LN_DELIVER_AGAIN, parcel, "does not answer in %d s", LN_DELIVER_SECONDS);
    disconnect(client, j);
}

/* When the client is gone, its threads (Paho 1.3.12) are still ending, and nobody can join them. A process
 * that exits at that moment clears OpenSSL's memory below them, and crashes. */
static const struct timespec settling = {0, 100000000};

void ln_deliver_mqtt(const ln_parcel *parcel, ln_delivery *delivery)
{
    MQTTAsync client;
    journey j;
    char *text = ln_parcel_json(parcel);
    if (!text) {
        ln_deliver_no_memory(delivery);
        return;
    }
    enter(&j);
    int code = MQTTAsync_create(&client, parcel->target->url, "", MQTTCLIENT_PERSISTENCE_NONE, NULL);
    if (code == MQTTASYNC_SUCCESS) {
        MQTTAsync_setCallbacks(client, (void *)j.number, when_lost, NULL, NULL);
        travel(client, &j, parcel, text, delivery);
        MQTTAsync_destroy(&client);
        nanosleep(&settling, NULL);
    } else {
        ln_deliver_say(delivery, LN_DELIVER_AGAIN, parcel, "cannot be used (code %d)", code);
    }
    leave(&j);
    free(text);
}
