/* Many cameras, receivers, decoders and vision models at once, each of one thread, around one model that all
 * share; and one picture that several threads read. tests/threads.sh runs this under the thread sanitizer. */
#include "host/send.h"

#include <limitnet/cloud.h>
#include <limitnet/device.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define THREADS 4
#define ROUNDS 3
#define SIDE 32 /* of the model's pictures */

/* What all threads share, and only read. */
static ln_bundle bundle;
static ln_picture photo;
static char folder[] = "/tmp/limitnet-threads-XXXXXX";

/* What a thread made of the photo: always the same. */
typedef struct work {
    unsigned number;
    const char *failed; /* null: nothing */
    size_t packets;
    uint8_t rgb[SIDE * SIDE * 3];
    ln_class best;
    ln_object object;
} work;

#define STEP(w, call)                                                                                        \
    do {                                                                                                     \
        if ((call) != LN_OK && !(w)->failed)                                                                 \
            (w)->failed = #call;                                                                             \
    } while (0)

static void look(work *w, const ln_picture *picture)
{
    ln_vision_config config;
    ln_vision *classifier, *detector;
    ln_object objects[LN_MAX_OBJECTS];
    size_t found;
    ln_vision_config_default(&config);
    config.width = 24;
    config.height = 16;
    config.output = LN_OUTPUT_LOGITS;
    STEP(w, ln_vision_open(&classifier, "tests/onnx/mean.onnx", &config, 1, NULL));
    STEP(w, ln_vision_open(&detector, "tests/onnx/objects.onnx", NULL, 1, NULL));
    STEP(w, ln_vision_classify(classifier, picture, 1, LN_FIT_STRETCH, 1, &w->best, NULL));
    STEP(w, ln_vision_detect(detector, picture, 1, NULL, objects, &found, NULL));
    w->object = objects[0];
    w->best.label = w->object.label = NULL; /* the models' */
    ln_vision_close(classifier);
    ln_vision_close(detector);
}

static void decode(work *w, const ln_image *image)
{
    ln_decoder *decoder;
    const ln_picture picture = {.width = SIDE, .height = SIDE, .rgb = w->rgb};
    STEP(w, ln_decoder_open(&decoder, &bundle.model, bundle.decoder_path, 1, NULL));
    STEP(w, ln_decoder_run(decoder, &image, 1, w->rgb, NULL));
    ln_decoder_close(decoder);
    look(w, &picture);
}

static void receive(work *w, const ln_stream *stream)
{
    const ln_receiver_config config = {.model = &bundle.model, .max_images = 2, .max_waiting_bytes = 1024};
    const ln_arrival arrival = {.device = w->number};
    ln_receiver *receiver;
    const uint8_t *packet;
    size_t at = 0, size;
    uint64_t id = 0;
    STEP(w, ln_receiver_open(&receiver, &config, NULL));
    while ((packet = ln_stream_next(stream, &at, &size)))
        ln_receiver_push(receiver, &arrival, packet, size, &id);
    decode(w, ln_receiver_image(receiver, id));
    ln_receiver_close(receiver);
}

/* Every file of its own: threads share the disk. */
static void write_and_read(work *w, ln_stream *stream)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%u.lnp", folder, w->number);
    STEP(w, ln_stream_write(stream, path, NULL));
    ln_stream_free(stream);
    STEP(w, ln_stream_read(stream, path, NULL));
    w->packets = stream->packets;
}

static void *do_all(void *context)
{
    work *w = context;
    for (unsigned i = 0; i < ROUNDS; i++) {
        ln_sending how = LN_SENDING_DEFAULT;
        ln_stream stream;
        how.protection = 30;
        STEP(w, ln_send_picture(&bundle.model, &photo, &how, &stream, NULL));
        write_and_read(w, &stream);
        receive(w, &stream);
        ln_stream_free(&stream);
    }
    return NULL;
}

static void each_thread_has_its_own(void **state)
{
    (void)state;
    static work all[THREADS], alone;
    pthread_t thread[THREADS];
    for (unsigned i = 0; i < THREADS; i++) {
        all[i].number = i;
        assert_int_equal(pthread_create(&thread[i], NULL, do_all, &all[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    do_all(&alone);
    assert_null(alone.failed);
    for (unsigned i = 0; i < THREADS; i++) {
        if (all[i].failed)
            fail_msg("thread %u: %s", i, all[i].failed);
        assert_int_equal(all[i].packets, alone.packets);
        assert_memory_equal(all[i].rgb, alone.rgb, sizeof alone.rgb);
        assert_memory_equal(&all[i].best, &alone.best, sizeof alone.best);
        assert_memory_equal(&all[i].object, &alone.object, sizeof alone.object);
    }
}

/* ---- One picture, many readers --------------------------------------------------------------- */

static void *read_image(void *image)
{
    int64_t *sum = calloc(1, sizeof *sum);
    ln_image_info info;
    ln_image_get_info(image, &info);
    *sum = info.symbols + (ln_image_map(image) ? ln_image_map(image)[0] : 0);
    for (unsigned c = 0; c < bundle.model.channels; c++)
        for (unsigned p = 0; p < ln_model_places(&bundle.model, c); p++)
            *sum += ln_image_value(image, c, p) + (int64_t)ln_image_known(image, c, p);
    return sum;
}

static void a_picture_may_be_read_by_many(void **state)
{
    (void)state;
    ln_sending how = LN_SENDING_DEFAULT;
    ln_stream stream;
    ln_suit_loss(&how, 0);
    const ln_receiver_config config = {.model = &bundle.model, .max_images = 1};
    const ln_arrival arrival = {0};
    ln_receiver *receiver;
    const uint8_t *packet;
    size_t at = 0, size;
    uint64_t id = 0;
    assert_int_equal(ln_send_picture(&bundle.model, &photo, &how, &stream, NULL), LN_OK);
    assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
    while ((packet = ln_stream_next(&stream, &at, &size)))
        assert_int_equal(ln_receiver_push(receiver, &arrival, packet, size, &id), LN_OK);
    void *image = (void *)(uintptr_t)ln_receiver_image(receiver, id);
    pthread_t thread[THREADS];
    int64_t *right = read_image(image), *sum;
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, read_image, image), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(thread[i], (void **)&sum);
        assert_true(*sum == *right);
        free(sum);
    }
    free(right);
    ln_receiver_close(receiver);
    ln_stream_free(&stream);
}

/* ---- All ------------------------------------------------------------------------------------- */

static int open_all(void **state)
{
    (void)state;
    char command[256];
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command,
             "cp tests/models/random-cifar.lnm %s/encoder.lnm && "
             "cp tests/onnx/random-cifar-decoder.onnx %s/decoder.onnx",
             folder, folder);
    ln_error error;
    if (system(command) != 0 || ln_bundle_open(&bundle, folder, &error) != LN_OK ||
        ln_picture_read(&photo, "tests/golden/photo-32x32.ppm", &error) != LN_OK)
        fail_msg("%s", error.text);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    char command[64];
    ln_bundle_close(&bundle);
    ln_picture_free(&photo);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_thread_has_its_own),
        cmocka_unit_test(a_picture_may_be_read_by_many),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
