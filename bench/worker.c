/* What the service's workers do on this machine, with the default model, on photographs as cameras send them.
 *
 * usage: worker answers WHERE PROCESSES PICTURES     answers a second, of pictures that have come already,
 * and milliseconds of processor time for each worker latency WHERE PICTURES               from the last frame
 * of a picture, once it is on the disk, to its alarm in the outbox: ten cameras, PICTURES of each, one
 * worker. Milliseconds: median, 90 %, worst */
#include "host/send.h"
#include "host/shot.h"
#include "service/worker/work.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MODEL "pyramid-224"
#define VISION ".cache/vision/efficientnet-lite0.onnx"
#define PHOTO "tests/pictures/cat.jpg"
#define PACKETS 12 /* of a picture */
#define ROOM 51
#define CAMERAS 10
#define EVERY_MS 300 /* from a camera's frame to its next */
#define MOST_PICTURES 10000

static ln_error error;

static void must(int condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "worker: %s: %s\n", what, error.text);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static uint64_t now_ms(void)
{
    return (uint64_t)(1000 * now());
}

static void wait_until(double time)
{
    for (double left = time - now(); left > 0; left = time - now())
        nanosleep(&(struct timespec){(time_t)left, (long)((left - (double)(time_t)left) * 1e9)}, NULL);
}

static ln_store *open_store(const char *where)
{
    ln_store *store;
    ln_db_result result;
    while ((result = ln_store_open(&store, where, &error)) == LN_DB_BUSY)
        continue;
    must(result == LN_DB_DONE, where);
    return store;
}

/* ---- A camera -------------------------------------------------------------------------------- */

static ln_uplink packets[PACKETS];

static void take_photo(void)
{
    ln_bundle bundle;
    ln_picture photo, fitted;
    ln_shot shot;
    must(ln_bundle_open(&bundle, MODEL, &error) == LN_OK, MODEL);
    must(ln_picture_read(&photo, PHOTO, &error) == LN_OK, PHOTO);
    must(ln_fit_picture(&bundle.model, &photo, 0, &fitted, &error) == LN_OK, PHOTO);
    must(ln_shot_take(&shot, &bundle.model, &fitted, 0, 0, &error) == LN_OK, PHOTO);
    for (unsigned i = 0; i < PACKETS; i++) {
        packets[i] = (ln_uplink){.counter_bits = 32, .battery = LN_NO_BATTERY};
        must(ln_camera_next(shot.camera, ROOM, packets[i].payload, &packets[i].size) == LN_OK, PHOTO);
    }
    ln_shot_free(&shot);
    ln_picture_free(&photo);
    ln_picture_free(&fitted);
    ln_bundle_close(&bundle);
}

static void add(ln_store *store, unsigned camera, unsigned packet, uint32_t counter)
{
    ln_uplink frame = packets[packet];
    uint8_t is_new;
    ln_db_result result;
    frame.counter = counter;
    snprintf(frame.device, sizeof frame.device, "%u", camera);
    do
        result = ln_store_add(store, "bench", &frame, 1, now_ms(), &is_new, &error);
    while (result == LN_DB_BUSY);
    must(result == LN_DB_DONE, "adding");
}

/* ---- A worker -------------------------------------------------------------------------------- */

/* An alarm when all of a picture has come. */
static ln_status ask(const void *rules, const char *state, const ln_news *news, ln_verdict *verdict,
                     ln_error *why)
{
    static const char *const targets[] = {"mail"};
    (void)rules;
    (void)state;
    (void)why;
    *verdict = (ln_verdict){.due_ms = UINT64_MAX, .alarms = calloc(news->look_count + 1, sizeof(ln_alarm))};
    for (size_t i = 0; i < news->look_count; i++)
        if (news->looks[i].packets == PACKETS)
            verdict->alarms[verdict->count++] =
                (ln_alarm){.row = {"any", news->looks[i].picture, news->looks[i].picture, news->now_ms, NULL,
                                   0, "{}", targets, 1}};
    return LN_OK;
}

static const ln_worker_config how = {.idle_ms = 600000,
                                     .deadline_ms = 3600000,
                                     .lease_ms = 60000,
                                     .devices = LN_WORKER_DEVICES,
                                     .sure = LN_WORKER_NEVER,
                                     .keep = 5,
                                     .ask = ask};

/* What a worker has done. */
typedef struct report {
    uint64_t looks;
    double cpu_s;
} report;

static double cpu_time(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Tells through the pipe that it is ready; works when it is told to, until nothing is left; reports. */
static int answer_all(const char *where, int to, int from)
{
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_vision *vision;
    ln_worker *worker;
    ln_worker_counts counts;
    size_t taken = 1;
    char byte = 0;
    ln_store *store = open_store(where);
    must(ln_bundle_open(&bundle, MODEL, &error) == LN_OK, MODEL);
    must(ln_decoder_open(&decoder, &bundle.model, bundle.decoder_path, 1, &error) == LN_OK, MODEL);
    must(ln_vision_open(&vision, VISION, NULL, 1, &error) == LN_OK, VISION);
    must(ln_worker_open(&worker, store, &bundle, decoder, vision, &how, &error) == LN_OK, "opening");
    must(write(to, &byte, 1) == 1 && read(from, &byte, 1) == 1, "pipe");
    const double began = cpu_time();
    while (taken) {
        ln_db_result result = ln_worker_step(worker, now_ms(), &taken, &error);
        must(result == LN_DB_DONE || result == LN_DB_BUSY, "working");
        taken += result == LN_DB_BUSY;
    }
    ln_worker_get_counts(worker, &counts);
    const report own = {counts.looks, cpu_time() - began};
    must(write(to, &own, sizeof own) == sizeof own, "pipe");
    return 0;
}

/* ---- Answers a second ------------------------------------------------------------------------ */

static int measure_answers(const char *where, unsigned processes, unsigned pictures)
{
    int done[2], go[2];
    char byte = 0;
    report one, all = {0};
    ln_store *store = open_store(where);
    for (unsigned i = 0; i < pictures; i++)
        for (unsigned k = 0; k < PACKETS; k++)
            add(store, i, k, k);
    ln_store_close(store);
    must(pipe(done) == 0 && pipe(go) == 0, "pipe");
    for (unsigned i = 0; i < processes; i++)
        if (fork() == 0)
            _exit(answer_all(where, done[1], go[0]));
    for (unsigned i = 0; i < processes; i++)
        must(read(done[0], &byte, 1) == 1, "pipe");
    const double began = now();
    for (unsigned i = 0; i < processes; i++)
        must(write(go[1], &byte, 1) == 1, "pipe");
    for (unsigned i = 0; i < processes; i++) {
        must(read(done[0], &one, sizeof one) == sizeof one, "pipe");
        all.looks += one.looks;
        all.cpu_s += one.cpu_s;
    }
    printf("%.0f answers a second, %.1f ms of processor time each\n", (double)all.looks / (now() - began),
           1000 * all.cpu_s / (double)all.looks);
    while (wait(NULL) > 0)
        ;
    return all.looks == pictures ? 0 : 1;
}

/* ---- Latency --------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double ended[CAMERAS], waited[MOST_PICTURES];
static unsigned measured;

/* Takes what is due, as whoever delivers it would. */
static int deliver(ln_store *store)
{
    ln_outbox_row entry;
    ln_db_result result;
    do
        result = ln_store_next(store, "mail", now_ms(), 60000, &entry, &error);
    while (result == LN_DB_BUSY);
    must(result == LN_DB_DONE, "outbox");
    for (unsigned i = 0; entry.id && i < CAMERAS; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u", i);
        if (ln_store_device("bench", name) == entry.device)
            waited[measured++] = now() - ended[i];
    }
    const int found = entry.id != 0;
    ln_outbox_free(&entry);
    return found;
}

static void wait_and_deliver(ln_store *store, double until)
{
    while (now() < until)
        if (!deliver(store))
            wait_until(now() + 0.004 < until ? now() + 0.004 : until);
}

static int measure_latency(const char *where, unsigned pictures)
{
    static atomic_int stop;
    const ln_work_config work = {
        .store = where, .model = MODEL, .vision = VISION, .threads = 1, .worker = how};
    ln_store *store = open_store(where), *outbox = open_store(where);
    const pid_t worker = fork();
    if (worker == 0)
        _exit(ln_work_run(&work, &stop, &error) != LN_OK);
    double next = now() + 3;
    for (unsigned i = 0; i < pictures * PACKETS + CAMERAS; i++)
        for (unsigned c = 0; c < CAMERAS; c++) {
            const unsigned frame = i - c; /* cameras end their pictures at different times */
            wait_and_deliver(outbox, next);
            next += EVERY_MS / 1000.0 / CAMERAS;
            if (i < c || frame >= pictures * PACKETS)
                continue;
            add(store, c, frame % PACKETS, frame / PACKETS * 5000 + frame % PACKETS);
            ended[c] = now();
        }
    wait_and_deliver(outbox, now() + 3);
    kill(worker, SIGKILL);
    wait(NULL);
    qsort(waited, measured, sizeof *waited, compare);
    must(measured > 0, "no alarm came");
    printf("%.0f %.0f %.0f (%u alarms)\n", 1000 * waited[measured / 2], 1000 * waited[measured * 9 / 10],
           1000 * waited[measured - 1], measured);
    return measured == pictures * CAMERAS ? 0 : 1;
}

int main(int count, char **arguments)
{
    take_photo();
    if (count == 5)
        return measure_answers(arguments[2], (unsigned)atoi(arguments[3]), (unsigned)atoi(arguments[4]));
    if (count == 4)
        return measure_latency(arguments[2], (unsigned)atoi(arguments[3]));
    fprintf(stderr, "worker: see bench/worker.sh\n");
    return 2;
}
