#include "service/log.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE 1024
#define KINDS 64 /* kinds of lines whose repeats are counted; of two that meet, the older one is closed */

static atomic_int highest = LN_LOG_INFO;

/* ---- A line ---------------------------------------------------------------------------------- */

typedef struct line {
    char text[LINE];
    size_t size;
} line;

/* Adds a character. The last one is kept for the line's end. */
static void add(line *l, char c)
{
    if (l->size < LINE - 1)
        l->text[l->size++] = c;
}

static void add_text(line *l, const char *text)
{
    while (*text)
        add(l, *text++);
}

static int is_plain(const char *text)
{
    const char *end = text;
    while (*end > ' ' && *end != '"' && *end != '=' && *end != '\\' && *end != 0x7f)
        end++;
    return *text && !*end;
}

/* Whatever the text holds, the line stays one line. */
static void add_quoted(line *l, const char *text)
{
    char code[5];
    if (is_plain(text)) {
        add_text(l, text);
        return;
    }
    add(l, '"');
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            add(l, '\\');
        if (c >= ' ' && c != 0x7f) {
            add(l, *text);
        } else {
            snprintf(code, sizeof code, "\\x%02x", c);
            add_text(l, code);
        }
    }
    add(l, '"');
}

static void add_value(line *l, const ln_log_value *value)
{
    char number[24];
    add(l, ' ');
    add_text(l, value->key);
    add(l, '=');
    if (value->text) {
        add_quoted(l, value->text);
        return;
    }
    snprintf(number, sizeof number, "%lld", (long long)value->number);
    add_text(l, number);
}

static void begin(line *l, ln_log_level level, const char *what)
{
    static const char *const names[] = {"error", "warning", "info", "debug"};
    struct timespec now;
    struct tm utc;
    char text[40];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + size, sizeof text - size, ".%03ldZ ", now.tv_nsec / 1000000);
    l->size = 0;
    add_text(l, text);
    add_text(l, names[level]);
    add(l, ' ');
    add_quoted(l, what);
}

/* In one call, so that lines of threads and processes do not mix. */
static void end(line *l)
{
    l->text[l->size++] = '\n';
    /* Nobody can be told that the log is gone. */
    if (write(STDERR_FILENO, l->text, l->size) < 0)
        return;
}

/* ---- Repeats --------------------------------------------------------------------------------- */

typedef struct kind {
    const char *what; /* null: free */
    char first[40];
    ln_log_level level;
    int64_t since_ms;
    unsigned written, left_out;
} kind;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kind kinds[KINDS];

static int64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Ends the counting of a kind, and says what was left out. */
static void close_kind(kind *k)
{
    line l;
    if (k->left_out) {
        begin(&l, k->level, k->what);
        if (k->first[0])
            add_value(&l, &(ln_log_value)LN_LOG_TEXT("of", k->first));
        add_value(&l, &(ln_log_value)LN_LOG_NUMBER("left_out", k->left_out));
        end(&l);
    }
    *k = (kind){0};
}

static void close_old(int64_t now_ms)
{
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].what && now_ms - kinds[i].since_ms >= LN_LOG_WINDOW_MS)
            close_kind(&kinds[i]);
}

static kind *find(ln_log_level level, const char *what, const char *first, int64_t now_ms)
{
    kind *oldest = &kinds[0];
    for (size_t i = 0; i < KINDS; i++) {
        if (kinds[i].what && !strcmp(kinds[i].what, what) &&
            !strncmp(kinds[i].first, first, sizeof kinds[i].first - 1))
            return &kinds[i];
        if (!kinds[i].what || (oldest->what && kinds[i].since_ms < oldest->since_ms))
            oldest = &kinds[i];
    }
    close_kind(oldest);
    *oldest = (kind){.what = what, .level = level, .since_ms = now_ms};
    snprintf(oldest->first, sizeof oldest->first, "%s", first);
    return oldest;
}

/* Whether a line is written, or only counted. */
static int passes(ln_log_level level, const char *what, const ln_log_value *values)
{
    int64_t now_ms = clock_ms();
    close_old(now_ms);
    kind *k = find(level, what, values && values->text ? values->text : "", now_ms);
    if (k->written < LN_LOG_REPEATS) {
        k->written++;
        return 1;
    }
    k->left_out++;
    return 0;
}

/* ---- Calls ----------------------------------------------------------------------------------- */

void ln_log_set(ln_log_level level)
{
    highest = (int)level;
}

void ln_log(ln_log_level level, const char *what, const ln_log_value *values)
{
    line l;
    if ((int)level > highest)
        return;
    pthread_mutex_lock(&lock);
    if (passes(level, what, values)) {
        begin(&l, level, what);
        for (; values && values->key; values++)
            add_value(&l, values);
        end(&l);
    }
    pthread_mutex_unlock(&lock);
}

void ln_log_end(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < KINDS; i++)
        if (kinds[i].what)
            close_kind(&kinds[i]);
    pthread_mutex_unlock(&lock);
}
