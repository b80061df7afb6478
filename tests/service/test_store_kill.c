/* Programs that are killed at random moments, and two at once. Each process has devices of its own to add
 * frames for, and works on all of them. What it was told is kept, it writes to a log.
 *
 * usage: test_store_kill [TIMES]     so many processes are killed, two at a time */
#include "service/support_store.h"

#include "link/random.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define PROCESSES 2
#define DEVICES 3 /* of each process */
#define PICTURE 4 /* frames of a picture, which is an event */
#define SHORT 40  /* ms of a lease: the dead's devices must come back within the test */
#define TARGETS 2

static unsigned kills = 240;
static char log_path[PROCESSES][600];

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Calls again what another process was in the way of. */
#define AGAIN(result, call)                                                                                  \
    do                                                                                                       \
        result = (call);                                                                                     \
    while (result == LN_DB_BUSY)

#define MUST(condition)                                                                                      \
    do                                                                                                       \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, problem.text);                \
            _exit(3);                                                                                        \
        }                                                                                                    \
    while (0)

static ln_error problem;

/* ---- What a process does ---------------------------------------------------------------------- */

/* A log is a text of one line for each frame that was acknowledged: its device. */
static void read_log(unsigned process, unsigned acknowledged[DEVICES])
{
    FILE *log = fopen(log_path[process], "r");
    unsigned device;
    memset(acknowledged, 0, DEVICES * sizeof *acknowledged);
    while (log && fscanf(log, "%u\n", &device) == 1)
        acknowledged[device]++;
    if (log)
        fclose(log);
}

/* Adds the next frame of a device, which may be there already, and one that is there. */
static void add_next(ln_store *store, int log, unsigned process, unsigned device, unsigned counter)
{
    ln_uplink frames[2];
    uint8_t is_new[2];
    char name[16], line[2] = {(char)('0' + device), '\n'};
    ln_db_result result;
    snprintf(name, sizeof name, "%u-%u", process, device);
    for (unsigned i = 0; i < 2; i++) {
        char payload[16];
        snprintf(payload, sizeof payload, "%u", counter - i * (counter > 0));
        frames[i] = frame_of(name, "s", atoi(payload), payload);
    }
    AGAIN(result, ln_store_add(store, "net", frames, 2, clock_ms(), is_new, &problem));
    MUST(result == LN_DB_DONE && !is_new[1]);
    MUST(write(log, line, 2) == 2);
}

/* A picture is the frames whose counters have the same multiple of PICTURE. */
static ln_db_result look(ln_store *store, const ln_work *work)
{
    static const char *const targets[TARGETS] = {"mail", "web"};
    static int64_t of[LN_STORE_MOST_NEW + PICTURE];
    static ln_picture_row pictures[LN_STORE_MOST_NEW];
    static ln_alarm_row alarms[LN_STORE_MOST_NEW];
    ln_found found = {.pictures = pictures, .picture_of = of, .alarms = alarms};
    for (size_t i = 0; i < work->count; i++) {
        const ln_frame_row *frame = &work->frames[i];
        const int is_last = frame->counter % PICTURE == PICTURE - 1;
        MUST(i == 0 || frame->counter == work->frames[i - 1].counter + 1);
        of[i] = frame->id - frame->counter % PICTURE;
        if (i + 1 < work->count && !is_last)
            continue;
        pictures[found.picture_count++] = (ln_picture_row){.id = of[i],
                                                           .first_ms = frame->time_ms,
                                                           .last_ms = frame->time_ms,
                                                           .deadline_ms = INT64_MAX,
                                                           .packets = frame->counter % PICTURE + 1,
                                                           .final = is_last};
        /* Two rules, of which one is already sure at the first frame. */
        alarms[found.alarm_count++] =
            (ln_alarm_row){"early", of[i], of[i], frame->time_ms, "cat", 1, "{}", targets, TARGETS};
        if (is_last)
            alarms[found.alarm_count++] =
                (ln_alarm_row){"late", of[i], of[i], frame->time_ms, "cat", 1, "{}", targets, TARGETS};
    }
    ln_db_result result;
    AGAIN(result, ln_store_finish(store, work, &found, clock_ms(), NULL, &problem));
    MUST(result == LN_DB_DONE || result == LN_DB_LOST);
    return result;
}

static int work_once(ln_store *store)
{
    ln_work work;
    ln_db_result result;
    AGAIN(result, ln_store_take(store, clock_ms(), SHORT, &work, &problem));
    MUST(result == LN_DB_DONE);
    const int found = work.device != 0;
    if (found)
        look(store, &work);
    ln_work_free(&work);
    return found;
}

static void deliver_once(ln_store *store, const char *target)
{
    ln_outbox_row entry;
    ln_db_result result;
    AGAIN(result, ln_store_next(store, target, clock_ms(), SHORT, &entry, &problem));
    MUST(result == LN_DB_DONE);
    if (entry.id) {
        AGAIN(result, ln_store_delivered(store, &entry, NULL, 0, &problem));
        MUST(result == LN_DB_DONE);
    }
    ln_outbox_free(&entry);
}

/* Adds and works until it is killed, or `frames` times. */
static void live(unsigned process, unsigned frames)
{
    unsigned next[DEVICES];
    uint64_t dice = clock_ms() + process;
    ln_store *store;
    ln_db_result result;
    int log = open(log_path[process], O_WRONLY | O_CREAT | O_APPEND, 0600);
    read_log(process, next);
    AGAIN(result, ln_store_open(&store, where, &problem));
    MUST(result == LN_DB_DONE && log >= 0);
    for (unsigned i = 0; i < frames; i++) {
        unsigned device = (unsigned)(ln_random(&dice) % DEVICES);
        add_next(store, log, process, device, next[device]++);
        work_once(store);
        deliver_once(store, i % 2 ? "mail" : "web");
    }
    ln_store_close(store);
    close(log);
}

static pid_t start(unsigned process, unsigned frames)
{
    pid_t child = fork();
    if (child == 0) {
        live(process, frames);
        _exit(0);
    }
    return child;
}

static void sleep_us(long us)
{
    nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
}

/* ---- What is there afterwards ----------------------------------------------------------------- */

static void finish_all(void)
{
    ln_store *store = open_store();
    for (unsigned process = 0; process < PROCESSES; process++) {
        unsigned next[DEVICES];
        int log = open(log_path[process], O_WRONLY | O_APPEND);
        read_log(process, next);
        /* Whole pictures, so that each event is known. The first of these frames may be there already: the
         * process was killed before it could write that down. */
        for (unsigned device = 0; device < DEVICES; device++)
            do
                add_next(store, log, process, device, next[device]++);
            while (next[device] % PICTURE);
        close(log);
    }
    sleep_us(SHORT * 1000);
    while (work_once(store))
        ;
    ln_store_close(store);
}

static void check_all(void)
{
    unsigned frames = 0;
    for (unsigned process = 0; process < PROCESSES; process++) {
        unsigned acknowledged[DEVICES];
        read_log(process, acknowledged);
        for (unsigned device = 0; device < DEVICES; device++) {
            char sql[200], name[16];
            snprintf(name, sizeof name, "%u-%u", process, device);
            snprintf(sql, sizeof sql, "SELECT count(*) FROM frame WHERE device = %lld",
                     (long long)ln_store_device("net", name));
            assert_int_equal(query(sql), acknowledged[device]);
            frames += acknowledged[device];
        }
    }
    assert_int_equal(query("SELECT count(*) FROM (SELECT DISTINCT device, counter FROM frame) AS f"), frames);
    assert_int_equal(query("SELECT count(*) FROM picture WHERE final = 1 AND packets = 4"), frames / PICTURE);
    assert_int_equal(query("SELECT count(*) FROM picture"), frames / PICTURE);
    assert_int_equal(query("SELECT count(*) FROM alarm"), 2 * frames / PICTURE);
    assert_int_equal(query("SELECT count(*) FROM (SELECT DISTINCT device, rule, event FROM alarm) AS a"),
                     2 * frames / PICTURE);
    assert_int_equal(query("SELECT count(*) FROM outbox"), TARGETS * 2 * frames / PICTURE);
    print_message("%u frames of %u pictures\n", frames, frames / PICTURE);
    assert_true(frames > 100);
}

static void begin(void)
{
    ln_store_close(new_store());
    for (unsigned i = 0; i < PROCESSES; i++) {
        snprintf(log_path[i], sizeof log_path[i], "%s/log-%u", folder, i);
        unlink(log_path[i]);
    }
}

static void wait_for(pid_t child, int expected)
{
    int status;
    assert_true(waitpid(child, &status, 0) > 0);
    if (WIFEXITED(status))
        assert_int_equal(WEXITSTATUS(status), 0);
    else
        assert_int_equal(WTERMSIG(status), expected);
}

static void killed_programs_lose_nothing(void **state)
{
    uint64_t dice = clock_ms();
    (void)state;
    begin();
    for (unsigned killed = 0; killed < kills; killed += PROCESSES) {
        pid_t child[PROCESSES];
        for (unsigned i = 0; i < PROCESSES; i++)
            assert_true((child[i] = start(i, 1000000)) > 0);
        for (unsigned i = 0; i < PROCESSES; i++) {
            sleep_us((long)(ln_random(&dice) % 100000));
            kill(child[i], SIGKILL);
        }
        for (unsigned i = 0; i < PROCESSES; i++)
            wait_for(child[i], SIGKILL);
    }
    finish_all();
    check_all();
}

static void two_at_once_do_the_work_of_one(void **state)
{
    pid_t child[PROCESSES];
    (void)state;
    begin();
    for (unsigned i = 0; i < PROCESSES; i++)
        assert_true((child[i] = start(i, 400)) > 0);
    for (unsigned i = 0; i < PROCESSES; i++)
        wait_for(child[i], 0);
    finish_all();
    check_all();
}

/* Each device is taken by one of two processes, and none by both; a pipe says which. */
static void no_device_is_taken_twice_and_none_is_forgotten(void **state)
{
    enum { COUNT = 200 };
    static ln_uplink frames[COUNT];
    static uint8_t is_new[COUNT];
    int pipes[2];
    unsigned taken = 0, distinct = 0;
    int64_t all[COUNT + 1];
    ln_store *store = new_store();
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u", i);
        frames[i] = frame_of(name, "s", 0, "x");
    }
    assert_done(ln_store_add(store, "net", frames, COUNT, NOW, is_new, &error));
    ln_store_close(store);
    assert_int_equal(pipe(pipes), 0);
    for (unsigned i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            ln_db_result result;
            AGAIN(result, ln_store_open(&store, where, &problem));
            MUST(result == LN_DB_DONE);
            for (unsigned idle = 0; idle < 20;) {
                ln_work work;
                AGAIN(result, ln_store_take(store, NOW, LEASE, &work, &problem));
                MUST(result == LN_DB_DONE);
                idle = work.device ? 0 : idle + 1;
                MUST(!work.device || write(pipes[1], &work.device, sizeof work.device) == sizeof work.device);
                ln_work_free(&work);
            }
            ln_store_close(store);
            _exit(0);
        }
    close(pipes[1]);
    while (taken <= COUNT && read(pipes[0], &all[taken], sizeof *all) == sizeof *all)
        taken++;
    for (unsigned i = 0; i < taken; i++) {
        unsigned before = 0;
        while (all[before] != all[i])
            before++;
        distinct += before == i;
    }
    for (unsigned i = 0; i < PROCESSES; i++)
        wait_for(-1, 0);
    close(pipes[0]);
    assert_int_equal(taken, COUNT);
    assert_int_equal(distinct, COUNT);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_device_is_taken_twice_and_none_is_forgotten),
        cmocka_unit_test(two_at_once_do_the_work_of_one),
        cmocka_unit_test(killed_programs_lose_nothing),
    };
    if (argc > 1)
        kills = (unsigned)atoi(argv[1]);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
