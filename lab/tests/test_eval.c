#include "eval/eval.h"

#include <limitnet/cloud.h>
#include "cloud/file.h"
#include "host/labels.h"
#include "measures/measure_classify.h"
#include "measures/measure_detect.h"
#include "eval/outcomes.h"
#include "support_command.h"

#include <limitnet/device.h>

#include <math.h>
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

/* Each of these models gets a folder with its file and a decoder in whose picture every symbol can be seen.
 */
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
    static const char *const file[] = {PICTURES "/cat.jpg", PICTURES "/coffee.webp", PICTURES "/rocket.png"};
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
    assert_labels("file,class_index\ncat.jpg,281\ncoffee.webp,967\nrocket.png,999\n", SIZE_MAX, 3);
    assert_labels("file,class_index\ncat.jpg,281\ncoffee.webp,967\nrocket.png,999", SIZE_MAX, 3);
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
    assert_no_labels("file,class_index,file\ncat.jpg,1,coffee.webp\n", ":1: two columns are named 'file'");
    assert_no_labels("class_index,file,class_index\n1,cat.jpg,2\n", "or 'class_index': name the others");
    assert_no_labels("file,class_index\ncat.jpg,1\ncoffee.webp,1\ncat.jpg,2\n", "cat.jpg twice: remove one");
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

/* ---- LimitNet's deliveries ------------------------------------------------------------------- */

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

/* Sends a picture packet by packet, in the plainest way; returns the bytes sent. */
static size_t send_plainly(ln_camera *camera, ln_receiver *receiver, size_t mtu, size_t budget, uint64_t *id)
{
    const ln_arrival arrival = {0};
    size_t sent = 0;
    *id = 0;
    for (;;) {
        uint8_t packet[LN_MAX_PAYLOAD];
        size_t size, left = budget - sent, room = left < mtu ? left : mtu;
        if (room < LN_MIN_PAYLOAD || ln_camera_next(camera, room, packet, &size) == LN_END)
            return sent;
        sent += size;
        ln_status status = ln_receiver_push(receiver, &arrival, packet, size, id);
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

/* Sends and decodes a picture with the library's own functions, at every budget. */
static void plain_cuts(const char *name, const ln_picture *picture, const ln_codec_settings *settings,
                       size_t *bytes, uint8_t *rgb)
{
    ln_bundle bundle;
    ln_decoder *decoder;
    ln_camera *camera;
    assert_int_equal(ln_bundle_open(&bundle, name, NULL), LN_OK);
    assert_int_equal(ln_decoder_open(&decoder, &bundle.model, bundle.decoder_path, 0, NULL), LN_OK);
    size_t size = ln_camera_size(&bundle.model, ln_all_kernels);
    void *memory = malloc(size);
    assert_int_equal(ln_camera_init(&camera, &bundle.model, ln_all_kernels, memory, size), LN_OK);
    for (size_t i = 0; i < BUDGETS; i++) {
        ln_receiver_config config = {
            .model = &bundle.model, .max_images = 1, .idle_ms = 1, .max_waiting_bytes = 1 << 16};
        ln_receiver *receiver;
        uint64_t id;
        assert_int_equal(ln_receiver_open(&receiver, &config, NULL), LN_OK);
        begin_picture(camera, picture, settings->protection);
        bytes[i] = send_plainly(camera, receiver, settings->mtu[0], budgets[i], &id);
        const ln_image *image = ln_receiver_image(receiver, id);
        assert_int_equal(ln_decoder_run(decoder, &image, 1, rgb, NULL), LN_OK);
        rgb += (size_t)picture->width * picture->height * 3;
        ln_receiver_close(receiver);
    }
    free(memory);
    ln_decoder_close(decoder);
    ln_bundle_close(&bundle);
}

/* The codec's deliveries of one picture, all in one batch. */
static void codec_cuts(ln_codec *codec, const ln_picture *picture, size_t *bytes, uint8_t *rgb)
{
    ln_delivery deliveries[BUDGETS];
    void *stream;
    assert_int_equal(codec->kind->encode(codec, picture, 7, &stream, NULL), LN_OK);
    for (size_t i = 0; i < BUDGETS; i++)
        deliveries[i] = (ln_delivery){.stream = stream, .way = LN_WAY_CUT, .budget = budgets[i]};
    ln_error error;
    if (codec->kind->receive(codec, deliveries, BUDGETS, rgb, &error) != LN_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < BUDGETS; i++)
        bytes[i] = deliveries[i].bytes;
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
        ln_codec_settings settings = {.model = name, .mtu = {how[i].mtu}, .protection = how[i].protection};
        compare_cuts(name, &settings);
    }
}

/* Lost packets count. If all are lost, the result is the picture that the decoder makes of nothing. */
static void lost_packets_count(void **state)
{
    (void)state;
    const uint32_t loss[] = {0, 300000, 300000, 1000000};
    size_t bytes[4][BUDGETS];
    uint8_t *rgb[4];
    for (size_t i = 0; i < 4; i++) {
        ln_codec codec;
        ln_codec_settings settings = {.model = in_folder("tiny"), .mtu = {11}, .loss = loss[i], .seed = 5};
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
    const char *const wrong[][2] = {{"jpg", "no codec 'jpg'; the codecs are: limitnet original jpeg"},
                                    {"", "no codec ''"},
                                    {"limitnet-bare", "no codec 'limitnet-bare'"},
                                    {"webp:7", "no side in pixels from 8 to 224"},
                                    {"shrink+webp-bare:96x", "no side in pixels"},
                                    {"original:224", "no variant '224'"}};
    ln_codec_settings settings = {.mtu = {51}};
    ln_codec codec;
    ln_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
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

/* The classes of a picture as it came, by a vision model that is asked directly. */
static void ask(const char *settings, const ln_picture *picture, float scores[3])
{
    ln_vision_config config;
    ln_vision *vision;
    ln_class found[3];
    ln_vision_config_default(&config);
    assert_int_equal(ln_vision_config_read(&config, settings, NULL), LN_OK);
    assert_int_equal(ln_vision_open(&vision, "tests/onnx/colours-bias.onnx", &config, 1, NULL), LN_OK);
    assert_int_equal(ln_vision_classify(vision, picture, 1, LN_FIT_STRETCH, 3, found, NULL), LN_OK);
    for (size_t i = 0; i < 3; i++)
        scores[found[i].index] = found[i].score;
    ln_vision_close(vision);
}

/* The model's own vision model is the usual one with another divisor, so it sees the opposite. */
static void an_adapted_codec_sees_few_bytes_by_its_own_vision_model(void **state)
{
    (void)state;
    char model[128], usual[128], own[160], name[160];
    snprintf(model, sizeof model, "%s", in_folder("random-pyramid"));
    snprintf(usual, sizeof usual, "%s", in_folder("usual.onnx"));
    snprintf(own, sizeof own, "%s/vision/vision.onnx", model);
    snprintf(name, sizeof name, "limitnet:%s+adapted", model);
    ln_codec_settings settings = {.mtu = {51}};
    ln_codec codec, plain;
    ln_error error;
    assert_int_equal(ln_codec_open(&codec, name, &settings, &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "brings no vision model"));
    run_command("mkdir %s/vision && cp tests/onnx/colours-bias.onnx %s/vision/vision.onnx", model, model);
    run_command(
        "printf 'width = 24\\nheight = 16\\ndivisor = -128\\nbelow = 300\\n' >%s/vision/vision.vision%s",
        model, "");
    assert_int_equal(ln_codec_open(&codec, name, &settings, &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "--task classify")); /* there is no usual one */
    run_command("cp tests/onnx/colours-bias.onnx %s%s", usual, "");
    run_command("printf 'width = 24\\nheight = 16\\n' >%s/usual.vision%s", folder, "");
    settings.vision = usual;
    open_codec(&codec, name, &settings);
    *strchr(name, '+') = 0;
    open_codec(&plain, name, &settings);
    assert_int_equal(codec.classes, 3);
    assert_int_equal(plain.classes, 0);
    ln_picture picture = read_picture(codec.width, codec.height);
    const size_t size = (size_t)3 * codec.width * codec.height;
    ln_delivery deliveries[3] = {{.way = LN_WAY_CUT, .budget = 299},
                                 {.way = LN_WAY_CUT, .budget = 300},
                                 {.way = LN_WAY_CUT, .budget = 2000}};
    void *stream;
    uint8_t *rgb = malloc(3 * size);
    float seen[9], scores[3];
    assert_int_equal(codec.kind->encode(&codec, &picture, 0, &stream, NULL), LN_OK);
    for (size_t i = 0; i < 3; i++)
        deliveries[i].stream = stream;
    assert_int_equal(codec.kind->recognise(&codec, deliveries, 3, seen, NULL), LN_OK);
    assert_int_equal(plain.kind->receive(&plain, deliveries, 3, rgb, NULL), LN_OK);
    assert_true(deliveries[0].bytes == 299 && deliveries[1].bytes == 300);
    for (size_t i = 0; i < 3; i++) {
        const ln_picture came = {.width = codec.width, .height = codec.height, .rgb = rgb + i * size};
        ask(deliveries[i].bytes < 300 ? own : usual, &came, scores);
        for (size_t k = 0; k < 3; k++)
            assert_true(fabsf(seen[3 * i + k] - scores[k]) < 1e-5f);
    }
    codec.kind->forget(stream);
    ln_picture_free(&picture);
    free(rgb);
    ln_codec_close(&plain);
    ln_codec_close(&codec);
    run_command("rm -r %s/vision%s", model, "");
}

/* ---- Whole runs ------------------------------------------------------------------------------ */

typedef struct course {
    size_t done, resumed, broken, notes;
} course;

static void count_progress(void *context, size_t done, size_t resumed)
{
    ((course *)context)->done = done;
    ((course *)context)->resumed = resumed;
}

static void count_notes(void *context, const char *message)
{
    assert_non_null(strstr(message, "out.csv.journal: its last "));
    ((course *)context)->notes++;
}

static void count_broken(void *context, const char *message)
{
    assert_non_null(strstr(message, ".md"));
    ((course *)context)->broken++;
}

/* The vision model ranks these classes first, among the first five, and lower; one file is no picture. */
static const char some_labels[] = "file,class_index\ncat.jpg,285\nREADME.md,0\ncoffee.webp,967\n"
                                  "rocket.png,657\nastronaut.ppm,0\n";

/* A measure and the data that it needs. */
typedef struct subject {
    ln_vision *vision;
    ln_labels labels;
    ln_scenes scenes;
    ln_measure measure;
} subject;

static void open_classes(subject *s, size_t most)
{
    *s = (subject){0};
    assert_int_equal(ln_vision_open(&s->vision, VISION, NULL, 1, NULL), LN_OK);
    assert_int_equal(read_labels(some_labels, most, &s->labels, NULL), LN_OK);
    s->measure = ln_measure_classify(s->vision, &s->labels);
}

/* In every picture, this vision model finds a cat in the left upper quarter and a dog in the right lower
 * quarter. The first picture shows the cat and a dog elsewhere, the third shows both, the fourth shows
 * nothing. */
static void open_objects(subject *s, size_t most)
{
    static const char *const names[] = {"a.jpg", "b.md.jpg", "c.webp", "d.png"};
    static const char *const files[] = {"cat.jpg", "README.md", "coffee.webp", "rocket.png"};
    char images[128], labels[128];
    snprintf(images, sizeof images, "%s", in_folder("images"));
    snprintf(labels, sizeof labels, "%s", in_folder("texts"));
    *s = (subject){0};
    run_command("mkdir -p %s %s", images, labels);
    for (size_t i = 0; i < 4; i++) {
        char to[192];
        snprintf(to, sizeof to, "%s/%s", images, names[i]);
        run_command("cp " PICTURES "/%s %s", files[i], to);
    }
    run_command("printf '0 .25 .25 .5 .5\n1 .25 .75 .5 .5\n' >%s/a.txt%s", labels, "");
    run_command("printf '1 .75 .75 .5 .5\n0 .25 .25 .4 .5\n' >%s/c.txt%s", labels, "");
    assert_int_equal(ln_vision_open(&s->vision, "tests/onnx/objects.onnx", NULL, 1, NULL), LN_OK);
    assert_int_equal(ln_scenes_read(&s->scenes, images, labels, &(ln_classes){.count = 2}, most, NULL),
                     LN_OK);
    s->measure = ln_measure_detect(s->vision, &s->scenes);
}

static void close_subject(subject *s)
{
    ln_labels_free(&s->labels);
    ln_scenes_free(&s->scenes);
    ln_vision_close(s->vision);
}

/* Evaluates the first `most` pictures with a codec that is cut, a codec with both ways, and the original. */
#define RUN_BUDGETS 3 /* the first of the list: 4000, 11, 300 */
#define POINTS (3 * RUN_BUDGETS + 1)

static ln_status run_task(void (*open)(subject *, size_t), size_t most, ln_eval_task task, ln_point *points,
                          course *c, ln_error *error)
{
    char codec_name[128];
    snprintf(codec_name, sizeof codec_name, "limitnet:%s", in_folder("random-pyramid"));
    ln_codec_settings settings = {.mtu = {51}};
    ln_codec codecs[3];
    open_codec(&codecs[0], codec_name, &settings);
    open_codec(&codecs[1], "pjpeg", &settings);
    open_codec(&codecs[2], "original", &settings);
    subject s;
    open(&s, most);
    *c = (course){0};
    task.measure = &s.measure;
    task.codecs = codecs;
    task.codec_count = 3;
    task.budgets = budgets;
    task.budget_count = RUN_BUDGETS;
    task.progress = count_progress;
    task.broken = count_broken;
    task.note = count_notes;
    task.context = c;
    assert_int_equal(ln_eval_points(&task), POINTS);
    ln_status status = ln_eval_run(&task, points, error);
    for (size_t i = 0; i < POINTS; i++)
        points[i].codec = NULL; /* the codec is closed now */
    close_subject(&s);
    for (size_t i = 0; i < 3; i++)
        ln_codec_close(&codecs[i]);
    return status;
}

static void a_run_fills_all_points(void **state)
{
    (void)state;
    ln_point points[POINTS];
    course c;
    ln_error error;
    if (run_task(open_classes, SIZE_MAX, (ln_eval_task){0}, points, &c, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(c.done, 5);
    assert_int_equal(c.broken, 1);
    for (size_t i = 0; i < POINTS - 1; i++) {
        assert_int_equal(points[i].way, i < 2 * RUN_BUDGETS ? LN_WAY_CUT : LN_WAY_FIT);
        assert_int_equal(points[i].budget, budgets[i % RUN_BUDGETS]);
        assert_int_equal(points[i].sum.count, 4);
        assert_true(points[i].sum.bytes <= (double)budgets[i % RUN_BUDGETS]);
        assert_true(points[i].sum.shares[0].value <= points[i].sum.shares[1].value);
    }
    assert_true(points[1].sum.bytes == 11);
    /* Nothing is sent where no file fits. The beginning of a file is sent even if nothing can be seen. */
    assert_true(points[2 * RUN_BUDGETS + 1].sum.bytes == 0 &&
                points[2 * RUN_BUDGETS + 1].sum.shares[1].value == 0);
    assert_true(points[RUN_BUDGETS + 1].sum.bytes == 11 && points[RUN_BUDGETS + 1].sum.shares[1].value == 0);
    assert_true(points[RUN_BUDGETS].sum.shares[1].value >= 0.5);
    const ln_point *original = &points[POINTS - 1];
    assert_int_equal(original->way, LN_WAY_NONE);
    assert_int_equal(original->budget, 0);
    assert_true(original->sum.bytes == 224 * 224 * 3);
    assert_true(original->sum.shares[0].value == 0.5);
    assert_true(original->sum.shares[1].value == 0.75);
}

/* ---- A codec that fails on some pictures ----------------------------------------------------- */

static ln_status encode_frail(ln_codec *codec, const ln_picture *picture, size_t number, void **stream,
                              ln_error *error)
{
    (void)codec, (void)picture;
    if (number == 2)
        return ln_fail(error, LN_ERR_IO, "no encoder likes it");
    *stream = malloc(sizeof number);
    memcpy(*stream, &number, sizeof number);
    return LN_OK;
}

/* codec->state: decoding fails from this picture on. */
static ln_status receive_frail(ln_codec *codec, ln_delivery *deliveries, size_t count, uint8_t *rgb,
                               ln_error *error)
{
    const size_t *fails = codec->state;
    memset(rgb, 0, count * codec->width * codec->height * 3);
    for (size_t i = 0; i < count; i++)
        if (*(const size_t *)deliveries[i].stream >= *fails)
            return ln_fail(error, LN_ERR_IO, "no decoder likes it");
    return LN_OK;
}

static const ln_codec_kind frail = {
    .name = "frail", .encode = encode_frail, .forget = free, .receive = receive_frail};

static void note_broken(void *context, const char *message)
{
    strcat(strcat(context, message), "\n");
}

static void no_progress(void *context, size_t done, size_t resumed)
{
    (void)context, (void)done, (void)resumed;
}

/* Pictures that a codec fails on are left out and named; a codec that fails on all of them ends the run. */
static void one_picture_does_not_end_a_run(void **state)
{
    (void)state;
    size_t fails = 4;
    char broken[2048] = "";
    ln_codec codec = {.name = "frail", .kind = &frail, .width = 8, .height = 8, .state = &fails};
    ln_point point;
    ln_error error;
    subject s;
    open_classes(&s, SIZE_MAX);
    ln_eval_task task = {.measure = &s.measure,
                         .codecs = &codec,
                         .codec_count = 1,
                         .progress = no_progress,
                         .broken = note_broken,
                         .context = broken};
    assert_int_equal(ln_eval_run(&task, &point, &error), LN_OK);
    assert_int_equal(point.sum.count, 2);
    assert_non_null(strstr(broken, "README.md: "));
    assert_non_null(strstr(broken, "coffee.webp: frail: no encoder likes it\n"));
    assert_non_null(strstr(broken, "astronaut.ppm: frail: no decoder likes it\n"));
    fails = 0;
    assert_int_equal(ln_eval_run(&task, &point, &error), LN_ERR_IO);
    assert_string_equal(error.text, "no decoder likes it");
    close_subject(&s);
}

static void objects_are_measured_alike(void **state)
{
    (void)state;
    ln_point points[POINTS];
    course c;
    ln_error error;
    if (run_task(open_objects, SIZE_MAX, (ln_eval_task){0}, points, &c, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(c.done, 4);
    assert_int_equal(c.broken, 1);
    const ln_summary *original = &points[POINTS - 1].sum;
    assert_int_equal(original->count, 3);
    /* Three cats are found with equal scores; the first two are there, and no others. Of the three dogs
     * found, the second is one of the two that are there: a precision of 1/2 up to the recall 1/2. */
    double dogs = 51 * 0.5 / 101;
    assert_true(fabs(original->shares[0].value - (1 + dogs) / 2) < 1e-9);
    assert_true(original->shares[0].low < original->shares[0].value);
    /* Where no file fits, nothing is found. */
    assert_true(points[2 * RUN_BUDGETS + 1].sum.bytes == 0);
    assert_true(points[2 * RUN_BUDGETS + 1].sum.shares[0].high == 0);
}

/* Runs the first pictures, then resumes with all of them: the points equal those of a single run. */
static void check_resuming(void (*open)(subject *, size_t), size_t pictures, const char *half_a_line)
{
    ln_point whole[POINTS], points[POINTS];
    course c;
    ln_error error;
    uint8_t *text;
    size_t size;
    char journal[128];
    snprintf(journal, sizeof journal, "%s", in_folder("out.csv.journal"));
    remove(journal);
    ln_eval_task task = {.journal = journal, .name = "a task", .resume = 1};
    assert_int_equal(run_task(open, SIZE_MAX, (ln_eval_task){0}, whole, &c, NULL), LN_OK);
    assert_int_equal(run_task(open, 2, task, points, &c, NULL), LN_OK);
    assert_int_equal(c.resumed, 0);
    assert_int_equal(ln_file_read(journal, 100000, &text, &size, NULL), LN_OK);
    FILE *file = fopen(journal, "a"); /* a line that the stopped run had begun */
    fputs(half_a_line, file);
    fclose(file);
    assert_int_equal(run_task(open, SIZE_MAX, task, points, &c, NULL), LN_OK);
    assert_int_equal(c.notes, 1);
    assert_int_equal(c.resumed, 2);
    assert_int_equal(c.done, pictures);
    assert_int_equal(c.broken, 1);
    assert_memory_equal(points, whole, sizeof whole);
    assert_int_equal(run_task(open, SIZE_MAX, task, points, &c, NULL),
                     LN_OK); /* nothing remains to be done */
    assert_int_equal(c.done, 0);
    assert_memory_equal(points, whole, sizeof whole);

    task.name = "another task";
    assert_int_equal(run_task(open, SIZE_MAX, task, points, &c, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "out.csv.journal: is of a run with other options"));
    task.name = "a task";
    text[7] = '*';
    assert_int_equal(ln_file_write(journal, text, size, NULL), LN_OK);
    assert_int_equal(run_task(open, SIZE_MAX, task, points, &c, NULL), LN_OK);
    assert_int_equal(c.notes, 1);
    assert_int_equal(c.resumed, 0);
    assert_memory_equal(points, whole, sizeof whole);
    free(text);
}

static void a_run_goes_on_from_its_journal(void **state)
{
    (void)state;
    check_resuming(open_classes, 5, "+ 4000:0 11:");
    check_resuming(open_objects, 4, "+ 4000:0/0x1p-1/1,1/0x");
}

/* A measure checks the text of a journal, like all input. */
static void damaged_texts_of_objects_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0",          "0/0x1p-1", "0/0x1p-1/2", "0/0x1p-1/1,", "0/nan/1",
                                        "-/0x1p-1/1", "0/inf/1",  "x",          "0//1",        "0/0x1p-1/"};
    subject s;
    open_objects(&s, SIZE_MAX);
    const ln_measure_kind *kind = s.measure.kind;
    assert_int_equal(kind->open(&s.measure, 1, NULL), LN_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *end = kind->parse(&s.measure, (ln_trial){0, 0}, wrong[i]);
        if (end && !*end)
            fail_msg("'%s' is taken", wrong[i]);
    }
    char *many = malloc(301 * 11 + 1);
    many[0] = 0;
    for (size_t i = 0; i < 301; i++)
        strcat(many, i ? ",0/0x1p-1/1" : "0/0x1p-1/1");
    assert_null(kind->parse(&s.measure, (ln_trial){0, 0}, many));
    free(many);
    kind->close(&s.measure);
    close_subject(&s);
}

static double share_of_ones(const void *context, const uint32_t *weight)
{
    const uint8_t *ones = context;
    double sum = 0;
    for (size_t i = 0; i < 100; i++)
        sum += ones[i] * weight[i];
    return sum / 100;
}

static void intervals_are_those_of_a_share(void **state)
{
    (void)state;
    uint8_t ones[100];
    ln_share share;
    for (size_t i = 0; i < 100; i++)
        ones[i] = i % 2;
    assert_int_equal(ln_bootstrap(100, share_of_ones, ones, &share, NULL), LN_OK);
    assert_true(share.value == 0.5);
    /* 1.96 standard errors are 0.098. */
    assert_true(share.low >= 0.38 && share.low <= 0.42);
    assert_true(share.high >= 0.58 && share.high <= 0.62);
    memset(ones, 1, sizeof ones);
    assert_int_equal(ln_bootstrap(100, share_of_ones, ones, &share, NULL), LN_OK);
    assert_true(share.low == 1 && share.value == 1 && share.high == 1);
}

static void bytes_are_means_of_what_counts(void **state)
{
    (void)state;
    ln_outcomes outcomes;
    size_t count;
    double bytes;
    ln_error error;
    assert_int_equal(ln_outcomes_open(&outcomes, 2, 101, NULL), LN_OK);
    for (size_t i = 0; i < 101; i++) {
        ln_outcomes_of(&outcomes, i)[0] = (uint32_t)(10 + i % 2);
        ln_outcomes_of(&outcomes, i)[1] = 7;
    }
    outcomes.broken[100] = strdup("broken");
    assert_int_equal(ln_outcomes_mean(&outcomes, 0, &count, &bytes, NULL), LN_OK);
    assert_true(count == 100 && bytes == 10.5);
    assert_int_equal(ln_outcomes_mean(&outcomes, 1, &count, &bytes, NULL), LN_OK);
    assert_true(bytes == 7);
    for (size_t i = 0; i < 100; i++)
        outcomes.broken[i] = strdup("broken");
    assert_int_equal(ln_outcomes_mean(&outcomes, 0, &count, &bytes, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "none of the 101 pictures can be read"));
    ln_outcomes_close(&outcomes);
}

static void points_become_a_table(void **state)
{
    (void)state;
    const ln_codec limitnet = {.name = "limitnet:m"}, original = {.name = "original"};
    const ln_point points[] = {
        {&limitnet, LN_WAY_CUT, 300, {3, 299.34, {{1 / 3., 0, 2 / 3.}, {2 / 3., 1 / 3., 1}}}},
        {&limitnet, LN_WAY_FIT, 300, {3, 299, {{0, 0, 0}, {0, 0, 0}}}},
        {&original, LN_WAY_NONE, 0, {3, 20, {{1, 1, 1}, {1, 1, 1}}}}};
    const ln_measure_kind two = {.shares = {"top1", "top5"}}, one = {.shares = {"map50"}};
    ln_text table = ln_eval_table(&two, points, 3);
    assert_int_equal(ln_text_check(&table, NULL), LN_OK);
    assert_string_equal(table.bytes,
                        "codec,param,bytes,top1,top5,n,way,top1_low,top1_high,top5_low,top5_high\n"
                        "limitnet:m,300,299.3,0.3333,0.6667,3,cut,0.0000,0.6667,0.3333,1.0000\n"
                        "limitnet:m,300,299.0,0.0000,0.0000,3,fit,0.0000,0.0000,0.0000,0.0000\n"
                        "original,-,20.0,1.0000,1.0000,3,-,1.0000,1.0000,1.0000,1.0000\n");
    free(table.bytes);
    table = ln_eval_table(&one, points, 1);
    assert_string_equal(table.bytes, "codec,param,bytes,map50,n,way,map50_low,map50_high\n"
                                     "limitnet:m,300,299.3,0.3333,3,cut,0.0000,0.6667\n");
    free(table.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_read),
        cmocka_unit_test(wrong_labels_are_refused),
        cmocka_unit_test(cuts_are_what_a_camera_sends),
        cmocka_unit_test(lost_packets_count),
        cmocka_unit_test(wrong_codecs_are_refused),
        cmocka_unit_test(an_adapted_codec_sees_few_bytes_by_its_own_vision_model),
        cmocka_unit_test(a_run_fills_all_points),
        cmocka_unit_test(one_picture_does_not_end_a_run),
        cmocka_unit_test(objects_are_measured_alike),
        cmocka_unit_test(a_run_goes_on_from_its_journal),
        cmocka_unit_test(damaged_texts_of_objects_are_refused),
        cmocka_unit_test(intervals_are_those_of_a_share),
        cmocka_unit_test(bytes_are_means_of_what_counts),
        cmocka_unit_test(points_become_a_table),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
