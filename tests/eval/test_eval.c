#include "eval/eval.h"

#include "cloud/bundle.h"
#include "cloud/decoder.h"
#include "cloud/file.h"

#include <limitnet/device.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define VISION ".cache/vision/efficientnet-lite0.onnx"
#define PYTHON ".cache/venv/bin/python"
#define PICTURES "tests/pictures"

static char folder[] = "/tmp/limitnet-eval-XXXXXX";

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void run_command(const char *format, const char *a, const char *b)
{
    char command[512];
    snprintf(command, sizeof command, format, a, b);
    assert_int_equal(system(command), 0);
}

/* A folder for each of these models: its file and a decoder that any symbol can be seen in. */
static const char *const model_names[] = {"random-pyramid", "random-paper", "random-nomap", "tiny"};
#define MODELS (sizeof model_names / sizeof *model_names)

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < MODELS; i++) {
        const char *to = in_folder(model_names[i]);
        run_command("mkdir %.0s%s", "", to);
        run_command("cp tests/models/%s.lnm %s/encoder.lnm", model_names[i], to);
        run_command(PYTHON " tests/make_decoder.py tests/models/%s.lnm %s/decoder.onnx", model_names[i], to);
    }
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    run_command("rm -r %s%s", folder, "");
    return 0;
}

/* ---- Labels ---------------------------------------------------------------------------------- */

static ln_status read_labels(const char *text, size_t most, ln_labels *labels, ln_error *error)
{
    const char *path = in_folder("labels.csv");
    ln_error why;
    if (ln_file_write(path, (const uint8_t *)text, strlen(text), &why) != LN_OK)
        fail_msg("%s", why.text);
    return ln_labels_read(labels, path, PICTURES, 1000, most, error);
}

static void assert_labels(const char *text, size_t most, size_t count)
{
    static const unsigned class_index[] = {281, 967, 999};
    static const char *const file[] = {PICTURES "/cat.jpg", PICTURES "/coffee.webp", PICTURES "/cat.jpg"};
    ln_labels labels;
    ln_error error;
    if (read_labels(text, most, &labels, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(labels.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(labels.items[i].path, file[i]);
        assert_int_equal(labels.items[i].class_index, class_index[i]);
    }
    ln_labels_free(&labels);
}

static void labels_are_read(void **state)
{
    (void)state;
    assert_labels("file,class_index\ncat.jpg,281\ncoffee.webp,967\ncat.jpg,999\n", SIZE_MAX, 3);
    assert_labels("file,class_index\ncat.jpg,281\ncoffee.webp,967\ncat.jpg,999", SIZE_MAX, 3);
    assert_labels("\xEF\xBB\xBF\"file\",class_index\r\ncat.jpg,281\r\n\r\ncoffee.webp,967\r\n", SIZE_MAX, 2);
    assert_labels("author,class_index,file,note\n"
                  "\"A, \"\"B\"\"\nC\",281,\"cat.jpg\",\n"
                  "\"\",\"967\",coffee.webp,\"\"\r\n",
                  SIZE_MAX, 2);
    assert_labels("file,class_index\ncat.jpg,281\ncoffee.webp,967\nmissing.jpg,x,y\n", 2, 2);
}

static void assert_no_labels(const char *text, const char *part)
{
    ln_labels labels;
    ln_error error;
    assert_int_equal(read_labels(text, SIZE_MAX, &labels, &error), LN_ERR_IO);
    assert_null(labels.items);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void wrong_labels_are_refused(void **state)
{
    (void)state;
    assert_no_labels("", "labels.csv:1: no column is named 'file'");
    assert_no_labels("file,class\ncat.jpg,1\n", "labels.csv:1: no column is named 'class_index'");
    assert_no_labels("file,class_index\n\n", "has no row");
    assert_no_labels("file,class_index\ncat.jpg,1\ncat.jpg\n", ":3: has 1 fields where");
    assert_no_labels("file,class_index\ncat.jpg,1,2\n", ":2: has 3 fields where");
    assert_no_labels("a,file,class_index\n\"x\n\ny\",cat.jpg,1\n,cat.jpg,-1\n", ":5: '-1' is no");
    assert_no_labels("file,class_index\ncat.jpg,\n", ":2: '' is no class");
    assert_no_labels("file,class_index\ncat.jpg, 1\n", ":2: ' 1' is no class");
    assert_no_labels("file,class_index\ncat.jpg,1000\n", "0 to 999");
    assert_no_labels("file,class_index\ncat.jpg,99999999999999999999\n", "0 to 999");
    assert_no_labels("file,class_index\n,1\n", ":2: the name of the picture is empty");
    assert_no_labels("file,class_index\ndog.jpg,1\n", ":2: the picture " PICTURES "/dog.jpg");
    assert_no_labels("file,class_index\n\"cat.jpg,1\n", ":2: a quote is not closed");
    assert_no_labels("file,class_index\n\"cat\".jpg,1\n", ":2: text behind a closing quote");
    ln_labels labels;
    ln_error error;
    assert_int_equal(ln_labels_read(&labels, PICTURES "/cat.jpg", "", 1, 1, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "not a text"));
}

/* ---- LimitNet's cuts ------------------------------------------------------------------------- */

static ln_picture read_picture(unsigned width, unsigned height)
{
    ln_picture original, picture;
    ln_error error;
    if (ln_picture_read(&original, PICTURES "/cat.jpg", &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(ln_picture_resize(&original, width, height, LN_FIT_STRETCH, &picture, NULL), LN_OK);
    ln_picture_free(&original);
    return picture;
}

static void open_codec(ln_codec *codec, const char *name, const ln_codec_settings *settings)
{
    ln_error error;
    if (ln_codec_open(codec, name, settings, &error) != LN_OK)
        fail_msg("%s", error.text);
}

/* Sends a picture as the design says, packet by packet, in the plainest way; returns the bytes. */
static size_t send_plainly(ln_camera *camera, ln_receiver *receiver, size_t mtu, size_t budget, uint64_t *id)
{
    size_t sent = 0;
    *id = 0;
    for (;;) {
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size, left = budget - sent, room = left < mtu ? left : mtu;
        if (room < LN_MIN_PAYLOAD || ln_camera_next(camera, room, packet, &size) == LN_END)
            return sent;
        sent += size;
        ln_status status = ln_receiver_push(receiver, 0, 0, packet, size, id);
        assert_true(status == LN_OK || status == LN_NEED_MAP);
    }
}

static void begin_picture(ln_camera *camera, const ln_picture *picture, unsigned protection)
{
    static uint8_t memory[LN_PROTECTION_BYTES];
    assert_int_equal(ln_camera_begin(camera, 0), LN_OK);
    assert_int_equal(ln_camera_protect(camera, protection, memory, sizeof memory), LN_OK);
    assert_int_equal(ln_camera_push_rows(camera, picture->rgb, (size_t)picture->width * picture->height * 3,
                                         picture->height),
                     LN_OK);
    assert_int_equal(ln_camera_finish(camera), LN_OK);
}

static const size_t budgets[] = {4000, 11, 300, 12, 51, 52, 61, 62, 150, 299, 1200, 100000};
#define BUDGETS (sizeof budgets / sizeof *budgets)

/* The same with the rooms of the library, for every budget. */
static void plain_cuts(const char *name, const ln_picture *picture, const ln_codec_settings *settings,
                       size_t *bytes, uint8_t *rgb)
{
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_camera *camera;
    assert_int_equal(ln_bundle_open(&bundle, name, NULL), LN_OK);
    assert_int_equal(ln_decoder_open(&decoder, &bundle.model, bundle.decoder_path, NULL), LN_OK);
    size_t size = ln_camera_size(&bundle.model);
    void *memory = malloc(size);
    assert_int_equal(ln_camera_init(&camera, &bundle.model, memory, size), LN_OK);
    for (size_t i = 0; i < BUDGETS; i++) {
        ln_receiver_config config = {
            .model = &bundle.model, .max_images = 1, .idle_ms = 1, .max_waiting_bytes = 1 << 16};
        ln_receiver *receiver;
        uint64_t id;
        assert_int_equal(ln_receiver_open(&receiver, &config), LN_OK);
        begin_picture(camera, picture, settings->protection);
        bytes[i] = send_plainly(camera, receiver, settings->mtu, budgets[i], &id);
        const ln_image *image = ln_receiver_image(receiver, id);
        assert_int_equal(ln_decoder_run(decoder, &image, 1, rgb, NULL), LN_OK);
        rgb += (size_t)picture->width * picture->height * 3;
        ln_receiver_close(receiver);
    }
    free(memory);
    ln_decoder_close(decoder);
    ln_bundle_close(&bundle);
}

/* The codec's cuts of one picture, all in one batch. */
static void codec_cuts(ln_codec *codec, const ln_picture *picture, size_t *bytes, uint8_t *rgb)
{
    ln_cut cuts[BUDGETS];
    void *stream;
    assert_int_equal(codec->kind->encode(codec, picture, 7, &stream, NULL), LN_OK);
    for (size_t i = 0; i < BUDGETS; i++)
        cuts[i] = (ln_cut){.stream = stream, .budget = budgets[i]};
    ln_error error;
    if (codec->kind->receive(codec, cuts, BUDGETS, rgb, &error) != LN_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < BUDGETS; i++)
        bytes[i] = cuts[i].bytes;
    codec->kind->forget(stream);
}

static void compare_cuts(const char *name, const ln_codec_settings *settings)
{
    ln_codec codec;
    size_t plain_bytes[BUDGETS], bytes[BUDGETS];
    open_codec(&codec, "limitnet", settings);
    ln_picture picture = read_picture(codec.width, codec.height);
    size_t size = BUDGETS * codec.width * codec.height * 3;
    uint8_t *plain = malloc(size), *rgb = malloc(size);
    plain_cuts(name, &picture, settings, plain_bytes, plain);
    codec_cuts(&codec, &picture, bytes, rgb);
    for (size_t i = 0; i < BUDGETS; i++) {
        assert_true(bytes[i] <= budgets[i]);
        assert_int_equal(bytes[i], plain_bytes[i]);
    }
    assert_memory_equal(rgb, plain, size);
    free(plain);
    free(rgb);
    ln_picture_free(&picture);
    ln_codec_close(&codec);
}

static void cuts_are_what_a_camera_sends(void **state)
{
    (void)state;
    const struct {
        const char *model;
        size_t mtu;
        unsigned protection;
    } how[] = {{"random-pyramid", 51, 40},
               {"random-pyramid", 11, 75},
               {"random-pyramid", 30, 0},
               {"random-paper", 242, 40},
               {"random-nomap", 51, 20},
               {"tiny", 11, 75},
               {"tiny", 51, 40}};
    for (size_t i = 0; i < sizeof how / sizeof *how; i++) {
        const char *name = in_folder(how[i].model);
        ln_codec_settings settings = {.model = name, .mtu = how[i].mtu, .protection = how[i].protection};
        compare_cuts(name, &settings);
    }
}

/* Losses cost the same bytes; all of them leave the picture of which nothing came. */
static void lost_packets_count(void **state)
{
    (void)state;
    const uint32_t loss[] = {0, 300000, 300000, 1000000};
    size_t bytes[4][BUDGETS];
    uint8_t *rgb[4];
    for (size_t i = 0; i < 4; i++) {
        ln_codec codec;
        ln_codec_settings settings = {.model = in_folder("tiny"), .mtu = 11, .loss = loss[i], .seed = 5};
        open_codec(&codec, "limitnet", &settings);
        ln_picture picture = read_picture(codec.width, codec.height);
        rgb[i] = malloc(BUDGETS * 8 * 8 * 3);
        codec_cuts(&codec, &picture, bytes[i], rgb[i]);
        ln_picture_free(&picture);
        ln_codec_close(&codec);
        assert_memory_equal(bytes[i], bytes[0], sizeof bytes[0]);
    }
    assert_memory_equal(rgb[1], rgb[2], BUDGETS * 8 * 8 * 3);
    assert_memory_not_equal(rgb[0], rgb[1], BUDGETS * 8 * 8 * 3);
    for (size_t i = 0; i < BUDGETS * 8 * 8; i++)
        assert_memory_equal(rgb[3] + 3 * i, "\x80\x80\x00", 3);
    for (size_t i = 0; i < 4; i++)
        free(rgb[i]);
}

static void wrong_codecs_are_refused(void **state)
{
    (void)state;
    const char *const wrong[][2] = {{"jpeg", "no codec 'jpeg', only: limitnet original"},
                                    {"", "no codec ''"},
                                    {"original:224", "no variant '224'"}};
    ln_codec_settings settings = {.mtu = 51};
    ln_codec codec;
    ln_error error;
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(ln_codec_open(&codec, wrong[i][0], &settings, &error), LN_ERR_ARGUMENT);
        assert_null(codec.kind);
        assert_non_null(strstr(error.text, wrong[i][1]));
    }
    assert_int_equal(ln_codec_open(&codec, "limitnet:nothing-here", &settings, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "nothing-here"));
    /* A model without its decoder. */
    assert_int_equal(ln_codec_open(&codec, "limitnet:tests/models/tiny.lnm", &settings, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "decoder.onnx"));
}

/* ---- Whole runs ------------------------------------------------------------------------------ */

typedef struct course {
    size_t done, broken;
} course;

static void count_progress(void *context, size_t done)
{
    ((course *)context)->done = done;
}

static void count_broken(void *context, const char *message)
{
    assert_non_null(strstr(message, "README.md"));
    ((course *)context)->broken++;
}

static void a_run_fills_all_points(void **state)
{
    (void)state;
    /* The vision model says so at once, among its first five, and not; one is no picture. */
    const char *text = "file,class_index\ncat.jpg,285\nREADME.md,0\ncoffee.webp,967\n"
                       "rocket.png,657\nastronaut.ppm,0\n";
    char codec_name[128];
    snprintf(codec_name, sizeof codec_name, "limitnet:%s", in_folder("random-pyramid"));
    ln_codec_settings settings = {.mtu = 51};
    ln_codec codecs[2];
    open_codec(&codecs[0], codec_name, &settings);
    open_codec(&codecs[1], "original", &settings);
    ln_vision *vision;
    ln_labels labels;
    assert_int_equal(ln_vision_open(&vision, VISION, NULL, 0, NULL), LN_OK);
    assert_int_equal(read_labels(text, SIZE_MAX, &labels, NULL), LN_OK);
    course c = {0};
    ln_eval_task task = {&labels, vision, codecs, 2, budgets, BUDGETS, count_progress, count_broken, &c};
    assert_int_equal(ln_eval_points(&task), BUDGETS + 1);
    ln_point points[BUDGETS + 1];
    ln_error error;
    if (ln_eval_run(&task, points, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(c.done, 5);
    assert_int_equal(c.broken, 1);
    for (size_t i = 0; i < BUDGETS; i++) {
        assert_ptr_equal(points[i].codec, &codecs[0]);
        assert_int_equal(points[i].budget, budgets[i]);
        assert_int_equal(points[i].count, 4);
        assert_true(points[i].bytes <= 4 * budgets[i]);
    }
    assert_int_equal(points[1].bytes, 44);
    const ln_point *original = &points[BUDGETS];
    assert_int_equal(original->budget, 0);
    assert_int_equal(original->count, 4);
    assert_int_equal(original->bytes, 4 * 224 * 224 * 3);
    assert_int_equal(original->top1, 2);
    assert_int_equal(original->top5, 3);
    ln_labels_free(&labels);
    ln_vision_close(vision);
    ln_codec_close(&codecs[0]);
    ln_codec_close(&codecs[1]);
}

static void points_become_a_table(void **state)
{
    (void)state;
    const ln_codec limitnet = {.name = "limitnet:m"}, original = {.name = "original"};
    const ln_point points[] = {{&limitnet, 300, 898, 1, 2, 3}, {&original, 0, 60, 3, 3, 3}};
    uint8_t *text;
    size_t size;
    assert_int_equal(ln_eval_write(points, 2, in_folder("out.csv"), NULL), LN_OK);
    assert_int_equal(ln_file_read(in_folder("out.csv"), 1000, &text, &size, NULL), LN_OK);
    assert_string_equal((char *)text, "codec,param,bytes,top1,top5,n\n"
                                      "limitnet:m,300,299.3,0.3333,0.6667,3\n"
                                      "original,-,20.0,1.0000,1.0000,3\n");
    free(text);
    ln_error error;
    assert_int_equal(ln_eval_write(points, 2, in_folder("nowhere/out.csv"), &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "nowhere/out.csv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_read),
        cmocka_unit_test(wrong_labels_are_refused),
        cmocka_unit_test(cuts_are_what_a_camera_sends),
        cmocka_unit_test(lost_packets_count),
        cmocka_unit_test(wrong_codecs_are_refused),
        cmocka_unit_test(a_run_fills_all_points),
        cmocka_unit_test(points_become_a_table),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
