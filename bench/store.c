/* How many frames a second the store adds, each acknowledged after its commit. A process for each connection
 * adds frames of 51 bytes of 100 devices, so many a call.
 *
 * usage: store FILE|postgresql://... CONNECTIONS FRAMES SECONDS */
#include "service/store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define DEVICES 100
#define MOST_FRAMES 1000

static int fail(const ln_error *error)
{
    fprintf(stderr, "store: %s\n", error->text);
    return 1;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Opens a store, while others may be writing. */
static ln_store *open_store(const char *where, ln_error *error)
{
    ln_store *store;
    while (ln_store_open(&store, where, error) == LN_DB_BUSY)
        continue;
    return store;
}

/* Adds until `end`, and tells the pipe how many. */
static int add_frames(const char *where, int connection, unsigned frames, double end, int pipe)
{
    static ln_uplink call[MOST_FRAMES];
    static uint8_t is_new[MOST_FRAMES];
    uint32_t count = 0;
    ln_error error = {0};
    ln_store *store = open_store(where, &error);
    if (!store)
        return fail(&error);
    while (now() < end) {
        for (unsigned i = 0; i < frames; i++, count++) {
            call[i] = (ln_uplink){.counter_bits = 32, .counter = count, .battery = LN_NO_BATTERY, .size = 51};
            snprintf(call[i].session, sizeof call[i].session, "%d-%f", connection, end);
            snprintf(call[i].device, sizeof call[i].device, "%u",
                     (count * 7 + (unsigned)connection) % DEVICES);
        }
        ln_db_result result;
        do
            result = ln_store_add(store, "bench", call, frames, (uint64_t)(1000 * now()), is_new, &error);
        while (result == LN_DB_BUSY);
        if (result != LN_DB_DONE || !is_new[frames - 1])
            return fail(&error);
    }
    ln_store_close(store);
    return write(pipe, &count, sizeof count) != sizeof count;
}

int main(int argc, char **argv)
{
    int values[3] = {0}, pipes[2];
    for (int i = 0; i < 3 && argc == 5; i++)
        values[i] = atoi(argv[2 + i]);
    int connections = values[0], frames = values[1], seconds = values[2];
    ln_error error = {0};
    if (connections < 1 || frames < 1 || frames > MOST_FRAMES || seconds < 1 || pipe(pipes) != 0) {
        fprintf(stderr, "usage: store FILE|postgresql://... CONNECTIONS FRAMES SECONDS\n");
        return 1;
    }
    ln_store *store = open_store(argv[1], &error); /* makes the tables */
    if (!store)
        return fail(&error);
    ln_store_close(store);
    const double end = now() + seconds;
    for (int i = 0; i < connections; i++)
        if (fork() == 0)
            return add_frames(argv[1], i, (unsigned)frames, end, pipes[1]);
    close(pipes[1]);
    uint32_t count;
    double total = 0;
    while (read(pipes[0], &count, sizeof count) == sizeof count) {
        total += count;
        connections--;
    }
    while (wait(NULL) > 0)
        continue;
    printf("%.0f\n", total / seconds);
    return connections != 0;
}
