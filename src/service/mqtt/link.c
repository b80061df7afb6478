#include "service/sources/downlink.h"
#include "service/log.h"
#include "service/mqtt/link_own.h"

#include <sodium.h>
#include <stdlib.h>
#include <time.h>

#define ANSWER_MS 30000 /* that the broker may take to answer all of connecting and subscribing */
#define FIRST_DELAY_MS 1000
#define LAST_DELAY_MS 60000
#define END_MS 10000

static const char *name_of(const ln_mqtt_link *link)
{
    return link->config->source.name;
}

void ln_mqtt_link_set(ln_mqtt_link *link, ln_mqtt_state to, const char *problem)
{
    pthread_mutex_lock(&link->lock);
    link->state = to;
    snprintf(link->problem, sizeof link->problem, "%s", problem);
    pthread_cond_broadcast(&link->changed);
    pthread_mutex_unlock(&link->lock);
}

/* Waits while the state is this one, for so long at most (0: any time), and until `stop` is set unless it is
 * null. Returns the state then. */
static ln_mqtt_state wait_while(ln_mqtt_link *link, ln_mqtt_state same, unsigned ms, const atomic_int *stop)
{
    const unsigned step_ms = 100;
    pthread_mutex_lock(&link->lock);
    for (unsigned waited = 0; link->state == same && (!ms || waited < ms) && !(stop && *stop);
         waited += step_ms) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += step_ms * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&link->changed, &link->lock, &until);
    }
    ln_mqtt_state now = link->state;
    pthread_mutex_unlock(&link->lock);
    return now;
}

/* ---- Connecting ------------------------------------------------------------------------------ */

/* Closes the connection, if there is one. */
static void disconnect(ln_mqtt_link *link)
{
    ln_mqtt_link_disconnect(link, END_MS / 2);
    wait_while(link, LN_MQTT_DISCONNECTING, END_MS, NULL);
    ln_mqtt_link_set(link, LN_MQTT_CLOSED, "");
}

static void log_problem(ln_mqtt_link *link, ln_log_level level, const char *what)
{
    char why[sizeof link->problem];
    pthread_mutex_lock(&link->lock);
    snprintf(why, sizeof why, "%s", link->state == LN_MQTT_CONNECTING ? "it does not answer" : link->problem);
    pthread_mutex_unlock(&link->lock);
    ln_log(level, what,
           LN_LOG_VALUES(LN_LOG_TEXT("source", name_of(link)), LN_LOG_TEXT("client", link->id),
                         LN_LOG_TEXT("url", link->config->url), LN_LOG_TEXT("why", why)));
}

/* Connects, and stays until the connection is lost. Returns whether there was one. */
static int stay_connected(ln_mqtt_link *link, const atomic_int *stop)
{
    ln_mqtt_link_connect(link);
    ln_mqtt_state now = wait_while(link, LN_MQTT_CONNECTING, ANSWER_MS, stop);
    if (*stop)
        return 0;
    if (now != LN_MQTT_READY) {
        log_problem(link, LN_LOG_ERROR, "the broker cannot be used");
        disconnect(link);
        return 0;
    }
    ln_log(LN_LOG_INFO, "the broker is connected",
           LN_LOG_VALUES(LN_LOG_TEXT("source", name_of(link)), LN_LOG_TEXT("client", link->id),
                         LN_LOG_TEXT("url", link->config->url), LN_LOG_TEXT("topic", link->topic.bytes)));
    link->tell(1);
    wait_while(link, LN_MQTT_READY, 0, stop);
    link->tell(0);
    if (!*stop)
        log_problem(link, LN_LOG_WARNING, "the broker is gone");
    return 1;
}

void ln_mqtt_link_run(ln_mqtt_link *link, const atomic_int *stop)
{
    unsigned delay_ms = FIRST_DELAY_MS;
    while (!*stop) {
        if (stay_connected(link, stop))
            delay_ms = FIRST_DELAY_MS;
        /* Not all clients of a broker come back at once. */
        wait_while(link, LN_MQTT_CLOSED, delay_ms / 2 + randombytes_uniform(delay_ms / 2), stop);
        delay_ms = 2 * delay_ms < LAST_DELAY_MS ? 2 * delay_ms : LAST_DELAY_MS;
    }
    disconnect(link);
}

/* ---- Calls ----------------------------------------------------------------------------------- */

ln_status ln_mqtt_link_open(ln_mqtt_link **link, const ln_mqtt_config *config, const char *client,
                            ln_mqtt_take *take, ln_mqtt_tell *tell, ln_error *error)
{
    const char *topic =
        config->topic ? config->topic : ln_downlink_uplinks(ln_downlink_form_of(config->form));
    pthread_condattr_t attributes;
    ln_mqtt_link *l = calloc(1, sizeof *l);
    *link = NULL;
    if (!l)
        return ln_fail_memory(error);
    l->config = config;
    l->id = client;
    l->take = take;
    l->tell = tell;
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
        status = ln_mqtt_link_make(l, error);
    if (status != LN_OK) {
        ln_mqtt_link_close(l);
        return status;
    }
    *link = l;
    return LN_OK;
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
