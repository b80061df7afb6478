/* What exporters write, and what people say about it: tests/onnx/make.py and tests/tflite/make.py made the
 * files. */

#include <limitnet/cloud.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COLOURS "tests/onnx/colours-"
#define BOXES "tests/onnx/boxes-"
#define LITE "tests/tflite/colours-"

/* Settings "key=value key=value". */
static ln_vision_config configure(const char *settings)
{
    ln_vision_config config;
    ln_vision_config_default(&config);
    char text[512], *rest = text, *item;
    snprintf(text, sizeof text, "%s", settings);
    while ((item = strtok_r(rest, " ", &rest))) {
        char *value = strchr(item, '=');
        *value++ = 0;
        ln_error error;
        if (ln_vision_config_set(&config, item, value, "test", &error) != LN_OK)
            fail_msg("%s", error.text);
    }
    return config;
}

static ln_vision *open_vision(const char *path, const char *settings)
{
    ln_vision_config config = configure(settings);
    ln_vision *vision;
    ln_error error;
    if (ln_vision_open(&vision, path, &config, 1, &error) != LN_OK)
        fail_msg("%s", error.text);
    return vision;
}

static void assert_refused(const char *path, const char *settings, const char *part)
{
    ln_vision_config config = configure(settings);
    ln_vision *vision;
    ln_error error;
    if (ln_vision_open(&vision, path, &config, 1, &error) == LN_OK)
        fail_msg("%s is opened", path);
    assert_null(vision);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void write_text(char path[32], const char *text, size_t size)
{
    strcpy(path, "/tmp/limitnet-test-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, text, size) == (ssize_t)size && close(file) == 0);
}

/* ---- Classifiers ----------------------------------------------------------------------------- */

#define SIDES "width=24 height=16 "
#define SMALL SIDES "mean=0 divisor=255 "

/* A picture of 200, 100, 50, of another size than the network's. */
static ln_picture plain_picture(void)
{
    ln_picture picture;
    assert_int_equal(ln_picture_make(&picture, 50, 40, NULL), LN_OK);
    for (size_t i = 0; i < 50 * 40; i++)
        memcpy(picture.rgb + 3 * i, "\xc8\x64\x32", 3);
    return picture;
}

/* All scores of ten pictures, which are alike. */
static void assert_scores(const char *path, const char *settings, const double wanted[3], double most)
{
    ln_vision *vision = open_vision(path, settings);
    ln_picture picture = plain_picture(), pictures[10];
    ln_class classes[10][3];
    ln_error error;
    for (size_t i = 0; i < 10; i++)
        pictures[i] = picture;
    if (ln_vision_classify(vision, pictures, 10, LN_FIT_STRETCH, 3, classes[0], &error) != LN_OK)
        fail_msg("%s", error.text);
    for (size_t i = 0; i < 10; i++)
        for (size_t k = 0; k < 3; k++)
            if (!(fabs((double)classes[i][k].score - wanted[classes[i][k].index]) < most))
                fail_msg("%s: class %u is %f", path, classes[i][k].index, (double)classes[i][k].score);
    assert_int_equal(classes[9][0].index, 0);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void softmax(double scores[3], double factor)
{
    double sum = 0;
    for (size_t c = 0; c < 3; c++)
        sum += scores[c] = exp(factor * (double[]){200, 100, 50}[c] / 255);
    for (size_t c = 0; c < 3; c++)
        scores[c] /= sum;
}

static void sigmoid(double scores[3], double factor)
{
    for (size_t c = 0; c < 3; c++)
        scores[c] = 1 / (1 + exp(-factor * (double[]){200, 100, 50}[c] / 255));
}

static void shapes_that_exporters_write(void **state)
{
    (void)state;
    double wanted[3];
    softmax(wanted, 6);
    assert_scores(COLOURS "fixed.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "free.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "free.onnx", "width=40 height=8 mean=0 divisor=255", wanted, 1e-4);
    assert_scores(COLOURS "free-nhwc.onnx", SMALL "layout=NHWC", wanted, 1e-4);
    assert_scores(COLOURS "free-all.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "column.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "row.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "flat.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "stiff.onnx", "width=24 height=4 mean=0 divisor=255", wanted, 1e-4);
    assert_refused(COLOURS "four.onnx", SMALL, "takes 4 pictures at a time: export again for 1");
    assert_refused(COLOURS "free-nhwc.onnx", SMALL, "?x?x?x3 instead of ?x3x16x24: say layout = NHWC");
    assert_refused(COLOURS "fixed.onnx", "",
                   "1x3x16x24 instead of ?x3x224x224: say width = 24 and height = 16");
    assert_refused(COLOURS "fixed.onnx", SMALL "layout=NHWC", "say layout = NCHW");
    assert_refused(COLOURS "one.onnx", SMALL, "is one number, of which no probability can be made");
}

static void weights_in_a_second_file(void **state)
{
    (void)state;
    double wanted[3];
    softmax(wanted, 6);
    assert_scores(COLOURS "beside.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "below.onnx", SMALL, wanted, 1e-4);
    assert_refused(COLOURS "lost.onnx", SMALL, "a second file, tests/onnx/lost.bin, which is missing");
    char folder[1024];
    assert_non_null(getcwd(folder, sizeof folder));
    assert_int_equal(chdir("tests"), 0);
    assert_scores("onnx/colours-beside.onnx", SMALL, wanted, 1e-4);
    assert_int_equal(chdir("onnx"), 0);
    assert_scores("colours-below.onnx", SMALL, wanted, 1e-4);
    assert_int_equal(chdir(folder), 0);
}

static void other_files_are_recognised(void **state)
{
    (void)state;
    const char *const file[][2] = {{"PK\3\4archive/data.pkl", "torch.onnx.export"},
                                   {"\x89HDF\r\n", "tf2onnx"},
                                   {"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"}};
    for (size_t i = 0; i < 3; i++) {
        char path[32];
        write_text(path, file[i][0], strlen(file[i][0]));
        assert_refused(path, SMALL, file[i][1]);
        unlink(path);
    }
}

static void numbers_of_other_types(void **state)
{
    (void)state;
    double wanted[3];
    softmax(wanted, 6);
    assert_scores(COLOURS "half.onnx", SMALL, wanted, 2e-3);
    assert_scores(COLOURS "bytes.onnx", SIDES "layout=NHWC mean=0 divisor=1", wanted, 1e-4);
    assert_scores(COLOURS "bytes.onnx", SIDES "layout=NHWC", wanted, 1e-4); /* bytes, unless said otherwise */
    assert_scores(COLOURS "signed.onnx", SIDES "layout=NHWC mean=128 divisor=1", wanted, 1e-4);
    assert_scores(COLOURS "signed.onnx", SIDES "layout=NHWC", wanted, 1e-4);
    assert_refused(COLOURS "bytes.onnx", SMALL "layout=NHWC", "say mean = 0 and divisor = 1");
    assert_refused(COLOURS "signed.onnx", SIDES "layout=NHWC mean=0 divisor=1",
                   "say mean = 128 and divisor = 1");
    assert_refused("tests/onnx/whole.onnx", SMALL, "is not float32, float16, uint8 or int8");
}

static void grey_pictures(void **state)
{
    (void)state;
    double wanted[3] = {6, 3, 0}, sum = 0;
    for (size_t i = 0; i < 3; i++)
        sum += wanted[i] = exp(wanted[i] * 124 / 255); /* 0.299 * 200 + 0.587 * 100 + 0.114 * 50 = 124.2 */
    for (size_t i = 0; i < 3; i++)
        wanted[i] /= sum;
    assert_scores("tests/onnx/grey.onnx", SMALL "channels=grey", wanted, 1e-4);
    assert_scores("tests/onnx/grey-nhwc.onnx", SMALL "channels=grey layout=NHWC", wanted, 1e-4);
    assert_refused("tests/onnx/grey.onnx", SMALL,
                   "?x1x16x24 instead of ?x3x16x24: say channels = grey and layout = NCHW");
    assert_refused("tests/onnx/grey-nhwc.onnx", SMALL, "say channels = grey and layout = NHWC");
    assert_refused("tests/onnx/grey.onnx", SMALL "channels=grey layout=NHWC", "say layout = NCHW");
    assert_refused(COLOURS "fixed.onnx", SMALL "channels=grey", "say channels = RGB and layout = NCHW");
    ln_vision_config config = configure(SMALL "channels=grey");
    ln_vision *vision;
    ln_error error;
    assert_int_equal(ln_vision_config_set(&config, "mean", "1 2 3", "test", &error), LN_OK);
    assert_int_equal(ln_vision_open(&vision, "tests/onnx/grey.onnx", &config, 1, &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "channels = grey has one mean and one divisor"));
}

static void tensorflow_lite(void **state)
{
    (void)state;
    double wanted[3];
    softmax(wanted, 1);
    assert_scores(LITE "float.tflite", SMALL "layout=NHWC", wanted, 1e-4);
    assert_scores(LITE "half.tflite", SMALL "layout=NHWC", wanted, 2e-3);
    assert_scores(LITE "bytes.tflite", SMALL "layout=NHWC", wanted, 5e-3);
    assert_scores(LITE "bytes.tflite", SIDES "layout=NHWC", wanted, 5e-3);
    assert_scores(LITE "bytes.tflite", SIDES "layout=NHWC mean=0 divisor=1", wanted, 5e-3);
    assert_refused(LITE "scaled.tflite", SMALL "layout=NHWC", "stand for -2 to 3");
    assert_refused(LITE "scaled.tflite", SIDES "layout=NHWC", "0 to 255, which stand for -2 to 3");
    assert_refused(LITE "bytes.tflite", SIDES "layout=NHWC mean=127.5 divisor=127.5", "stand for 0 to 1");
    assert_refused(LITE "float.tflite", SMALL, "say layout = NHWC");
    assert_refused(LITE "custom.tflite", SMALL "layout=NHWC", "convert it (python -m tf2onnx.convert");
    softmax(wanted, 5);
    assert_scores(LITE "scaled.tflite", SIDES "layout=NHWC mean=102 divisor=51", wanted, 5e-3);
    sigmoid(wanted, 1);
    assert_scores(LITE "signed.tflite", SMALL "layout=NHWC", wanted, 5e-3);
    assert_scores(LITE "signed.tflite", SIDES "layout=NHWC mean=128 divisor=1", wanted, 5e-3);
}

static void probabilities_stay_as_they_are(void **state)
{
    (void)state;
    double wanted[3];
    softmax(wanted, 6);
    assert_scores(COLOURS "softmax.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "softmax-moved.onnx", SMALL, wanted, 1e-3);
    assert_scores(COLOURS "softmax-sums.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "logsoftmax.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "bias.onnx", SMALL, wanted, 1e-4);
    assert_refused(COLOURS "bias.onnx", SMALL "output=probabilities", "but 'y' are logits");
    assert_scores(COLOURS "softmax.onnx", SMALL "output=probabilities", wanted, 1e-4);
    sigmoid(wanted, 6);
    assert_scores(COLOURS "sigmoid.onnx", SMALL, wanted, 1e-4);
    assert_scores(COLOURS "sigmoid-sums.onnx", SMALL "output=probabilities", wanted, 1e-4);
    assert_refused(COLOURS "sigmoid-sums.onnx", SMALL,
                   "it is not sure whether 'y' are logits or probabilities");
    assert_refused(COLOURS "percent.onnx", SMALL, "'y' add up to 100: export again with probabilities");
    assert_refused(COLOURS "softmax.onnx", SMALL "output=yolov5", "is for detectors");
    assert_refused(COLOURS "softmax.onnx", SMALL "output=logits", "but 'y' are probabilities");
    assert_refused(COLOURS "fixed.onnx", SMALL "output=probabilities", "but 'y' are logits");
}

static void what_is_no_probability_is_refused(void **state)
{
    (void)state;
    ln_vision *vision = open_vision("tests/onnx/mean.onnx", SIDES "mean=210 output=probabilities");
    ln_picture picture = plain_picture();
    ln_class best;
    ln_error error;
    assert_int_equal(ln_vision_classify(vision, &picture, 1, LN_FIT_STRETCH, 1, &best, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "which is no probability: say output = logits"));
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void free_sides_may_not_be_free(void **state)
{
    (void)state;
    ln_vision *vision = open_vision(COLOURS "stiff.onnx", SMALL);
    ln_picture picture = plain_picture();
    ln_class best;
    ln_error error;
    assert_int_equal(ln_vision_classify(vision, &picture, 1, LN_FIT_STRETCH, 1, &best, &error), LN_ERR_IO);
    if (!strstr(error.text, "say width and height as it was trained"))
        fail_msg("%s", error.text);
    ln_picture_free(&picture);
    ln_vision_close(vision);
}

static void mean_and_divisor_of_0_to_1_are_named(void **state)
{
    (void)state;
    ln_vision_config config = configure(SIDES);
    ln_vision *vision;
    ln_error error;
    assert_int_equal(ln_vision_config_set(&config, "mean", "0.485 0.456 0.406", "test", NULL), LN_OK);
    assert_int_equal(ln_vision_config_set(&config, "divisor", "0.229 0.224 0.225", "test", NULL), LN_OK);
    assert_int_equal(ln_vision_open(&vision, COLOURS "fixed.onnx", &config, 1, &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "say mean = 123.675 116.28 103.53 and divisor = 58.395 57.12 57.375"));
    assert_refused(COLOURS "fixed.onnx", SIDES "mean=0.5 divisor=0.5",
                   "say mean = 127.5 and divisor = 127.5");
    assert_refused(COLOURS "fixed.onnx", SIDES "mean=0.5 divisor=255", "say mean = 127.5 and divisor = 255");
    assert_refused(COLOURS "fixed.onnx", SIDES "mean=123.675 divisor=0.229", "and divisor = 58.395");
}

/* ---- Detectors ------------------------------------------------------------------------------- */

#define INPUT "task=detect width=32 height=32 mean=0 divisor=255 "
#define TWO "labels=tests/onnx/objects.txt "

/* A picture twice as wide as high: what is square in the network's input is not there. */
static ln_status detect(ln_vision *vision, ln_object objects[LN_MAX_OBJECTS], size_t *found, ln_error *error)
{
    ln_picture picture;
    assert_int_equal(ln_picture_make(&picture, 128, 64, NULL), LN_OK);
    ln_status status = ln_vision_detect(vision, &picture, 1, NULL, objects, found, error);
    ln_picture_free(&picture);
    return status;
}

static void assert_object(const ln_object *object, unsigned index, double score, double x, double y)
{
    const double got[] = {(double)object->score, (double)object->x, (double)object->y, (double)object->width,
                          (double)object->height};
    const double wanted[] = {score, x, y, 64, 32};
    assert_int_equal(object->index, index);
    for (size_t i = 0; i < 5; i++)
        if (!(fabs(got[i] - wanted[i]) < 1e-3))
            fail_msg("number %zu is %f instead of %f", i, got[i], wanted[i]);
}

static void assert_cat_and_dog(const char *path, const char *settings)
{
    ln_vision *vision = open_vision(path, settings);
    ln_object objects[LN_MAX_OBJECTS];
    size_t found;
    ln_error error;
    if (detect(vision, objects, &found, &error) != LN_OK)
        fail_msg("%s", error.text);
    if (found != 2)
        fail_msg("%s: %zu objects", path, found);
    assert_object(&objects[0], 0, 0.9, 0, 0);
    assert_object(&objects[1], 1, 0.4, 64, 32);
    ln_vision_close(vision);
}

static void layouts_are_told_from_shapes_and_labels(void **state)
{
    (void)state;
    assert_cat_and_dog(BOXES "columns.onnx", INPUT TWO);
    assert_cat_and_dog(BOXES "columns.onnx", INPUT); /* 16 + 4 + 1 boxes of a picture of 32 x 32 */
    assert_cat_and_dog(BOXES "rows.onnx", INPUT TWO);
    assert_cat_and_dog(BOXES "turned.onnx", INPUT "labels=tests/onnx/pets.txt");
    assert_cat_and_dog(BOXES "anchors.onnx", INPUT TWO);
    assert_cat_and_dog(BOXES "anchors.onnx", INPUT);
    assert_cat_and_dog(BOXES "selected-300.onnx", INPUT TWO);
    assert_cat_and_dog(BOXES "selected.onnx", INPUT "labels=tests/onnx/pets.txt"); /* three */
}

static void layouts_are_told_by_a_setting(void **state)
{
    (void)state;
    assert_refused(BOXES "rows.onnx", INPUT,
                   "it is not sure what 'output0' of shape ?x21x6 is, without labels");
    assert_cat_and_dog(BOXES "rows.onnx", INPUT "output=yolov8-turned");
    assert_refused(BOXES "selected.onnx", INPUT TWO,
                   "it could be yolov5 with 1 class, yolov8-turned with 2 ");
    assert_cat_and_dog(BOXES "selected.onnx", INPUT TWO "output=yolov10");
    assert_refused(BOXES "selected.onnx", INPUT "output=yolov10", "give labels");
    assert_refused(BOXES "pair.onnx", INPUT TWO, "say output = corners-scores");
    assert_cat_and_dog(BOXES "pair.onnx", INPUT TWO "output=corners-scores");
    assert_cat_and_dog(BOXES "pair-turned.onnx", INPUT "output=corners-scores");
    assert_cat_and_dog(BOXES "pair-centres.onnx", INPUT TWO "output=centres-scores");
    assert_cat_and_dog(BOXES "pair-four.onnx", INPUT "output=corners-scores");
    assert_refused(BOXES "columns.onnx", INPUT TWO "output=corners-scores", "needs two outputs");
    assert_refused(BOXES "columns.onnx", INPUT "output=logits", "is for classifiers");
    assert_refused(BOXES "grids.onnx", INPUT TWO, "x3x4x4x7: give a detector whose output is");
    assert_refused("tests/onnx/thin.onnx", "task=detect width=7 height=400 output=yolov5", "cannot have");
}

/* A picture twice as wide as high: in the right upper quarter a cat, twice, and a dog in the left lower one.
 */
static void assert_detections(const char *path, const char *settings)
{
    ln_vision *vision = open_vision(path, settings);
    ln_object objects[LN_MAX_OBJECTS];
    size_t found;
    ln_error error;
    if (detect(vision, objects, &found, &error) != LN_OK)
        fail_msg("%s: %s", path, error.text);
    if (found != 3)
        fail_msg("%s: %zu objects", path, found);
    assert_object(&objects[0], 0, 0.9, 64, 0);
    assert_object(&objects[1], 1, 0.4, 0, 32);
    assert_object(&objects[2], 0, 0.3, 64, 0);
    assert_string_equal(objects[1].label, "dog");
    ln_vision_close(vision);
}

static void outputs_of_tensorflow(void **state)
{
    (void)state;
    assert_detections("tests/onnx/ssd-named.onnx", INPUT TWO);
    assert_detections("tests/onnx/ssd-order.onnx", INPUT TWO);
    assert_detections("tests/onnx/ssd-free.onnx", INPUT TWO);
    assert_detections("tests/onnx/ssd-converted.onnx", INPUT TWO "output=ssd boxes=pixels");
    assert_refused("tests/onnx/ssd-order.onnx", INPUT, "with output = ssd the shape does not tell how many");
    assert_refused(BOXES "pair.onnx", INPUT TWO "output=ssd", "needs four outputs");
    assert_refused("tests/onnx/ssd-named.onnx", INPUT TWO "output=corners-scores", "needs two outputs");
}

/* Labels of another number than the layout's classes: the layout or the labels are wrong. */
static void labels_do_not_fit_the_layout(void **state)
{
    (void)state;
    assert_refused(BOXES "columns.onnx", INPUT "output=yolov8 labels=tests/onnx/pets.txt",
                   "has 3 labels for the 2 classes");
    assert_refused(BOXES "anchors.onnx", INPUT "output=yolov8-turned " TWO, "has 2 labels for the 3 classes");
    assert_refused(BOXES "columns.onnx", INPUT "labels=tests/onnx/pets.txt",
                   "has 3 labels for the 2 classes");
}

static void assert_nothing_shown(const char *path, const char *settings, const char *part)
{
    ln_vision *vision = open_vision(path, settings);
    ln_object objects[LN_MAX_OBJECTS];
    size_t found;
    ln_error error;
    assert_int_equal(detect(vision, objects, &found, &error), LN_ERR_IO);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
    ln_vision_close(vision);
}

static void numbers_tell_of_a_wrong_layout(void **state)
{
    (void)state;
    assert_nothing_shown(BOXES "logits.onnx", INPUT TWO, "a probability of -6.9");
    assert_nothing_shown(BOXES "rows.onnx", INPUT "output=yolov8", "a probability of ");
    assert_nothing_shown(BOXES "pair-centres.onnx", INPUT "output=corners-scores", "a side of -");
    assert_nothing_shown(BOXES "turned.onnx", INPUT TWO,
                         "with one label more it would be output = yolov8-turned");
    assert_nothing_shown(BOXES "columns.onnx", INPUT TWO "boxes=shares", "say boxes = pixels");
    assert_nothing_shown(BOXES "selected.onnx", INPUT "output=yolov10 labels=tests/onnx/cat.txt",
                         "the class 1");
    assert_nothing_shown("tests/onnx/ssd-swapped.onnx", INPUT TWO, "name the outputs 'classes' and 'scores'");
    assert_nothing_shown("tests/onnx/ssd-order.onnx", INPUT "labels=tests/onnx/cat.txt", "the class 1");
    assert_nothing_shown("tests/onnx/ssd-torn.onnx", INPUT TWO, "outputs that do not belong together");
    assert_nothing_shown("tests/onnx/ssd-uncounted.onnx", INPUT TWO, "gave 5 as the number of its 4 boxes");
}

/* ---- Texts ----------------------------------------------------------------------------------- */

static void assert_labels(const char *text, size_t size, const char *first, const char *refusal)
{
    char path[32], settings[128];
    write_text(path, text, size);
    snprintf(settings, sizeof settings, SMALL "labels=%s", path);
    if (refusal) {
        assert_refused(COLOURS "fixed.onnx", settings, refusal);
    } else {
        ln_vision *vision = open_vision(COLOURS "fixed.onnx", settings);
        assert_string_equal(ln_vision_label(vision, 0), first);
        assert_string_equal(ln_vision_label(vision, 2), "blue");
        ln_vision_close(vision);
    }
    unlink(path);
}

#define LABELS(text, first, refusal) assert_labels(text, sizeof text - 1, first, refusal)

static void labels_as_editors_save_them(void **state)
{
    (void)state;
    LABELS("red\ngreen\nblue\n", "red", NULL);
    LABELS("red\ngreen\nblue", "red", NULL);
    LABELS("\xef\xbb\xbfred\r\ngreen\r\nblue\r\n", "red", NULL);
    LABELS("red\rgreen\rblue\r", "red", NULL);
    LABELS("dark red \t\ngreen\nblue\n\n\n", "dark red", NULL);
    LABELS("background\nred\ngreen\nblue\n", NULL, "has 4 labels for the 3 classes");
    LABELS("red\ngreen\n", NULL, "has 2 labels for the 3 classes");
    LABELS("red\n\nblue\n", NULL, ":2: a blank label");
    LABELS("\nred\ngreen\nblue\n", NULL, ":1: a blank label");
    LABELS("red\n \t\r\nblue\n", NULL, ":2: a blank label");
    LABELS("", NULL, "has 0 labels for the 3 classes");
    LABELS("\xff\xfer\0e\0d\0\n\0", NULL, "UTF-16: save it as UTF-8");
    LABELS("red\0green\nblue\n", NULL, "zero bytes");
}

static void settings_as_editors_save_them(void **state)
{
    (void)state;
    char path[32], sidecar[64];
    static const char text[] = "\xef\xbb\xbftask = detect\r\nwidth = 32\r\n\r\noutput = yolov8\r\n";
    write_text(path, text, sizeof text - 1);
    const char *const models[] = {"", ".onnx", ".ONNX", ".tflite"};
    snprintf(sidecar, sizeof sidecar, "%s.vision", path);
    assert_int_equal(rename(path, sidecar), 0);
    for (size_t i = 0; i < 4; i++) {
        ln_vision_config config = configure("");
        char model[64];
        ln_error error;
        snprintf(model, sizeof model, "%s%s", path, models[i]);
        if (ln_vision_config_read(&config, model, &error) != LN_OK)
            fail_msg("%s", error.text);
        assert_int_equal(config.task, LN_TASK_DETECT);
        assert_int_equal(config.width, 32);
        assert_int_equal(config.output, LN_OUTPUT_YOLOV8);
    }
    unlink(sidecar);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_that_exporters_write),
        cmocka_unit_test(weights_in_a_second_file),
        cmocka_unit_test(other_files_are_recognised),
        cmocka_unit_test(numbers_of_other_types),
        cmocka_unit_test(grey_pictures),
        cmocka_unit_test(tensorflow_lite),
        cmocka_unit_test(probabilities_stay_as_they_are),
        cmocka_unit_test(what_is_no_probability_is_refused),
        cmocka_unit_test(free_sides_may_not_be_free),
        cmocka_unit_test(mean_and_divisor_of_0_to_1_are_named),
        cmocka_unit_test(layouts_are_told_from_shapes_and_labels),
        cmocka_unit_test(layouts_are_told_by_a_setting),
        cmocka_unit_test(outputs_of_tensorflow),
        cmocka_unit_test(labels_do_not_fit_the_layout),
        cmocka_unit_test(numbers_tell_of_a_wrong_layout),
        cmocka_unit_test(labels_as_editors_save_them),
        cmocka_unit_test(settings_as_editors_save_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
