/* The log: what a line looks like, and how many there are. */
#include "service/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- Standard error and the clock ------------------------------------------------------------- */

static char path[] = "/tmp/limitnet-log-XXXXXX";
static int real_error;
static time_t ahead_s;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    int result = __real_clock_gettime(clock, now);
    now->tv_sec += ahead_s;
    return result;
}

static int set_up(void **state)
{
    (void)state;
    int file = mkstemp(path);
    real_error = dup(STDERR_FILENO);
    return file < 0 || dup2(file, STDERR_FILENO) < 0 || close(file);
}

static int tear_down(void **state)
{
    (void)state;
    dup2(real_error, STDERR_FILENO);
    return unlink(path);
}

/* What was written since the last call. */
static const char *written(void)
{
    static char text[65536];
    int file = open(path, O_RDWR);
    ssize_t size = read(file, text, sizeof text - 1);
    assert_true(size >= 0 && ftruncate(file, 0) == 0);
    close(file);
    lseek(STDERR_FILENO, 0, SEEK_SET);
    text[size] = 0;
    return text;
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static int forget(void **state)
{
    (void)state;
    ln_log_end();
    ln_log_set(LN_LOG_INFO);
    ahead_s = 0;
    written();
    return 0;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void a_line(void **state)
{
    (void)state;
    regex_t form;
    ln_log(LN_LOG_WARNING, "an event is refused",
           LN_LOG_VALUES(LN_LOG_TEXT("source", "field"), LN_LOG_NUMBER("line", -7),
                         LN_LOG_TEXT("why", "it \"is\" \\ none\nERROR\x1b[0m"), LN_LOG_TEXT("none", ""),
                         LN_LOG_TEXT("even", "a=b")));
    assert_int_equal(
        regcomp(&form,
                "^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z warning "
                "\"an event is refused\" source=field line=-7 "
                "why=\"it \\\\\"is\\\\\" \\\\\\\\ none\\\\x0aERROR\\\\x1b\\[0m\" none=\"\" even=\"a=b\"\n$",
                REG_EXTENDED | REG_NOSUB),
        0);
    const char *line = written();
    if (regexec(&form, line, 0, NULL, 0))
        fail_msg("%s", line);
    regfree(&form);
    ln_log(LN_LOG_ERROR, "alone", NULL);
    assert_non_null(strstr(written(), "Z error alone\n"));
}

static void levels(void **state)
{
    (void)state;
    ln_log(LN_LOG_DEBUG, "hidden", NULL);
    assert_string_equal(written(), "");
    ln_log_set(LN_LOG_DEBUG);
    ln_log(LN_LOG_DEBUG, "shown", NULL);
    assert_int_equal(lines_of(written()), 1);
    ln_log_set(LN_LOG_ERROR);
    ln_log(LN_LOG_WARNING, "hidden", NULL);
    ln_log(LN_LOG_ERROR, "shown too", NULL);
    assert_int_equal(lines_of(written()), 1);
}

/* However long the values are, it is one line. */
static void long_values(void **state)
{
    static char text[5000];
    (void)state;
    memset(text, '\n', sizeof text - 1);
    ln_log(LN_LOG_ERROR, "long", LN_LOG_VALUES(LN_LOG_TEXT("a", text), LN_LOG_TEXT("b", "c")));
    const char *line = written();
    assert_int_equal(lines_of(line), 1);
    assert_in_range(strlen(line), 1000, 1024);
}

static void repeats(void **state)
{
    (void)state;
    for (int i = 0; i < 1000; i++) {
        ln_log(LN_LOG_WARNING, "again", LN_LOG_VALUES(LN_LOG_TEXT("source", "a"), LN_LOG_NUMBER("i", i)));
        ln_log(LN_LOG_WARNING, "again", LN_LOG_VALUES(LN_LOG_TEXT("source", "b"), LN_LOG_NUMBER("i", i)));
    }
    assert_int_equal(lines_of(written()), 2 * LN_LOG_REPEATS);
    ahead_s = LN_LOG_WINDOW_MS / 1000 + 1;
    ln_log(LN_LOG_INFO, "something else", NULL);
    const char *text = written();
    assert_int_equal(lines_of(text), 3);
    assert_non_null(strstr(text, "Z warning again of=a left_out=995\n"));
    assert_non_null(strstr(text, "Z warning again of=b left_out=995\n"));
    ln_log(LN_LOG_WARNING, "again", LN_LOG_VALUES(LN_LOG_TEXT("source", "a")));
    assert_int_equal(lines_of(written()), 1);
}

/* Of more kinds than are remembered, none is lost. */
static void many_kinds(void **state)
{
    unsigned told = 0;
    (void)state;
    for (int round = 0; round < 10; round++)
        for (int i = 0; i < 100; i++) {
            char name[8];
            snprintf(name, sizeof name, "%d", i);
            ln_log(LN_LOG_WARNING, "kind", LN_LOG_VALUES(LN_LOG_TEXT("name", name)));
        }
    ln_log_end();
    for (const char *text = written(); *text; text = strchr(text, '\n') + 1)
        told += strstr(text, "left_out=") && strstr(text, "left_out=") < strchr(text, '\n')
                    ? (unsigned)atoi(strstr(text, "left_out=") + 9)
                    : 1;
    assert_int_equal(told, 1000);
}

static void *write_lines(void *context)
{
    for (int i = 0; i < 200; i++)
        ln_log(LN_LOG_INFO, "threads", LN_LOG_VALUES(LN_LOG_TEXT("of", context), LN_LOG_NUMBER("i", i)));
    return NULL;
}

static void threads(void **state)
{
    static char names[8][4] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    pthread_t all[8];
    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(pthread_create(&all[i], NULL, write_lines, names[i]), 0);
    for (size_t i = 0; i < 8; i++)
        pthread_join(all[i], NULL);
    assert_int_equal(lines_of(written()), 8 * LN_LOG_REPEATS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_line, forget),  cmocka_unit_test_setup(levels, forget),
        cmocka_unit_test_setup(repeats, forget), cmocka_unit_test_setup(long_values, forget),
        cmocka_unit_test_setup(threads, forget), cmocka_unit_test_setup(many_kinds, forget),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
