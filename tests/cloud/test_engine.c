#include "cloud/engine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define TWO "tests/onnx/two.onnx"
#define ANY LN_ANY_SIZE

static ln_engine *open_engine(const char *path)
{
    ln_engine *engine;
    ln_error error;
    if (ln_engine_open(&engine, path, NULL, 1, &error) != LN_OK)
        fail_msg("%s", error.text);
    return engine;
}

static void ports_tell_names_and_shapes(void **state)
{
    (void)state;
    ln_engine *engine = open_engine(TWO);
    assert_string_equal(ln_engine_input(engine, 0)->name, "a");
    assert_int_equal(ln_engine_input(engine, 0)->rank, 2);
    assert_int_equal(ln_engine_input(engine, 0)->shape[0], ANY);
    assert_int_equal(ln_engine_input(engine, 0)->shape[1], 3);
    assert_string_equal(ln_engine_input(engine, 1)->name, "b");
    assert_null(ln_engine_input(engine, 2));
    assert_string_equal(ln_engine_output(engine, 1)->name, "double");
    assert_null(ln_engine_output(engine, 2));
    ln_engine_close(engine);
}

static void runs_with_batches_of_any_size(void **state)
{
    (void)state;
    ln_engine *engine = open_engine(TWO);
    const float a[] = {1, 2, 3, 4, 5, 6}, b[] = {10, 20, 30, 40};
    for (size_t n = 2; n > 0; n--) {
        const ln_tensor inputs[] = {{"b", 2, {n, 2}, b}, {"a", 2, {n, 3}, a}};
        ln_tensor outputs[] = {{.name = "double"}, {.name = "sum"}};
        assert_int_equal(ln_engine_run(engine, inputs, 2, outputs, 2, NULL), LN_OK);
        assert_int_equal(outputs[0].rank, 2);
        assert_int_equal(outputs[0].shape[0], n);
        assert_int_equal(outputs[0].shape[1], 3);
        for (size_t i = 0; i < 3 * n; i++)
            assert_true(outputs[0].data[i] == 2 * a[i]);
        assert_int_equal(outputs[1].shape[1], 1);
        assert_true(outputs[1].data[0] == 36);
        assert_true(n < 2 || outputs[1].data[1] == 85);
    }
    ln_engine_close(engine);
}

static void wrong_inputs_are_refused(void **state)
{
    (void)state;
    ln_engine *engine = open_engine(TWO);
    const float numbers[8] = {0};
    const ln_tensor wrong[][2] = {
        {{"a", 2, {1, 3}, numbers}, {"c", 2, {1, 2}, numbers}},
        {{"a", 2, {1, 3}, numbers}, {"a", 2, {1, 3}, numbers}},
        {{"a", 2, {1, 3}, numbers}, {"b", 2, {1, 3}, numbers}},
        {{"a", 2, {1, 3}, numbers}, {"b", 3, {1, 2, 1}, numbers}},
        {{"a", 2, {0, 3}, numbers}, {"b", 2, {0, 2}, numbers}},
        {{"a", 2, {2, 3}, numbers}, {"b", 2, {1, 2}, numbers}},
    };
    ln_tensor output = {.name = "sum"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ln_engine_run(engine, wrong[i], 2, &output, 1, NULL), LN_ERR_ARGUMENT);
    const ln_tensor good[] = {{"a", 2, {1, 3}, numbers}, {"b", 2, {1, 2}, numbers}};
    assert_int_equal(ln_engine_run(engine, good, 2, &output, 1, NULL), LN_OK);
    ln_error error;
    output.name = "nothing";
    assert_int_equal(ln_engine_run(engine, good, 2, &output, 1, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, TWO));
    ln_engine_close(engine);
}

static void check_says_what_differs(void **state)
{
    (void)state;
    ln_engine *engine = open_engine(TWO);
    ln_error error;
    const ln_port good[] = {{"b", 2, {ANY, 2}}, {"a", 2, {ANY, 3}}};
    const ln_port sum[] = {{"sum", 2, {ANY, 1}}};
    assert_int_equal(ln_engine_check(engine, good, 2, sum, 1, &error), LN_OK);
    assert_int_equal(ln_engine_check(engine, good, 1, sum, 1, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "2 inputs instead of 1"));

    const ln_port wrong_shape[] = {{"b", 2, {ANY, 2}}, {"a", 4, {ANY, 12, 28, 28}}};
    assert_int_equal(ln_engine_check(engine, wrong_shape, 2, sum, 1, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, TWO ": 'a' has the shape ?x3 instead of ?x12x28x28"));

    const ln_port wrong_name[] = {{"picture", 2, {ANY, 1}}};
    assert_int_equal(ln_engine_check(engine, good, 2, wrong_name, 1, &error), LN_ERR_IO);
    assert_non_null(strstr(error.text, "has no 'picture'"));
    ln_engine_close(engine);
}

/* The names are those of the file, even where the runtime changes them. */
static void outputs_keep_the_names_of_the_file(void **state)
{
    (void)state;
    ln_engine *engine = open_engine("tests/onnx/renamed.onnx");
    float numbers[16] = {-1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4};
    const ln_tensor input = {"x", 4, {1, 4, 2, 2}, numbers};
    ln_tensor output = {.name = "y"};
    assert_string_equal(ln_engine_output(engine, 0)->name, "y");
    assert_int_equal(ln_engine_run(engine, &input, 1, &output, 1, NULL), LN_OK);
    assert_float_equal(output.data[0], 0, 0);
    assert_float_equal(output.data[1], 2, 0);
    ln_engine_close(engine);
}

static void assert_not_opened(const char *path, const char *part)
{
    ln_engine *engine;
    ln_error error;
    assert_int_equal(ln_engine_open(&engine, path, NULL, 0, &error), LN_ERR_IO);
    assert_null(engine);
    if (!strstr(error.text, part) || !strstr(error.text, path))
        fail_msg("'%s' lacks '%s' or '%s'", error.text, part, path);
}

static void wrong_files_are_refused_with_a_reason(void **state)
{
    (void)state;
    assert_not_opened("tests/onnx/missing.onnx", "cannot be opened");
    assert_not_opened("tests/onnx", "cannot be read");
    assert_not_opened("/dev/null", "/dev/null: the file is empty: copy or export it again");
    assert_not_opened("tests/pictures/cat.jpg", "not a usable ONNX or TensorFlow Lite model");
    assert_not_opened("tests/onnx/whole.onnx", "not float32");
}

/* A network cut anywhere, or with any byte changed, is opened or refused. */
static void damage_never_crashes(void **state)
{
    (void)state;
    unsigned char bytes[1024];
    char path[] = "/tmp/limitnet-test-XXXXXX";
    FILE *file = fopen(TWO, "rb");
    assert_non_null(file);
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    close(mkstemp(path));
    for (size_t at = 1; at < size; at += 3) {
        ln_engine *engine;
        file = fopen(path, "wb");
        bytes[at] ^= 0x15;
        fwrite(bytes, 1, at % 2 ? size : at, file);
        bytes[at] ^= 0x15;
        fclose(file);
        ln_engine_open(&engine, path, NULL, 1, NULL);
        ln_engine_close(engine);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_tell_names_and_shapes),
        cmocka_unit_test(runs_with_batches_of_any_size),
        cmocka_unit_test(wrong_inputs_are_refused),
        cmocka_unit_test(check_says_what_differs),
        cmocka_unit_test(outputs_keep_the_names_of_the_file),
        cmocka_unit_test(wrong_files_are_refused_with_a_reason),
        cmocka_unit_test(damage_never_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
