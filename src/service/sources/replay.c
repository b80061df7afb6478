#include "service/sources/replay.h"

#include "service/events/time.h"
#include "service/log.h"

#include <errno.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RETRY_MS 1000

typedef struct replay {
    const ln_replay_config *config;
    const char *name;
    const atomic_int *stop;
    ln_replay_count *count;
    ln_ingest *ingest;
    uint64_t line;
    int has_begun;
    uint64_t first_ms; /* time of the first event */
    uint64_t start_ms; /* when it was given */
    uint8_t bytes[LN_EVENT_BYTES];
} replay;

/* ---- A line ---------------------------------------------------------------------------------- */

typedef struct recorded {
    uint64_t at_ms;
    const ln_ingest_source *source;
    char *text;        /* of "event"; to be freed */
    const void *bytes; /* of either */
    size_t size;
} recorded;

static int read_time(const json_t *at, uint64_t *ms)
{
    double seconds = json_number_value(at);
    if (json_is_string(at))
        return ln_time_rfc3339(json_string_value(at), json_string_length(at), ms);
    if (!json_is_number(at) || !(seconds >= 0 && seconds <= (double)LN_LAST_SECOND))
        return 0;
    *ms = (uint64_t)(seconds * 1000);
    return 1;
}

static const ln_ingest_source *find_source(const ln_replay_config *config, const char *name)
{
    for (size_t i = 0; name && i < config->source_count; i++)
        if (!strcmp(config->sources[i].name, name))
            return &config->sources[i];
    return NULL;
}

static int read_bytes(replay *r, const json_t *line, recorded *event)
{
    const json_t *object = json_object_get(line, "event"), *base64 = json_object_get(line, "base64");
    if (!object == !base64)
        return 0;
    event->bytes = r->bytes;
    if (base64)
        return json_is_string(base64) &&
               !sodium_base642bin(r->bytes, sizeof r->bytes, json_string_value(base64),
                                  json_string_length(base64), NULL, &event->size, NULL,
                                  sodium_base64_VARIANT_ORIGINAL);
    event->text = json_dumps(object, JSON_COMPACT | JSON_ENCODE_ANY);
    event->bytes = event->text;
    event->size = event->text ? strlen(event->text) : 0;
    return event->text != NULL;
}

/* Returns null, or what is wrong with the line. */
static const char *read_line(replay *r, const json_t *line, recorded *event)
{
    if (!json_is_object(line))
        return "it is no JSON object";
    if (!read_time(json_object_get(line, "at"), &event->at_ms))
        return "\"at\" is no time";
    event->source = find_source(r->config, json_string_value(json_object_get(line, "source")));
    if (!event->source)
        return "there is no such source";
    return read_bytes(r, line, event) ? NULL : "it needs an \"event\" or a \"base64\" of at most 64 KiB";
}

/* ---- Time ------------------------------------------------------------------------------------ */

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* In steps, so that it ends soon if it must. */
static void wait_until(const replay *r, uint64_t then_ms)
{
    for (uint64_t now_ms = clock_ms(); now_ms < then_ms && !*r->stop; now_ms = clock_ms()) {
        uint64_t left_ms = then_ms - now_ms < 100 ? then_ms - now_ms : 100;
        nanosleep(&(struct timespec){0, (long)left_ms * 1000000}, NULL);
    }
}

/* An event that is older than the first one is due at once. */
static void wait_for(replay *r, uint64_t at_ms)
{
    if (!r->has_begun) {
        r->has_begun = 1;
        r->first_ms = at_ms;
        r->start_ms = clock_ms();
    }
    if (r->config->speed > 0 && at_ms > r->first_ms)
        wait_until(r, r->start_ms + (uint64_t)((double)(at_ms - r->first_ms) / r->config->speed));
}

/* ---- All lines ------------------------------------------------------------------------------- */

static void give(replay *r, const recorded *event)
{
    ln_taken taken = LN_LATER;
    wait_for(r, event->at_ms);
    while (!*r->stop) {
        taken = ln_ingest_take(r->ingest, event->source, event->bytes, event->size);
        if (taken != LN_LATER)
            break;
        wait_until(r, clock_ms() + RETRY_MS);
    }
    r->count->taken += taken == LN_TAKEN;
    r->count->refused += taken == LN_REFUSED;
}

/* Short memory is no fault of the line. */
static ln_status take_line(replay *r, const char *text, size_t size, ln_error *error)
{
    recorded event = {0};
    json_error_t problem;
    json_t *line = NULL;
    const char *why = "it is too long";
    size_t mark = r->line == 1 && size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0; /* byte order */
    if (size <= LN_REPLAY_LINE) {
        line = json_loadb(text + mark, size - mark, JSON_REJECT_DUPLICATES, &problem);
        if (!line && json_error_code(&problem) == json_error_out_of_memory)
            return ln_fail_memory(error);
        why = line ? read_line(r, line, &event) : "it is no JSON";
    }
    if (why) {
        r->count->left_out++;
        ln_log(LN_LOG_WARNING, "a line is left out",
               LN_LOG_VALUES(LN_LOG_TEXT("file", r->name), LN_LOG_NUMBER("line", (int64_t)r->line),
                             LN_LOG_TEXT("why", why)));
    } else {
        give(r, &event);
    }
    free(event.text);
    json_decref(line);
    return LN_OK;
}

/* Reads a line; what is beyond the limit is counted, not kept. Returns its size, or -1 at the end. */
static long next_line(FILE *file, char *line)
{
    long size = 0;
    int c;
    while ((c = getc(file)) != EOF && c != '\n') {
        if (size < LN_REPLAY_LINE)
            line[size] = (char)c;
        size += size <= LN_REPLAY_LINE;
    }
    return c == EOF && size == 0 ? -1 : size;
}

ln_status ln_replay_run(const ln_replay_config *config, FILE *file, const char *name, const atomic_int *stop,
                        ln_replay_count *count, ln_error *error)
{
    *count = (ln_replay_count){0};
    replay *r = calloc(1, sizeof *r);
    char *line = malloc(LN_REPLAY_LINE);
    ln_ingest *ingest = ln_ingest_open(config->store, config->metrics);
    ln_status status = r && line && ingest ? LN_OK : ln_fail_memory(error);
    long size;
    if (status == LN_OK) {
        *r = (replay){.config = config, .name = name, .stop = stop, .count = count, .ingest = ingest};
        while (status == LN_OK && !*stop && (size = next_line(file, line)) >= 0) {
            r->line++;
            if (size > 0)
                status = take_line(r, line, (size_t)size, error);
        }
        if (status == LN_OK && ferror(file))
            status = ln_fail_system(error, name, "cannot be read", errno);
    }
    ln_ingest_close(ingest);
    free(line);
    free(r);
    return status;
}
