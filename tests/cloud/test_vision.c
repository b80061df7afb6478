#include <limitnet/cloud.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MODEL ".cache/vision/efficientnet-lite0.onnx"
#define PICTURES "tests/pictures/"

static ln_vision *open_vision(const char *onnx, const ln_vision_config *config)
{
    ln_vision *vision;
    ln_error error;
    if (ln_vision_open(&vision, onnx, config, 0, &error) != LN_OK)
        fail_msg("%s", error.text);
    return vision;
}

static ln_picture read_picture(const char *path)
{
    ln_picture picture;
    ln_error error;
    if (ln_picture_read(&picture, path, &error) != LN_OK)
        fail_msg("%s", error.text);
    return picture;
}

/* --- The default model -------------------------------------------------------------------------- */

static void photographs_are_recognised(void **state)
{
    (void)state;
    const struct {
        const char *path, *label;
    } photo[] = {{PICTURES "cat.jpg", "Egyptian cat"},
                 {PICTURES "coffee.webp", "espresso"},
                 {PICTURES "rocket.png", "missile"}};
    ln_vision *vision = open_vision(MODEL, NULL);
    ln_picture pictures[3];
    ln_class best[3][5];
    for (size_t i = 0; i < 3; i++)
        pictures[i] = read_picture(photo[i].path);
    assert_int_equal(ln_vision_classify(vision, pictures, 3, LN_FIT_CROP, 5, best[0], NULL), LN_OK);
    for (size_t i = 0; i < 3; i++) {
        if (!strstr(best[i][0].label, photo[i].label))
            fail_msg("%s is '%s'", photo[i].path, best[i][0].label);
        for (size_t k = 1; k < 5; k++)
            assert_true(best[i][k].score <= best[i][k - 1].score);
        ln_picture_free(&pictures[i]);
    }
    ln_vision_close(vision);
}

static void labels_are_in_the_usual_order(void **state)
{
    (void)state;
    ln_vision *vision = open_vision(MODEL, NULL);
    assert_int_equal(ln_vision_classes(vision), 1000);
    assert_string_equal(ln_vision_label(vision, 0), "tench");
    assert_string_equal(ln_vision_label(vision, 207), "golden retriever");
    assert_string_equal(ln_vision_label(vision, 281), "tabby");
    assert_string_equal(ln_vision_label(vision, 657), "missile");
    assert_string_equal(ln_vision_label(vision, 967), "espresso");
    assert_string_equal(ln_vision_label(vision, 999), "toilet tissue");
    assert_string_equal(ln_vision_label(vision, 1000), "");
    ln_vision_close(vision);
}

static void scores_add_up_and_batches_change_nothing(void **state)
{
    (void)state;
    enum { COUNT = LN_VISION_MAX_BATCH + 1 };
    ln_vision *vision = open_vision(MODEL, NULL);
    ln_picture cat = read_picture(PICTURES "cat.jpg"), many[COUNT];
    ln_class *all = malloc(1000 * sizeof *all), best[COUNT];
    double sum = 0;
    assert_int_equal(ln_vision_classify(vision, &cat, 1, LN_FIT_CROP, 1000, all, NULL), LN_OK);
    for (size_t i = 0; i < 1000; i++)
        sum += (double)all[i].score;
    assert_true(fabs(sum - 1) < 1e-4);
    for (size_t i = 0; i < COUNT; i++)
        many[i] = cat;
    assert_int_equal(ln_vision_classify(vision, many, COUNT, LN_FIT_CROP, 1, best, NULL), LN_OK);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(best[i].index, all[0].index);
        assert_true(fabsf(best[i].score - all[0].score) < 1e-4f);
    }
    ln_error error;
    assert_int_equal(ln_vision_classify(vision, &cat, 1, LN_FIT_CROP, 1001, all, &error), LN_ERR_ARGUMENT);
    assert_int_equal(ln_vision_classify(vision, &cat, 1, LN_FIT_CROP, 0, all, &error), LN_ERR_ARGUMENT);
    free(all);
    ln_picture_free(&cat);
    ln_vision_close(vision);
}

/* --- Settings ----------------------------------------------------------------------------------- */

static ln_vision_config mean_config(void)
{
    ln_vision_config config;
    ln_vision_config_default(&config);
    config.width = 24;
    config.height = 16;
    return config;
}

/* The network gives the mean of each input channel, so the scores show what it was fed with. */
static void assert_fed(const char *onnx, const ln_vision_config *config, const float wanted[3])
{
    ln_vision *vision = open_vision(onnx, config);
    ln_picture plain;
    assert_int_equal(ln_picture_make(&plain, 50, 40, NULL), LN_OK);
    for (size_t i = 0; i < 50 * 40; i++)
        memcpy(plain.rgb + 3 * i, "\xc8\x64\x32", 3); /* 200, 100, 50 */
    ln_class best[3];
    assert_int_equal(ln_vision_classify(vision, &plain, 1, LN_FIT_STRETCH, 3, best, NULL), LN_OK);
    double sum = 0;
    for (size_t c = 0; c < 3; c++)
        sum += exp((double)wanted[c]);
    for (size_t i = 0; i < 3; i++) {
        double score = exp((double)wanted[best[i].index]) / sum;
        assert_true(fabs((double)best[i].score - score) < 1e-4);
        assert_string_equal(best[i].label, "");
    }
    ln_picture_free(&plain);
    ln_vision_close(vision);
}

static void settings_change_what_is_fed(void **state)
{
    (void)state;
    ln_vision_config config = mean_config();
    assert_fed("tests/onnx/mean.onnx", &config, (float[]){73.f / 128, -27.f / 128, -77.f / 128});
    assert_int_equal(ln_vision_config_set(&config, "mean", "100 90 80", "test", NULL), LN_OK);
    assert_int_equal(ln_vision_config_set(&config, "divisor", "10,20, 50", "test", NULL), LN_OK);
    assert_fed("tests/onnx/mean.onnx", &config, (float[]){10.f, 0.5f, -0.6f});
    assert_int_equal(ln_vision_config_set(&config, "channels", "BGR", "test", NULL), LN_OK);
    assert_fed("tests/onnx/mean.onnx", &config, (float[]){-5.f, 0.5f, 2.4f});
    assert_int_equal(ln_vision_config_set(&config, "layout", "NHWC", "test", NULL), LN_OK);
    assert_fed("tests/onnx/mean-nhwc.onnx", &config, (float[]){-5.f, 0.5f, 2.4f});
}

static void wrong_settings_are_refused(void **state)
{
    (void)state;
    const char *wrong[][2] = {{"task", "segment"}, {"width", "0"},     {"width", "224px"},
                              {"height", "4096"},  {"height", ""},     {"channels", "rgb"},
                              {"layout", "CHW"},   {"mean", "1 2"},    {"mean", ""},
                              {"mean", "1 2 3 4"}, {"mean", "nan"},    {"divisor", "1 0 1"},
                              {"divisor", "x"},    {"colours", "RGB"}, {"boxes", "Pixels"},
                              {"score", "1.1"},    {"score", "nan"},   {"overlap", ""},
                              {"overlap", "-0.1"}, {"overlap", "1 "},  {"", ""}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ln_vision_config config = mean_config();
        ln_error error;
        assert_int_equal(ln_vision_config_set(&config, wrong[i][0], wrong[i][1], "x.vision", &error),
                         LN_ERR_ARGUMENT);
        assert_non_null(strstr(error.text, "x.vision: "));
    }
}

static ln_status read_text(ln_vision_config *config, const char *text, ln_error *error)
{
    char folder[] = "/tmp/limitnet-test-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/model.vision", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
    snprintf(path, sizeof path, "%s/model.onnx", folder); /* need not exist */
    ln_status status = ln_vision_config_read(config, path, error);
    snprintf(path, sizeof path, "%s/model.vision", folder);
    unlink(path);
    rmdir(folder);
    return status;
}

static void sidecar_files(void **state)
{
    (void)state;
    ln_vision_config config = mean_config();
    ln_error error;
    assert_int_equal(read_text(&config,
                               "# a comment\r\n\n  width=96\nmean = 1 2 3 # behind\r\n"
                               "labels = names.txt",
                               &error),
                     LN_OK);
    assert_int_equal(config.width, 96);
    assert_int_equal(config.height, 16);
    assert_true(config.mean[2] == 3);
    size_t length = strlen(config.labels);
    assert_true(config.labels[0] == '/' && length > 10);
    assert_string_equal(config.labels + length - 10, "/names.txt");
    assert_int_equal(read_text(&config, "labels = /names.txt\n", &error), LN_OK);
    assert_string_equal(config.labels, "/names.txt");
    assert_int_equal(read_text(&config, "height = 8", &error), LN_OK);
    assert_string_equal(config.labels, "/names.txt");
    assert_int_equal(read_text(&config, "width = 64\nwidth 96", &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "key = value"));
    assert_int_equal(config.width, 96); /* nothing was changed */
    assert_int_equal(read_text(&config, "mean = 0\nwidth = 64\nmean = 127", &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "mean is there twice"));
    assert_int_equal(config.width, 96);
    assert_int_equal(ln_vision_config_read(&config, "tests/onnx/mean.onnx", &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "tests/onnx/mean.vision"));
}

/* --- Models that do not fit --------------------------------------------------------------------- */

static void assert_not_opened(const char *onnx, const ln_vision_config *config, const char *part)
{
    ln_vision *vision;
    ln_error error;
    assert_int_equal(ln_vision_open(&vision, onnx, config, 0, &error), LN_ERR_IO);
    assert_null(vision);
    if (!strstr(error.text, part))
        fail_msg("'%s' lacks '%s'", error.text, part);
}

static void wrong_models_are_refused(void **state)
{
    (void)state;
    ln_vision_config config = mean_config();
    assert_not_opened("tests/onnx/missing.onnx", NULL,
                      "tests/onnx/missing.onnx: cannot be opened: No such file");
    assert_not_opened("tests/onnx/thin.onnx", NULL, "tests/onnx/thin.vision: missing: write there");
    assert_not_opened("tests/onnx/missing.onnx", &config, "tests/onnx/missing.onnx");
    assert_not_opened("tests/onnx/two.onnx", &config, "2 inputs instead of 1");
    assert_not_opened("tests/onnx/mean-nhwc.onnx", &config, "?x16x24x3 instead of ?x3x16x24");
    config.width = 32;
    assert_not_opened("tests/onnx/mean.onnx", &config, "?x3x16x24 instead of ?x3x16x32");
    config = mean_config();
    strcpy(config.labels, "/dev/null");
    assert_not_opened("tests/onnx/mean.onnx", &config, "has 0 labels for the 3 classes");
    strcpy(config.labels, "nowhere.txt");
    assert_not_opened("tests/onnx/mean.onnx", &config, "nowhere.txt");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photographs_are_recognised),
        cmocka_unit_test(labels_are_in_the_usual_order),
        cmocka_unit_test(scores_add_up_and_batches_change_nothing),
        cmocka_unit_test(settings_change_what_is_fed),
        cmocka_unit_test(wrong_settings_are_refused),
        cmocka_unit_test(sidecar_files),
        cmocka_unit_test(wrong_models_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
