/* A vision model that a bundle brings: which of two looks. The bundle's is the same network with another
 * divisor, so that it sees the opposite. */
#include "host/vision_choice.h"
#include "support_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ENTIRE ".cache/vision/efficientnet-lite0.onnx"
#define SETTINGS "width = 24\\nheight = 16\\n"

static char folder[] = "/tmp/limitnet-adapt-XXXXXX";
static char usual[64], settings_file[64];

static int make_folder(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(usual, sizeof usual, "%s/usual.onnx", folder);
    snprintf(settings_file, sizeof settings_file, "%s/model/vision/vision.vision", folder);
    run_command("mkdir -p %s/plain %s/model/vision", folder, folder);
    run_command("cp tests/models/random-cifar.lnm %s/plain/encoder.lnm", folder);
    run_command("cp tests/models/random-cifar.lnm %s/model/encoder.lnm", folder);
    run_command("cp tests/onnx/colours-bias.onnx %s/model/vision/vision.onnx", folder);
    run_command("cp tests/onnx/colours-bias.onnx %s", usual);
    run_command("printf 'red\\ngreen\\nblue\\n' >%s/colours.txt", folder);
    run_command("printf '%slabels = colours.txt\\n' >%s/usual.vision", SETTINGS, folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    run_command("rm -r %s", folder);
    return 0;
}

static ln_bundle open_bundle(const char *name)
{
    ln_bundle bundle;
    char path[64];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(ln_bundle_open(&bundle, path, NULL), LN_OK);
    return bundle;
}

/* The usual vision model, with that of a bundle whose settings end so. */
static ln_status open_adapted(ln_vision **vision, const char *lines, ln_error *error)
{
    ln_bundle bundle = open_bundle("model");
    run_command("printf '%s%s' >%s", SETTINGS, lines, settings_file);
    assert_int_equal(ln_vision_open(vision, usual, NULL, 1, NULL), LN_OK);
    ln_status status = ln_vision_adapt(*vision, &bundle, 1, error);
    ln_bundle_close(&bundle);
    return status;
}

/* What a model sees in a red picture. */
static const char *seen(ln_vision *vision)
{
    static ln_class best;
    ln_picture picture;
    assert_int_equal(ln_picture_make(&picture, 24, 16, NULL), LN_OK);
    for (size_t i = 0; i < 24 * 16; i++)
        picture.rgb[3 * i] = 255;
    assert_int_equal(ln_vision_classify(vision, &picture, 1, LN_FIT_STRETCH, 1, &best, NULL), LN_OK);
    ln_picture_free(&picture);
    return best.label;
}

static void few_bytes_are_for_the_models_own(void **state)
{
    (void)state;
    ln_vision *vision;
    assert_int_equal(open_adapted(&vision, "divisor = -128\\nbelow = 300\\n", NULL), LN_OK);
    assert_string_equal(seen(ln_vision_for(vision, 299)), "green");
    assert_string_equal(seen(ln_vision_for(vision, 0)), "green");
    assert_string_equal(seen(ln_vision_for(vision, 300)), "red");
    assert_ptr_equal(ln_vision_for(vision, UINT64_MAX), vision);
    ln_vision_close(vision);
    assert_int_equal(open_adapted(&vision, "divisor = -128\\n", NULL), LN_OK);
    assert_string_equal(seen(ln_vision_for(vision, UINT64_MAX)), "green");
    ln_vision_close(vision);
}

static void a_bundle_may_bring_none(void **state)
{
    (void)state;
    ln_bundle bundle = open_bundle("plain");
    ln_vision *vision;
    assert_null(bundle.vision_path);
    assert_int_equal(ln_vision_open(&vision, usual, NULL, 1, NULL), LN_OK);
    assert_int_equal(ln_vision_adapt(vision, &bundle, 1, NULL), LN_OK);
    assert_ptr_equal(ln_vision_for(vision, 0), vision);
    assert_null(ln_vision_for(NULL, 0));
    ln_vision_close(vision);
    ln_bundle_close(&bundle);
}

static void a_detectors_bundle_leaves_a_classifier_alone(void **state)
{
    (void)state;
    ln_vision *vision;
    assert_int_equal(open_adapted(&vision, "task = detect\\n", NULL), LN_OK);
    assert_ptr_equal(ln_vision_for(vision, 0), vision);
    ln_vision_close(vision);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    ln_vision *vision;
    ln_error error;
    assert_int_equal(open_adapted(&vision, "layout = NHWC\\n", &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "vision.onnx"));
    assert_ptr_equal(ln_vision_for(vision, 0), vision); /* as it was */
    ln_vision_close(vision);
    assert_int_equal(open_adapted(&vision, "below = -1\\n", &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "'-1' is no value for below"));
    ln_vision_close(vision);
    assert_int_equal(open_adapted(&vision, "", &error), LN_OK);
    ln_bundle bundle = open_bundle("model");
    assert_int_equal(ln_vision_adapt(vision, &bundle, 1, &error), LN_ERR_ARGUMENT);
    assert_non_null(strstr(error.text, "already"));
    ln_vision_close(vision);
    ln_vision_config config;
    ln_vision_config_default(&config);
    assert_int_equal(ln_vision_open(&vision, ENTIRE, &config, 1, NULL), LN_OK);
    assert_int_equal(ln_vision_adapt(vision, &bundle, 1, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "has 3 classes"));
    assert_int_equal(ln_vision_adapt(vision, NULL, 1, &error), LN_ERR_ARGUMENT);
    assert_int_equal(ln_vision_adapt(NULL, &bundle, 1, &error), LN_ERR_ARGUMENT);
    ln_vision_close(vision);
    ln_bundle_close(&bundle);
}

/* What looks at a picture of few bytes, and at one of many, with this choice. */
static void assert_looks(const char *path, int own, const char *few, const char *many)
{
    const ln_vision_choice choice = {path, own};
    ln_bundle bundle = open_bundle("model");
    ln_vision *vision;
    ln_error error;
    if (ln_vision_open_chosen(&vision, &choice, &bundle, NULL, 1, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_string_equal(seen(ln_vision_for(vision, 299)), few);
    assert_string_equal(seen(ln_vision_for(vision, 300)), many);
    ln_vision_close(vision);
    ln_bundle_close(&bundle);
}

static void the_users_own_looks_at_everything(void **state)
{
    (void)state;
    char missing[80];
    run_command("printf '%sdivisor = -128\\nbelow = 300\\nlabels = ../../colours.txt\\n' >%s", SETTINGS,
                settings_file);
    snprintf(missing, sizeof missing, "%s/missing.onnx", folder);
    assert_looks(usual, 0, "green", "red");
    assert_looks(usual, 1, "red", "red");
    assert_looks(missing, 0, "green", "green"); /* nothing was set up: the bundle's is all there is */
    const ln_vision_choice own = {missing, 1};
    ln_bundle bundle = open_bundle("model");
    ln_vision *vision;
    ln_error error;
    assert_int_equal(ln_vision_open_chosen(&vision, &own, &bundle, NULL, 1, &error), LN_ERR_IO);
    assert_null(vision);
    run_command("printf 'nonsense = 1\\n' >%s", settings_file);
    const ln_vision_choice set_up = {usual, 0};
    assert_int_equal(ln_vision_open_chosen(&vision, &set_up, &bundle, NULL, 1, &error), LN_ERR_ARGUMENT);
    assert_null(vision);
    ln_bundle_close(&bundle);
}

/* Without `below` a bundle's model needs no other, and may know other classes. */
static void a_bundles_own_may_look_at_everything(void **state)
{
    (void)state;
    run_command("printf '%sdivisor = -128\\nlabels = ../../colours.txt\\n' >%s", SETTINGS, settings_file);
    assert_looks(ENTIRE, 0, "green", "green");
    assert_looks(usual, 1, "red", "red");
    const ln_vision_choice set_up = {ENTIRE, 0};
    ln_bundle bundle = open_bundle("model");
    ln_vision *vision;
    run_command("printf 'task = detect\\n' >%s", settings_file);
    assert_int_equal(ln_vision_open_chosen(&vision, &set_up, &bundle, NULL, 1, NULL), LN_OK);
    assert_int_equal(ln_vision_classes(vision), 1000); /* a detector is for another task */
    ln_vision_close(vision);
    ln_bundle_close(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_bytes_are_for_the_models_own),
        cmocka_unit_test(a_bundle_may_bring_none),
        cmocka_unit_test(a_detectors_bundle_leaves_a_classifier_alone),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(the_users_own_looks_at_everything),
        cmocka_unit_test(a_bundles_own_may_look_at_everything),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
