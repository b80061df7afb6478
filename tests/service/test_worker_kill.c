/* Programs with two workers and an adder each that are killed at random moments. Each has cameras of its own
 * to add frames of, and its workers take every device. What was acknowledged is kept, every picture is one
 * that was sent, and has one alarm.
 *
 * usage: test_worker_kill [TIMES]     so many programs are killed, two at a time */
#include "service/support_store.h"

#include "cloud/receiver.h"
#include "cloud/support_truth.h"
#include "service/worker/work.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define PROGRAMS 2
#define DEVICES 3 /* of each program */
#define PACKETS 6 /* of a picture that are sent at most */
#define ROOM 30   /* bytes of a packet */
#define PAUSE 5   /* ms between frames: the workers keep up */
#define SHORT 60  /* ms of a lease: the dead's devices must come back within the test */
#define IDLE 400  /* ms after which a picture is over */
#define LIFE 150  /* ms that a program works at most */
#define TARGETS 2

static unsigned kills = 60;
static char model_folder[600], vision_path[600], log_path[PROGRAMS][700];
static ln_bundle bundle;
static ln_camera *camera;

static uint64_t clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void wait_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

#define MUST(condition)                                                                                      \
    do                                                                                                       \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                  \
            _exit(3);                                                                                        \
        }                                                                                                    \
    while (0)

static void open_model(void)
{
    MUST(ln_bundle_open(&bundle, model_folder, NULL) == LN_OK);
    const size_t size = ln_camera_size(&bundle.model, ln_all_kernels);
    MUST(ln_camera_init(&camera, &bundle.model, ln_all_kernels, malloc(size), size) == LN_OK);
}

/* Picture `n` of a device: always the same. */
static void take_picture(truth *t, unsigned program, unsigned device, unsigned n)
{
    uint64_t seed = 1 + n + 1000 * (device + DEVICES * program);
    truth_take(t, camera, &bundle.model, n % LN_PICTURES, &seed);
}

/* ---- What a program does --------------------------------------------------------------------- */

static atomic_int told_ready; /* 1: the program that started this one knows that it works */

/* An alarm for each picture, at its first look and at all that follow. */
static ln_status raise_always(const void *rules, const char *state, const ln_news *news, ln_verdict *verdict,
                              ln_error *error)
{
    static const char *const targets[TARGETS] = {"mail", "web"};
    (void)rules;
    (void)state;
    (void)error;
    if (atomic_exchange(&told_ready, 1) == 0)
        MUST(write(STDOUT_FILENO, "r", 1) == 1);
    *verdict = (ln_verdict){.due_ms = UINT64_MAX, .alarms = calloc(news->look_count + 1, sizeof(ln_alarm))};
    for (size_t i = 0; i < news->look_count; i++)
        verdict->alarms[verdict->count++] =
            (ln_alarm){.row = {"any", news->looks[i].picture, news->looks[i].picture, news->now_ms, NULL, 0,
                               "{}", targets, TARGETS}};
    return LN_OK;
}

static void name_of(char name[16], unsigned program, unsigned device)
{
    snprintf(name, 16, "%u-%u", program, device);
}

/* Adds the next frames of all devices, and notes each that was acknowledged. */
static void add_frames(unsigned program, unsigned first)
{
    ln_store *store;
    truth t = {0};
    const int log = open(log_path[program], O_WRONLY | O_CREAT | O_APPEND, 0600);
    MUST(log >= 0 && ln_store_open(&store, where, NULL) == LN_DB_DONE);
    for (unsigned n = first;; n++)
        for (unsigned device = 0; device < DEVICES; device++) {
            take_picture(&t, program, device, n);
            for (unsigned i = 0; i < PACKETS; i++) {
                ln_uplink frame = {.counter_bits = 32, .counter = n * PACKETS + i, .battery = LN_NO_BATTERY};
                uint8_t is_new;
                ln_db_result result;
                name_of(frame.device, program, device);
                if (ln_camera_next(camera, ROOM, frame.payload, &frame.size) != LN_OK)
                    break; /* all of it has been sent */
                do
                    result = ln_store_add(store, "net", &frame, 1, clock_ms(), &is_new, NULL);
                while (result == LN_DB_BUSY);
                MUST(result == LN_DB_DONE);
                dprintf(log, "%u %u\n", device, frame.counter);
                wait_ms(PAUSE);
            }
        }
}

static ln_work_config config(void)
{
    return (ln_work_config){.store = where,
                            .model = model_folder,
                            .vision = vision_path,
                            .threads = 1,
                            .worker = {.idle_ms = IDLE,
                                       .deadline_ms = 10000,
                                       .lease_ms = SHORT,
                                       .devices = 2,
                                       .sure = LN_WORKER_NEVER,
                                       .keep = 1,
                                       .ask = raise_always}};
}

static void *work_on(void *unused)
{
    static atomic_int stop;
    ln_error error;
    const ln_work_config how = config();
    (void)unused;
    ln_work_run(&how, &stop, &error);
    fprintf(stderr, "%s\n", error.text);
    _exit(4);
}

static int be_program(unsigned program, unsigned first)
{
    pthread_t workers[2];
    for (unsigned i = 0; i < 2; i++)
        MUST(pthread_create(&workers[i], NULL, work_on, NULL) == 0);
    open_model();
    add_frames(program, first);
    return 0;
}

/* ---- Killing --------------------------------------------------------------------------------- */

typedef struct running {
    pid_t process;
    int ready; /* gets a byte when it works */
} running;

/* The picture that a program begins with. It may have been begun before: then its first frames are repeats.
 */
static unsigned next_picture(unsigned program)
{
    unsigned device, counter, last = 0, lines = 0;
    FILE *log = fopen(log_path[program], "r");
    for (; log && fscanf(log, "%u %u\n", &device, &counter) == 2; lines++)
        last = counter;
    if (log)
        fclose(log);
    return lines ? last / PACKETS + 1 : 0;
}

static running start(unsigned program)
{
    char which[12], first[12];
    int ends[2];
    snprintf(which, sizeof which, "%u", program);
    snprintf(first, sizeof first, "%u", next_picture(program));
    assert_int_equal(pipe(ends), 0);
    const running r = {fork(), ends[0]};
    assert_true(r.process >= 0);
    if (r.process == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/proc/self/exe", "worker", which, first, where, folder, (char *)NULL);
        _exit(5);
    }
    close(ends[1]);
    return r;
}

static void kill_it(running *r)
{
    int status;
    kill(r->process, SIGKILL);
    assert_int_equal(waitpid(r->process, &status, 0), r->process);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    close(r->ready);
}

static void run_and_kill(uint64_t *seed)
{
    running all[PROGRAMS];
    for (unsigned i = 0; i < PROGRAMS; i++)
        all[i] = start(i);
    for (unsigned i = 0; i < PROGRAMS; i++) {
        char byte;
        assert_int_equal(read(all[i].ready, &byte, 1), 1);
    }
    for (unsigned i = 0; i < PROGRAMS; i++) {
        wait_ms(random_below(seed, LIFE));
        kill_it(&all[i]);
    }
}

/* ---- What must be there ---------------------------------------------------------------------- */

/* Works until nothing is left. */
static void work_to_the_end(ln_store *store)
{
    const ln_work_config how = config();
    ln_decoder *decoder;
    ln_vision *vision;
    ln_worker *worker;
    size_t taken = 1;
    assert_int_equal(ln_decoder_open(&decoder, &bundle.model, bundle.decoder_path, 1, NULL), LN_OK);
    assert_int_equal(ln_vision_open(&vision, vision_path, NULL, 1, NULL), LN_OK);
    assert_int_equal(ln_worker_open(&worker, store, &bundle, decoder, vision, &how.worker, NULL), LN_OK);
    while (taken)
        assert_done(ln_worker_step(worker, clock_ms() + HOUR, &taken, &error));
    ln_worker_close(worker);
    ln_vision_close(vision);
    ln_decoder_close(decoder);
}

static void take_id(void *context, const ln_db_value *values, size_t count)
{
    int64_t **next = context;
    (void)count;
    *(*next)++ = values->integer;
}

/* All that was acknowledged is there, once. */
static void check_frames(ln_db *db, unsigned program)
{
    unsigned device, counter, lines = 0;
    FILE *log = fopen(log_path[program], "r");
    for (; log && fscanf(log, "%u %u\n", &device, &counter) == 2; lines++) {
        char name[16];
        int64_t there = 0;
        name_of(name, program, device);
        assert_done(
            ln_db_run(db, "SELECT count(*) FROM frame WHERE device = $1 AND counter = $2",
                      LN_DB_VALUES(ln_db_integer(ln_store_device("net", name)), ln_db_integer(counter)),
                      take_count, &there, NULL, &error));
        assert_int_equal(there, 1);
    }
    assert_true(lines > 0);
    fclose(log);
}

/* A picture has frames of one picture that was sent, and shows nothing else. */
static void check_picture(ln_store *store, unsigned program, unsigned device, int64_t id)
{
    const ln_receiver_config config = {.model = &bundle.model, .max_images = 1, .max_waiting_bytes = 4096};
    ln_receiver *receiver;
    ln_kept kept;
    uint64_t image = 0;
    truth t = {0};
    char name[16];
    name_of(name, program, device);
    assert_done(ln_store_picture(store, ln_store_device("net", name), id, &kept, &error));
    assert_true(kept.count > 0);
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
    for (size_t i = 0; i < kept.count; i++) {
        assert_int_equal(kept.frames[i].counter / PACKETS, kept.frames[0].counter / PACKETS);
        ln_receiver_restore(receiver, &(ln_arrival){.device = 1}, kept.frames[i].payload, kept.frames[i].size,
                            &image);
    }
    take_picture(&t, program, device, kept.frames[0].counter / PACKETS);
    assert_true(truth_shows(&t, ln_receiver_image(receiver, image)));
    free(t.value);
    ln_receiver_close(receiver);
    ln_kept_free(&kept);
}

static void check_device(ln_store *store, ln_db *db, unsigned program, unsigned device)
{
    char name[16];
    name_of(name, program, device);
    const ln_db_value key = ln_db_integer(ln_store_device("net", name));
    int64_t count = 0;
    assert_done(ln_db_run(db, "SELECT count(*) FROM picture WHERE device = $1", &key, 1, take_count, &count,
                          NULL, &error));
    int64_t *ids = calloc((size_t)count + 1, sizeof *ids), *next = ids;
    assert_done(
        ln_db_run(db, "SELECT id FROM picture WHERE device = $1", &key, 1, take_id, &next, NULL, &error));
    for (int64_t i = 0; i < count; i++)
        check_picture(store, program, device, ids[i]);
    free(ids);
}

static void killed_workers_lose_nothing_and_raise_nothing_twice(void **state)
{
    ln_store *store = new_store();
    uint64_t seed = 5;
    ln_db *db;
    (void)state;
    for (unsigned i = 0; i < kills; i += PROGRAMS)
        run_and_kill(&seed);
    open_model();
    atomic_store(&told_ready, 1);
    work_to_the_end(store);
    assert_done(ln_db_open(&db, where, &error));
    for (unsigned p = 0; p < PROGRAMS; p++) {
        check_frames(db, p);
        for (unsigned d = 0; d < DEVICES; d++)
            check_device(store, db, p, d);
    }
    ln_db_close(db);
    const int64_t pictures = query("SELECT count(*) FROM picture");
    printf("%u programs killed, %d frames of %d pictures\n", kills, (int)query("SELECT count(*) FROM frame"),
           (int)pictures);
    assert_int_equal(query("SELECT count(*) FROM picture WHERE final = 0"), 0);
    assert_int_equal(query("SELECT count(*) FROM frame WHERE picture = 0"), 0);
    assert_int_equal(query("SELECT count(*) FROM alarm"), pictures);
    assert_int_equal(query("SELECT count(*) FROM outbox"), TARGETS * pictures);
    ln_bundle_close(&bundle);
    free(camera);
    ln_store_close(store);
}

static void name_files(void)
{
    snprintf(model_folder, sizeof model_folder, "%s/model", folder);
    snprintf(vision_path, sizeof vision_path, "%s/mean.onnx", folder);
    for (unsigned i = 0; i < PROGRAMS; i++)
        snprintf(log_path[i], sizeof log_path[i], "%s/log-%u", folder, i);
}

static int make_files(void **state)
{
    char command[2000];
    if (make_folder(state) != 0)
        return -1;
    name_files();
    snprintf(command, sizeof command,
             "mkdir %s && cp tests/models/random-cifar.lnm %s/encoder.lnm &&"
             " cp tests/onnx/random-cifar-decoder.onnx %s/decoder.onnx && cp tests/onnx/mean.onnx %s &&"
             " printf 'task = classify\nwidth = 24\nheight = 16\noutput = logits\n' >%s/mean.vision",
             model_folder, model_folder, model_folder, vision_path, folder);
    return system(command);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_workers_lose_nothing_and_raise_nothing_twice),
    };
    if (count == 5) {
        snprintf(where, sizeof where, "%s", arguments[3]);
        snprintf(folder, sizeof folder, "%s", arguments[4]);
        name_files();
        return be_program((unsigned)atoi(arguments[1]), (unsigned)atoi(arguments[2]));
    }
    if (count == 2)
        kills = (unsigned)atoi(arguments[1]);
    return cmocka_run_group_tests(tests, make_files, remove_folder);
}
