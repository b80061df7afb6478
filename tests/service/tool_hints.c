/* The parts of the service that tell cameras something, for hints.py, and what a camera understands of it.
 *
 *     tool_hints store=PATH metrics=N url=URL port=N [a_day=N]   an MQTT source `net` of ChirpStack, a
 * webhook `sky` of Sigfox, and hints for both tool_hints store=PATH work vision=PATH [sure=F]            a
 * worker; ends with SIGTERM tool_hints read=HEX                                        picture, enough, loss
 * and bytes */
#include "service/sources/hints.h"
#include "service/log.h"
#include "service/worker/work.h"

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HINT_PORT 2

static const char *const names[] = {"net"};
static ln_hints_config hints = {.sources = names, .source_count = 1, .port = HINT_PORT, .a_day = 10};
static ln_mqtt_config mqtt = {
    .source = {"net", ln_event_chirpstack_json, 0}, .form = "chirpstack", .client = "hints"};
static const ln_webhook_source webhook = {{"sky", ln_event_sigfox, 0}, "sigfox", "secret"};
static const ln_serve_part part = {LN_SERVE_INGEST, ln_hints_run, &hints, 1};
static ln_serve_config serve = {.mqtt = &mqtt,
                                .mqtt_count = 1,
                                .webhooks = &webhook,
                                .webhook_count = 1,
                                .downlink = ln_hints_answer,
                                .host = "127.0.0.1",
                                .parts = &part,
                                .part_count = 1};
static ln_work_config work = {.model = "pyramid-224",
                              .threads = 1,
                              .worker = {.idle_ms = 3600000,
                                         .deadline_ms = 3600000,
                                         .lease_ms = 60000,
                                         .devices = 1,
                                         .sure = LN_WORKER_NEVER,
                                         .hints = 1,
                                         .keep = 1}};
static const char *read_hex;
static int is_worker;
static atomic_int stop;

static void end(int signal_number)
{
    (void)signal_number;
    stop = 1;
}

static ln_status serve_hints(ln_error *error)
{
    ln_hints *answers = ln_hints_open(&hints);
    if (!answers)
        return ln_fail_memory(error);
    serve.downlink_context = answers;
    ln_status status = ln_serve_run(&serve, LN_SERVE_INGEST, error);
    ln_hints_close(answers);
    return status;
}

/* What the firmware does with the bytes of a downlink, of which Sigfox has eight. */
static ln_status read_feedback(ln_error *error)
{
    uint8_t bytes[LN_SIGFOX_DOWNLINK];
    size_t size;
    ln_feedback f;
    if (sodium_hex2bin(bytes, sizeof bytes, read_hex, strlen(read_hex), NULL, &size, NULL) ||
        ln_feedback_read(&f, bytes, LN_FEEDBACK_BYTES) != LN_OK)
        return ln_fail(error, LN_ERR_ARGUMENT, "this is no feedback");
    printf("%u %u %u %u\n", f.picture, f.enough, f.loss, (unsigned)f.bytes);
    return LN_OK;
}

static int take(const char *argument)
{
    const char *equals = strchr(argument, '='), *value = equals ? equals + 1 : "";
    const size_t size = equals ? (size_t)(equals - argument) : strlen(argument);
    const struct {
        const char *key, **text;
        unsigned *number;
    } keys[] = {
        {"store", &serve.store, NULL},  {"metrics", NULL, &serve.metrics_port}, {"url", &mqtt.url, NULL},
        {"port", NULL, &serve.port},    {"a_day", NULL, &hints.a_day},          {"read", &read_hex, NULL},
        {"vision", &work.vision, NULL},
    };
    if (!strncmp(argument, "sure=", 5))
        return (work.worker.sure = strtof(value, NULL)) >= 0;
    if (!strcmp(argument, "work"))
        return is_worker = 1;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strlen(keys[i].key) != size || strncmp(argument, keys[i].key, size) != 0)
            continue;
        if (keys[i].text)
            *keys[i].text = value;
        else
            *keys[i].number = (unsigned)atoi(value);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    ln_error error = {0};
    ln_log_set(LN_LOG_DEBUG);
    for (int i = 1; i < argc; i++)
        if (!take(argv[i])) {
            fprintf(stderr, "tool_hints: what is %s?\n", argv[i]);
            return 2;
        }
    hints.store = work.store = serve.store;
    if (is_worker)
        signal(SIGTERM, end);
    ln_status status = read_hex    ? read_feedback(&error)
                       : is_worker ? ln_work_run(&work, &stop, &error)
                                   : serve_hints(&error);
    if (status != LN_OK)
        fprintf(stderr, "tool_hints: %s\n", error.text);
    return status != LN_OK;
}
