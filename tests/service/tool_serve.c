/* Runs the service without a file of settings, for the tests, which start and kill it.
 *
 *     tool_serve store=PATH [host=ADDRESS] [port=N] [metrics=N] [die=N] [hang=N] [send]
 *                [mqtt=NAME form=FORM url=URL client=ID [user=U] [password=P] [ca=FILE] [topic=T] [share=S]
 *                 [connections=N] [frames=PORT]]... [webhook=NAME form=FORM secret=S]...
 *     tool_serve store=PATH replay=FILE.jsonl [speed=N] [webhook=NAME form=FORM]...
 *
 * What follows mqtt= or webhook= belongs to that source. die=N: kills itself once so many calls of the store
 * have stored something, before anything is acknowledged. hang=N: the N-th look at the store never ends.
 * send: downlinks from standard input. */
#include "service/web/health.h"
#include "service/log.h"
#include "service/sources/replay.h"
#include "service/serve.h"
#include "service/store/store.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST 4

static ln_mqtt_config mqtt[MOST];
static ln_webhook_source webhooks[MOST];
static ln_serve_run_part send_lines;
static ln_serve_part sender = {LN_SERVE_WORK, send_lines, NULL, 0};
static ln_serve_config config = {
    .mqtt = mqtt, .webhooks = webhooks, .host = "127.0.0.1", .parts = &sender, .part_count = 1};
static const char *replay_file;
static double speed;
static atomic_long adds_to_live = -1;
static long looks_to_hang; /* 0: never */

/* The linker puts these in place of the service's own functions. */
ln_db_result __real_ln_store_add_sources(ln_store *store, const char *const *sources, const ln_uplink *frames,
                                         size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error);
ln_db_result __wrap_ln_store_add_sources(ln_store *store, const char *const *sources, const ln_uplink *frames,
                                         size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error);

ln_db_result __wrap_ln_store_add_sources(ln_store *store, const char *const *sources, const ln_uplink *frames,
                                         size_t count, uint64_t now_ms, uint8_t *is_new, ln_error *error)
{
    ln_db_result result = __real_ln_store_add_sources(store, sources, frames, count, now_ms, is_new, error);
    if (result == LN_DB_DONE && memchr(is_new, 1, count) && --adds_to_live == 0)
        raise(SIGKILL);
    return result;
}

ln_db_result __real_ln_health_look(ln_health *health, ln_error *error);
ln_db_result __wrap_ln_health_look(ln_health *health, ln_error *error);

ln_db_result __wrap_ln_health_look(ln_health *health, ln_error *error)
{
    if (looks_to_hang && --looks_to_hang == 0)
        for (;;)
            pause();
    return __real_ln_health_look(health, error);
}

/* ---- Downlinks ------------------------------------------------------------------------------- */

/* Sends what stands on standard input, lines of SOURCE DEVICE PORT TEXT, and prints what became of it. */
static ln_status send_lines(void *context, ln_serve *serve, const atomic_int *stop, ln_error *error)
{
    char source[64], device[96], text[64], line[256];
    unsigned port;
    (void)context, (void)error;
    for (struct pollfd input = {.fd = 0, .events = POLLIN}; !*stop;) {
        ln_error why = {0};
        if (poll(&input, 1, 100) <= 0 || !fgets(line, sizeof line, stdin) ||
            sscanf(line, "%63s %95s %u %63s", source, device, &port, text) != 4)
            continue;
        ln_status status =
            ln_serve_send(serve, source, device, port, (const uint8_t *)text, strlen(text), &why);
        printf("%s\n", status == LN_OK ? "sent" : why.text);
        fflush(stdout);
    }
    return LN_OK;
}

/* ---- Arguments ------------------------------------------------------------------------------- */

/* The value of key=value, or null. */
static const char *value_of(const char *argument, const char *key)
{
    size_t size = strlen(key);
    return !strncmp(argument, key, size) && argument[size] == '=' ? argument + size + 1 : NULL;
}

static int take_source(const char *argument)
{
    ln_mqtt_config *m = config.mqtt_count ? &mqtt[config.mqtt_count - 1] : NULL;
    ln_webhook_source *w = config.webhook_count ? &webhooks[config.webhook_count - 1] : NULL;
    const char *value = value_of(argument, "form");
    if (value && w) {
        w->form = value;
        w->source.reader = ln_event_reader_of(value);
        return w->source.reader != NULL;
    }
    if (value && m) {
        m->form = value;
        m->source.reader = ln_event_reader_of(value);
        return m->source.reader != NULL;
    }
    if (w)
        return (w->secret = value_of(argument, "secret")) != NULL;
    return m && ((value = value_of(argument, "frames"))        ? (m->source.port = (unsigned)atoi(value)) != 0
                 : (value = value_of(argument, "url"))         ? (m->url = value) != NULL
                 : (value = value_of(argument, "client"))      ? (m->client = value) != NULL
                 : (value = value_of(argument, "user"))        ? (m->user = value) != NULL
                 : (value = value_of(argument, "password"))    ? (m->password = value) != NULL
                 : (value = value_of(argument, "ca"))          ? (m->ca_file = value) != NULL
                 : (value = value_of(argument, "topic"))       ? (m->topic = value) != NULL
                 : (value = value_of(argument, "share"))       ? (m->share = value) != NULL
                 : (value = value_of(argument, "connections")) ? (m->connections = (unsigned)atoi(value)) != 0
                                                               : 0);
}

static int take(const char *argument)
{
    const char *value;
    if ((value = value_of(argument, "store")))
        config.store = value;
    else if ((value = value_of(argument, "host")))
        config.host = value;
    else if ((value = value_of(argument, "port")))
        config.port = (unsigned)atoi(value);
    else if ((value = value_of(argument, "metrics")))
        config.metrics_port = (unsigned)atoi(value);
    else if ((value = value_of(argument, "die")))
        adds_to_live = atol(value);
    else if ((value = value_of(argument, "hang")))
        looks_to_hang = atol(value);
    else if (!strcmp(argument, "send"))
        sender.threads = 1;
    else if ((value = value_of(argument, "replay")))
        replay_file = value;
    else if ((value = value_of(argument, "speed")))
        speed = atof(value);
    else if ((value = value_of(argument, "mqtt")) && config.mqtt_count < MOST && !config.webhook_count)
        mqtt[config.mqtt_count++].source.name = value;
    else if ((value = value_of(argument, "webhook")) && config.webhook_count < MOST)
        webhooks[config.webhook_count++].source.name = value;
    else
        return take_source(argument);
    return 1;
}

static ln_status replay(ln_error *error)
{
    static atomic_int stop;
    ln_ingest_source sources[MOST];
    ln_replay_count count = {0};
    for (size_t i = 0; i < config.webhook_count; i++)
        sources[i] = webhooks[i].source;
    const ln_replay_config r = {config.store, sources, config.webhook_count, speed, NULL};
    FILE *file = fopen(replay_file, "r");
    if (!file)
        return ln_fail(error, LN_ERR_IO, "%s: cannot be read", replay_file);
    ln_status status = ln_replay_run(&r, file, replay_file, &stop, &count, error);
    fclose(file);
    printf("%llu %llu %llu\n", (unsigned long long)count.taken, (unsigned long long)count.refused,
           (unsigned long long)count.left_out);
    return status;
}

int main(int argc, char **argv)
{
    ln_error error = {0};
    ln_log_set(LN_LOG_DEBUG);
    for (int i = 1; i < argc; i++)
        if (!take(argv[i])) {
            fprintf(stderr, "tool_serve: what is %s?\n", argv[i]);
            return 2;
        }
    ln_status status = replay_file
                           ? replay(&error)
                           : ln_serve_run(&config, LN_SERVE_INGEST | LN_SERVE_WORK | LN_SERVE_WEB, &error);
    if (status != LN_OK)
        fprintf(stderr, "tool_serve: %s\n", error.text);
    return status != LN_OK;
}
