/* The service's log: one line on standard error for each thing that happens, for people and for programs:
 *
 *     2026-03-29T01:59:59.987Z warning "an event is refused" source=field fate=encoding
 *
 * Values stand in quotes where they need them. Payloads, keys and passwords are never given to it. */
#ifndef LN_SERVICE_LOG_H
#define LN_SERVICE_LOG_H

#include <stdint.h>

typedef enum ln_log_level { LN_LOG_ERROR, LN_LOG_WARNING, LN_LOG_INFO, LN_LOG_DEBUG } ln_log_level;

/* A value of a line: a text, or, if that is null, a number. */
typedef struct ln_log_value {
    const char *key;
    const char *text;
    int64_t number;
} ln_log_value;

/* The values of a line. The list ends with a null key. */
#define LN_LOG_VALUES(...)                                                                                   \
    (const ln_log_value[])                                                                                   \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            0                                                                                                \
        }                                                                                                    \
    }
#define LN_LOG_TEXT(key, text)                                                                               \
    {                                                                                                        \
        key, text, 0                                                                                         \
    }
#define LN_LOG_NUMBER(key, number)                                                                           \
    {                                                                                                        \
        key, NULL, number                                                                                    \
    }

/* Lines with the same words and the same first value: so many in so long are written, and the others are
 * counted. A line that follows says how many there were. */
#define LN_LOG_REPEATS 5
#define LN_LOG_WINDOW_MS 10000

/* Which lines are written: those of this level and of those before it. LN_LOG_INFO unless it is set. */
void ln_log_set(ln_log_level level);

/* Writes a line. Any thread may.
 *   what     a few words that are the same each time
 *   values   LN_LOG_VALUES, or null: none */
void ln_log(ln_log_level level, const char *what, const ln_log_value *values);

/* Says now how many lines were left out. */
void ln_log_end(void);

#endif
