/* PSNR and MS-SSIM against an independent computation (fidelity.py), and pictures that are alike or have
 * nothing in common. */
#include "measures/fidelity.h"
#include "support_command.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PYTHON ".cache/venv/bin/python"
#define SIDE 224

static char folder[] = "/tmp/limitnet-fidelity-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    run_command("rm -r %s", folder);
    return 0;
}

static ln_picture read_picture(const char *path)
{
    ln_picture picture, resized;
    ln_error error;
    if (ln_picture_read(&picture, path, &error) != LN_OK)
        fail_msg("%s", error.text);
    assert_int_equal(ln_picture_resize(&picture, SIDE, SIDE, LN_FIT_STRETCH, &resized, NULL), LN_OK);
    ln_picture_free(&picture);
    return resized;
}

static double ms_ssim(const ln_picture *a, const ln_picture *b)
{
    double value;
    assert_int_equal(ln_ms_ssim(a, b, &value, NULL), LN_OK);
    return value;
}

static void assert_near(double is, double due, double most)
{
    if (!(fabs(is - due) <= most))
        fail_msg("%.9f instead of %.9f", is, due);
}

/* What fidelity.py says of two files. */
static void compute(const char *a, const char *b, double *psnr, double *likeness)
{
    char path[64];
    run_command(PYTHON " lab/tests/fidelity.py %s %s >%s/figures", a, b, folder);
    snprintf(path, sizeof path, "%s/figures", folder);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lf %lf", psnr, likeness), 2);
    fclose(file);
}

static void assert_as_computed(const char *a, const char *b)
{
    double psnr, likeness;
    ln_picture first = read_picture(a), second = read_picture(b);
    compute(a, b, &psnr, &likeness);
    assert_near(ln_psnr(&first, &second), psnr, 1e-5);
    assert_near(ms_ssim(&first, &second), likeness, 1e-7);
    assert_near(ms_ssim(&second, &first), likeness, 1e-7);
    ln_picture_free(&first);
    ln_picture_free(&second);
}

static void figures_are_those_of_another_computation(void **state)
{
    char path[64];
    (void)state;
    assert_as_computed("tests/pictures/cat.jpg", "tests/pictures/coffee.webp");
    assert_as_computed("tests/pictures/rocket.png", "tests/pictures/astronaut.ppm");
    ln_picture picture = read_picture("tests/pictures/cat.jpg");
    for (size_t i = 0; i < (size_t)3 * SIDE * SIDE; i++)
        picture.rgb[i] = (uint8_t)(picture.rgb[i] / 24 * 24 + i % 5);
    snprintf(path, sizeof path, "%s/coarse.png", folder);
    assert_int_equal(ln_picture_write_png(&picture, path, NULL), LN_OK);
    ln_picture_free(&picture);
    assert_as_computed("tests/pictures/cat.jpg", path);
}

static void equal_pictures_and_negatives_are_the_ends(void **state)
{
    (void)state;
    ln_picture picture = read_picture("tests/pictures/cat.jpg"),
               other = read_picture("tests/pictures/cat.jpg");
    assert_near(ln_psnr(&picture, &other), LN_MOST_PSNR, 0);
    assert_near(ms_ssim(&picture, &other), 1, 0);
    other.rgb[1000] ^= 1;
    assert_near(ln_psnr(&picture, &other), 99.9, 0.05);
    assert_true(ms_ssim(&picture, &other) < 1);
    for (size_t i = 0; i < (size_t)3 * SIDE * SIDE; i++)
        other.rgb[i] = (uint8_t)(255 - picture.rgb[i]);
    assert_near(ms_ssim(&picture, &other), 0, 0);
    memset(picture.rgb, 0, (size_t)3 * SIDE * SIDE);
    memset(other.rgb, 255, (size_t)3 * SIDE * SIDE);
    assert_near(ln_psnr(&picture, &other), 0, 0);
    ln_picture_free(&picture);
    ln_picture_free(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_another_computation),
        cmocka_unit_test(equal_pictures_and_negatives_are_the_ends),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
