/* Every allocation of every public function fails once: a clear error and nothing leaked, or the right
 * result. The address sanitizer looks for leaks when the program ends. Allocations inside OpenVINO are left
 * out. */
#include <limitnet/cloud.h>

#include "faults/fault.h"
#include "support_command.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#define MODEL "tests/models/random-cifar.lnm"
#define DECODER "tests/onnx/random-cifar-decoder.onnx"

/* What a function made, so that two results can be compared. */
static uint32_t result;

static void add_result(const void *bytes, size_t size)
{
    result = (uint32_t)crc32_z(result, bytes, size);
}

static void take_picture(ln_status status, ln_picture *picture)
{
    if (status != LN_OK)
        assert_null(picture->rgb);
    else
        add_result(picture->rgb, (size_t)picture->width * picture->height * 3);
    add_result(&picture->cut, sizeof picture->cut);
    ln_picture_free(picture);
}

/* ---- Failing -------------------------------------------------------------------------------- */

typedef ln_status work(const char *file, ln_error *error);

/* Does some work again and again. The first time everything succeeds, then one allocation after the other
 * fails. */
static void each_allocation_fails(work *w, const char *file)
{
    ln_error error;
    result = 0;
    if (w(file, &error) != LN_OK)
        fail_msg("%s: %s", file, error.text);
    uint32_t right = result;
    unsigned n = 0;
    for (int failed = 1; failed;) {
        result = 0;
        error.text[0] = 0;
        fault_arm(FAULT_MEMORY, ++n, ENOMEM);
        ln_status status = w(file, &error);
        failed = fault_disarm();
        if (status == LN_OK && result != right)
            fail_msg("%s: allocation %u fails: another result", file, n);
        if (status != LN_OK &&
            (status != LN_ERR_MEMORY || error.status != status || !strstr(error.text, "not enough memory")))
            fail_msg("%s: allocation %u fails: %s", file, n, error.text);
    }
    assert_true(n > 1);
}

/* ---- Pictures -------------------------------------------------------------------------------- */

static ln_status make_picture(const char *file, ln_error *error)
{
    (void)file;
    ln_picture picture;
    ln_status status = ln_picture_make(&picture, 9, 7, error);
    take_picture(status, &picture);
    return status;
}

static ln_status read_picture(const char *file, ln_error *error)
{
    ln_picture picture;
    ln_status status = ln_picture_read(&picture, file, error);
    take_picture(status, &picture);
    return status;
}

static ln_status read_as_stored(const char *file, ln_error *error)
{
    ln_picture picture;
    ln_status status = ln_picture_read_as_stored(&picture, file, error);
    take_picture(status, &picture);
    return status;
}

static ln_picture cat; /* what the functions work on that do not read a picture */

static ln_status resize(const char *file, ln_error *error)
{
    (void)file;
    ln_picture small;
    ln_status status = ln_picture_resize(&cat, 31, 33, LN_FIT_CROP, &small, error);
    take_picture(status, &small);
    return status;
}

static ln_status write_png(const char *file, ln_error *error)
{
    unlink(file);
    ln_status status = ln_picture_write_png(&cat, file, error);
    assert_int_equal(access(file, F_OK) == 0, status == LN_OK);
    return status;
}

/* A file that ends in the middle of its second half, which only WebP and PNG still read. */
static ln_status read_cut(const char *file, ln_error *error)
{
    static uint8_t bytes[1 << 17];
    FILE *from = fopen(file, "rb");
    if (!from) { /* the file's buffer */
        error->status = LN_ERR_MEMORY;
        strcpy(error->text, "not enough memory");
        return LN_ERR_MEMORY;
    }
    size_t size = fread(bytes, 1, sizeof bytes, from);
    fclose(from);
    ln_picture picture;
    ln_status status = ln_picture_decode(&picture, bytes, size - 1, file, error);
    take_picture(status, &picture);
    return status;
}

static void pictures(void **state)
{
    (void)state;
    static const char *const files[] = {
        "tests/pictures/cat.jpg",         "tests/pictures/coffee.webp",
        "tests/pictures/rocket.png",      "tests/pictures/odd/cmyk.jpg",
        "tests/pictures/odd/grey.jpg",    "tests/pictures/odd/progressive.jpg",
        "tests/pictures/odd/alpha.png",   "tests/pictures/odd/grey.png",
        "tests/pictures/odd/palette.png", "tests/pictures/odd/bits.png",
        "tests/pictures/odd/grey16.png",  "tests/pictures/odd/grey.pgm",
        "tests/golden/photo-50x30.ppm",   "tests/pictures/turned/6.jpg",
        "tests/pictures/turned/6.png",    "tests/pictures/odd/exif-turned.jpg",
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        each_allocation_fails(read_picture, files[i]);
    each_allocation_fails(read_as_stored, "tests/pictures/turned/6.jpg");
    each_allocation_fails(read_cut, "tests/pictures/coffee.webp");
    each_allocation_fails(read_cut, "tests/pictures/rocket.png");
    each_allocation_fails(make_picture, "-");
    /* libwebp 1.2.4 crashes where it has no memory for the tables of a lossless file. */
    fault_spare("libwebp");
    each_allocation_fails(read_picture, "tests/pictures/odd/alpha.webp");
    each_allocation_fails(read_picture, "tests/pictures/odd/lossless.webp");
    each_allocation_fails(read_picture, "tests/pictures/turned/6.webp");
    fault_spare(NULL);
    each_allocation_fails(resize, "-");
    char path[] = "/tmp/limitnet-memory-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    each_allocation_fails(write_png, path);
    unlink(path);
}

/* ---- Streams --------------------------------------------------------------------------------- */

#define PROTECTED "tests/golden/random-cifar-photo-checked-protected-varying.lnp"

static ln_status read_stream(const char *file, ln_error *error)
{
    ln_stream stream;
    ln_status status = ln_stream_read(&stream, file, error);
    if (status != LN_OK)
        assert_null(stream.bytes);
    add_result(stream.bytes, stream.size);
    ln_stream_free(&stream);
    return status;
}

/* After an error the stream is as before. */
static ln_status fill_stream(const char *file, ln_error *error)
{
    (void)file;
    static const uint8_t packet[LN_MAX_PAYLOAD] = {1, 2, 3};
    ln_stream stream = {0};
    ln_status status = LN_OK;
    for (size_t i = 0; i < 40 && status == LN_OK; i++) {
        status = ln_stream_add(&stream, packet, sizeof packet, error);
        assert_int_equal(stream.packets, i + (status == LN_OK));
    }
    add_result(stream.bytes, stream.size);
    ln_stream_free(&stream);
    return status;
}

static ln_stream sent; /* the packets of PROTECTED */

static ln_status write_stream(const char *file, ln_error *error)
{
    unlink(file);
    ln_status status = ln_stream_write(&sent, file, error);
    assert_int_equal(access(file, F_OK) == 0, status == LN_OK);
    return status;
}

static void streams(void **state)
{
    (void)state;
    each_allocation_fails(read_stream, PROTECTED);
    each_allocation_fails(fill_stream, "-");
    char path[] = "/tmp/limitnet-memory-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    each_allocation_fails(write_stream, path);
    unlink(path);
}

/* ---- Models ---------------------------------------------------------------------------------- */

static ln_status take_bundle(ln_status status, ln_bundle *bundle)
{
    if (status != LN_OK) {
        assert_null(bundle->bytes);
        assert_null(bundle->encoder_path);
        assert_null(bundle->eyes_path);
    } else {
        add_result(bundle->encoder_path, strlen(bundle->encoder_path));
        add_result(bundle->eyes_path, strlen(bundle->eyes_path));
        add_result(&bundle->model.checksum, sizeof bundle->model.checksum);
    }
    ln_bundle_close(bundle);
    return status;
}

static ln_status open_bundle(const char *name, ln_error *error)
{
    ln_bundle bundle;
    return take_bundle(ln_bundle_open(&bundle, name, error), &bundle);
}

static uint32_t wanted; /* the checksum of a model among those of the source tree */

static ln_status find_bundle(const char *name, ln_error *error)
{
    (void)name;
    ln_bundle bundle;
    return take_bundle(ln_bundle_find(&bundle, wanted, error), &bundle);
}

/* A folder with both decoders. Only their names are looked at. */
static void a_model_with_eyes(void)
{
    char folder[] = "/tmp/limitnet-memory-XXXXXX";
    assert_non_null(mkdtemp(folder));
    run_command("cp " MODEL " %s/encoder.lnm && touch %s/decoder.onnx %s/eyes.onnx", folder, folder, folder);
    each_allocation_fails(open_bundle, folder);
    run_command("rm -r %s", folder);
}

static void models(void **state)
{
    (void)state;
    ln_bundle bundle;
    assert_int_equal(ln_bundle_open(&bundle, "paper-224", NULL), LN_OK);
    wanted = bundle.model.checksum;
    ln_bundle_close(&bundle);
    each_allocation_fails(open_bundle, "pyramid-224");
    each_allocation_fails(open_bundle, "models/pyramid-224");
    each_allocation_fails(open_bundle, MODEL);
    a_model_with_eyes();
    each_allocation_fails(find_bundle, "a checksum");
}

/* ---- Receiver -------------------------------------------------------------------------------- */

static ln_bundle model;

static void add_image(const ln_image *image)
{
    for (unsigned c = 0; c < model.model.channels; c++)
        for (unsigned p = 0; p < ln_model_places(&model.model, c); p++) {
            int32_t value = ln_image_value(image, c, p);
            add_result(&value, sizeof value);
        }
}

/* Pushes a packet. One that memory was short for comes again, as the caller may have it. */
static void push(ln_receiver *receiver, const uint8_t *packet, size_t size, uint64_t *id)
{
    const ln_arrival arrival = {0};
    ln_status status = ln_receiver_push(receiver, &arrival, packet, size, id);
    if (status == LN_ERR_MEMORY)
        status = ln_receiver_push(receiver, &arrival, packet, size, id);
    assert_true(status == LN_OK || status == LN_NEED_MAP);
}

/* Loses the first packet, which the others need and repair packets bring back. */
static ln_status receive(const char *file, ln_error *error)
{
    (void)file;
    ln_receiver *receiver;
    ln_receiver_config config = {.model = &model.model, .max_images = 2, .max_waiting_bytes = 4096};
    ln_status status = ln_receiver_open(&receiver, &config, error);
    if (status != LN_OK) {
        assert_null(receiver);
        return status;
    }
    size_t at = 0, size;
    uint64_t id = 0;
    const uint8_t *packet = ln_stream_next(&sent, &at, &size);
    while ((packet = ln_stream_next(&sent, &at, &size)))
        push(receiver, packet, size, &id);
    add_image(ln_receiver_image(receiver, id));
    ln_receiver_close(receiver);
    return LN_OK;
}

static void receivers(void **state)
{
    (void)state;
    each_allocation_fails(receive, "a receiver");
}

/* ---- Networks -------------------------------------------------------------------------------- */

static ln_status decode(const char *file, ln_error *error)
{
    static uint8_t rgb[2 * 32 * 32 * 3];
    const ln_image *const nothing[2] = {NULL, NULL};
    ln_decoder *decoder;
    ln_status status = ln_decoder_open(&decoder, &model.model, file, 0, error);
    if (status != LN_OK)
        assert_null(decoder);
    else
        status = ln_decoder_run(decoder, nothing, 2, rgb, error);
    if (status == LN_OK)
        add_result(rgb, sizeof rgb);
    ln_decoder_close(decoder);
    return status;
}

static ln_status classify(const char *file, ln_error *error)
{
    ln_vision *vision;
    ln_vision_config config;
    ln_class best[2];
    ln_vision_config_default(&config);
    config.width = 24;
    config.height = 16;
    config.output = LN_OUTPUT_LOGITS;
    strcpy(config.labels, "tests/onnx/pets.txt");
    ln_status status = ln_vision_open(&vision, file, &config, 1, error);
    if (status != LN_OK)
        assert_null(vision);
    else
        status = ln_vision_classify(vision, &cat, 1, LN_FIT_CROP, 2, best, error);
    if (status == LN_OK)
        add_result(&best[0].score, sizeof best[0].score);
    ln_vision_close(vision);
    return status;
}

static ln_status detect(const char *file, ln_error *error)
{
    static ln_object objects[LN_MAX_OBJECTS];
    ln_vision *vision;
    size_t found;
    ln_status status = ln_vision_open(&vision, file, NULL, 1, error);
    if (status != LN_OK)
        assert_null(vision);
    else
        status = ln_vision_detect(vision, &cat, 1, NULL, objects, &found, error);
    for (size_t i = 0; status == LN_OK && i < found; i++)
        add_result(&objects[i].x, sizeof objects[i].x);
    ln_vision_close(vision);
    return status;
}

/* A failure leaves the vision model as it was. */
static ln_status adapt(const char *file, ln_error *error)
{
    ln_vision *vision;
    char path[64];
    snprintf(path, sizeof path, "%s", file);
    ln_bundle bundle = {.vision_path = path};
    ln_status status = ln_vision_open(&vision, file, NULL, 1, error);
    if (status == LN_OK)
        status = ln_vision_adapt(vision, &bundle, 1, error);
    assert_int_equal(ln_vision_for(vision, 0) != vision, status == LN_OK);
    ln_vision_close(vision);
    return status;
}

static ln_status read_settings(const char *file, ln_error *error)
{
    ln_vision_config config, before;
    ln_vision_config_default(&config);
    before = config;
    ln_status status = ln_vision_config_read(&config, file, error);
    if (status != LN_OK)
        assert_memory_equal(&config, &before, sizeof config);
    add_result(&config, sizeof config);
    return status;
}

static void networks(void **state)
{
    (void)state;
    each_allocation_fails(read_settings, "tests/onnx/objects.onnx");
    each_allocation_fails(decode, DECODER);
    each_allocation_fails(classify, "tests/onnx/mean.onnx");
    each_allocation_fails(detect, "tests/onnx/objects.onnx");
    each_allocation_fails(adapt, "tests/onnx/objects.onnx");
}

/* ---- All ------------------------------------------------------------------------------------- */

static int open_all(void **state)
{
    (void)state;
    ln_error error;
    if (ln_picture_read(&cat, "tests/pictures/odd/rgb.png", &error) != LN_OK ||
        ln_stream_read(&sent, PROTECTED, &error) != LN_OK || ln_bundle_open(&model, MODEL, &error) != LN_OK)
        fail_msg("%s", error.text);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    ln_picture_free(&cat);
    ln_stream_free(&sent);
    ln_bundle_close(&model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pictures),  cmocka_unit_test(streams),  cmocka_unit_test(models),
        cmocka_unit_test(receivers), cmocka_unit_test(networks),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
