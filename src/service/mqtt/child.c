#define _DEFAULT_SOURCE /* closefrom */
#include "service/mqtt/child.h"

#include "service/log.h"
#include "service/mqtt/link.h"
#include "service/mqtt/wire.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_RETRY_MS 100 /* of an event that could not be stored */
#define LAST_RETRY_MS 5000
#define NO_ANSWER (-1)

/* Of this process; it has one connection. */
static struct {
    const ln_mqtt_config *config;
    ln_downlink_form form;
    int socket;
    ln_mqtt_link *link;
    atomic_int stop;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    int answer; /* of the parent to the event, or NO_ANSWER */
} child = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

/* At once: whatever Paho would do at the end might acknowledge. */
static _Noreturn void end(int code)
{
    ln_log_end();
    _exit(code);
}

/* ---- Events ---------------------------------------------------------------------------------- */

static ln_taken ask_parent(const char *topic, const void *bytes, size_t size)
{
    ln_mqtt_head head = {.word = LN_MQTT_EVENT};
    if (!ln_downlink_parse(child.form, topic, &head.device))
        head.device = (ln_downlink_device){0};
    pthread_mutex_lock(&child.lock);
    child.answer = NO_ANSWER;
    pthread_mutex_unlock(&child.lock);
    if (!ln_mqtt_wire_send(child.socket, &head, bytes, size < LN_MQTT_BODY ? size : LN_MQTT_BODY, 1))
        end(1);
    pthread_mutex_lock(&child.lock);
    while (child.answer == NO_ANSWER)
        pthread_cond_wait(&child.changed, &child.lock);
    ln_taken taken = (ln_taken)child.answer;
    pthread_mutex_unlock(&child.lock);
    return taken;
}

/* Waits for so long, or until the service stops. */
static void wait_ms(unsigned ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&child.lock);
    while (!child.stop && !pthread_cond_timedwait(&child.changed, &child.lock, &until))
        continue;
    pthread_mutex_unlock(&child.lock);
}

/* Paho acknowledges when this returns 1. When it returned 0, Paho would acknowledge too and keep the event in
 * memory, so this never does: it waits until the event is stored. */
static int take(char *topic, const void *bytes, size_t size)
{
    unsigned delay_ms = FIRST_RETRY_MS;
    while (ask_parent(topic, bytes, size) == LN_LATER) {
        wait_ms(delay_ms);
        if (child.stop) {
            ln_log(LN_LOG_WARNING, "the service stops before an event could be stored: the broker keeps it",
                   LN_LOG_VALUES(LN_LOG_TEXT("source", child.config->source.name)));
            end(0);
        }
        delay_ms = 2 * delay_ms < LAST_RETRY_MS ? 2 * delay_ms : LAST_RETRY_MS;
    }
    return 1;
}

/* ---- The connection -------------------------------------------------------------------------- */

static void tell(int is_connected)
{
    const ln_mqtt_head head = {.word = LN_MQTT_STATE, .value = (unsigned)is_connected};
    if (!ln_mqtt_wire_send(child.socket, &head, NULL, 0, 1))
        end(1);
}

static void *run(void *context)
{
    (void)context;
    ln_mqtt_link_run(child.link, &child.stop);
    end(0);
}

static _Noreturn void fail(const ln_error *error)
{
    ln_log(LN_LOG_ERROR, "a connection cannot be made", LN_LOG_VALUES(LN_LOG_TEXT("why", error->text)));
    end(1);
}

/* The only connection of a source has the client id of the settings, others a number behind it. */
static void start(unsigned number)
{
    ln_error error;
    ln_text client = {0};
    pthread_t thread;
    ln_text_add(&client, "%s", child.config->client);
    if (child.config->connections > 1)
        ln_text_add(&client, "-%u", number);
    if (ln_text_check(&client, &error) != LN_OK ||
        ln_mqtt_link_open(&child.link, child.config, client.bytes, take, tell, &error) != LN_OK)
        fail(&error);
    int cause = pthread_create(&thread, NULL, run, NULL);
    if (cause) {
        ln_fail_system(&error, "limitnet serve", "a thread cannot be started", cause);
        fail(&error);
    }
}

/* ---- The parent ------------------------------------------------------------------------------ */

static void take_answer(unsigned answer)
{
    pthread_mutex_lock(&child.lock);
    child.answer = (int)answer;
    pthread_cond_broadcast(&child.changed);
    pthread_mutex_unlock(&child.lock);
}

static void stop(void)
{
    pthread_mutex_lock(&child.lock);
    child.stop = 1;
    pthread_cond_broadcast(&child.changed);
    pthread_mutex_unlock(&child.lock);
}

static void publish(const ln_mqtt_head *head, const uint8_t *bytes, size_t size)
{
    ln_text topic = {0}, message = {0};
    if (ln_downlink_make(child.form, &head->device, head->value, bytes, size, &topic, &message) != LN_OK ||
        !ln_mqtt_link_publish(child.link, topic.bytes, message.bytes, message.size))
        ln_log(LN_LOG_WARNING, "a downlink is lost: memory is short, or the broker is away",
               LN_LOG_VALUES(LN_LOG_TEXT("source", child.config->source.name)));
    free(topic.bytes);
    free(message.bytes);
}

/* Until the parent says that it ends, or is gone. */
static _Noreturn void run_child(const ln_mqtt_config *config, unsigned number, int socket)
{
    static uint8_t body[LN_MQTT_BODY];
    ln_mqtt_head head;
    child.config = config;
    child.form = ln_downlink_form_of(config->form);
    child.socket = socket;
    for (ssize_t size; (size = ln_mqtt_wire_receive(socket, &head, body)) >= 0;) {
        if (head.word == LN_MQTT_START)
            start(number);
        else if (head.word == LN_MQTT_ANSWER)
            take_answer(head.value);
        else if (head.word == LN_MQTT_PUBLISH)
            publish(&head, body, (size_t)size);
        else /* LN_MQTT_END */
            stop();
    }
    _exit(0); /* without a word: nothing may keep it */
}

/* A process sees by its socket that its parent is gone, so it may keep nothing else: not the sockets of those
 * that were started before. */
static _Noreturn void begin(const ln_mqtt_config *config, unsigned number, int socket)
{
    const int mine = STDERR_FILENO + 1;
    if (dup2(socket, mine) != mine)
        _exit(1);
    closefrom(mine + 1);
    run_child(config, number, mine);
}

ln_status ln_mqtt_child_start(const ln_mqtt_config *config, unsigned number, pid_t *process, int *socket,
                              ln_error *error)
{
    const int room = 4 * LN_MQTT_BODY;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
        return ln_fail_system(error, config->source.name, "a socket cannot be made", errno);
    for (int i = 0; i < 2; i++)
        setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    *process = fork();
    if (*process == 0)
        begin(config, number, pair[1]);
    int cause = errno;
    close(pair[1]);
    *socket = pair[0];
    if (*process > 0)
        return LN_OK;
    close(pair[0]);
    return ln_fail_system(error, config->source.name, "a process cannot be started", cause);
}
